"""Keys in encrypted files, for development and short-lived responders."""
