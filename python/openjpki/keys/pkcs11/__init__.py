"""Keys on PKCS#11 devices: signing in this process, administration in a process of its own.

Two libraries speak to the device, never from one process (docs/adr/0002-two-pkcs11-libraries.md):
``openjpki.signer_core`` (Rust, cryptoki) signs, ``admin`` (python-pkcs11) makes, lists and
destroys. Only :mod:`openjpki.keys.pkcs11.admin` and what it runs import python-pkcs11.
"""
