"""The resident register (住民基本台帳) as this service reads it."""
