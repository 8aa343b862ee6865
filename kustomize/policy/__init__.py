"""What must hold between the objects of a rendered overlay, which no schema can say."""
