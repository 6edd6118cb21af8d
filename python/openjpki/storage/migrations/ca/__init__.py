"""Revisions of the ca service's schema."""
