"""The bridge service: cross-certification, the pool, validation across PKIs."""
