"""The pool: certificates and revocation lists that paths are built from."""
