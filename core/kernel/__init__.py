"""What every capability leans on: the tree of errors, identifiers, money."""
