"""Revisions of the bridge service's schema."""
