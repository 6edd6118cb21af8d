"""`openjpki demo`: the report's nine steps, a revocation and a bridge validation, for real."""
