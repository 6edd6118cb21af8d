"""Revocation lists: which scopes there are, making them, handing them out."""
