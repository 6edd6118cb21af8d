"""Certification paths: found (RFC 4158) and validated (RFC 5280 6), or refused with a reason."""
