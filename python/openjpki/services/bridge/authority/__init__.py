"""The service bridge as an authority: its key, its cross certificates, its revocation list."""
