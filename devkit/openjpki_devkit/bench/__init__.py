"""`openjpki bench`: what is fast here, measured against the named peers in the same run."""
