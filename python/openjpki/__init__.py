"""OpenJPKI: public individual authentication for a whole country (rooms: CONTRIBUTING.md)."""
