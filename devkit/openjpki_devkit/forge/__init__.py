"""Certificates and lists octet by octet, also such as no library writes: what strangers send."""
