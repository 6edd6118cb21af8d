"""The resident register as far as the service may see it: a table filled from the municipality."""
