"""Other libraries that sign with RSA-2048, as their users would: what rows compare with.

Each signs messages of 64 octets with one key, PKCS #1 v1.5 with SHA-256, primes used.
"""
