"""What goes in and out as JSON where it is not a value of `core`, and the OpenAPI document."""
