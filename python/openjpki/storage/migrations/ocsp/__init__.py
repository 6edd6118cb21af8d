"""Revisions of the ocsp service's schema."""
