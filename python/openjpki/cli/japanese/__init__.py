"""What the command line says of itself, in Japanese: by the English that stands in the code."""
