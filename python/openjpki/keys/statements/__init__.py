"""Keys that sign statements: in an encrypted file, or in a backend such as a PKCS#11 token."""
