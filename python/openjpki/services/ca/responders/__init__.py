"""The keys of OCSP responders that may have certificates (R4.1.1)."""
