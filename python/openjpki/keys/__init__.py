"""Private keys: one port, a software backend and a PKCS#11 backend.

Services ask :func:`openjpki.keys.choose_backend.choose_backend` for a
:class:`openjpki.keys.port.KeyBackend` and never learn where a key lives.
"""
