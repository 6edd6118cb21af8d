"""X.509, CMS and OCSP octets: made, read, compared and refused."""
