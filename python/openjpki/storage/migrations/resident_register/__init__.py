"""Revisions of the resident register's schema."""
