"""Revisions of the registration service's schema."""
