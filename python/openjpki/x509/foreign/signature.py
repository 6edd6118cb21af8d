"""Signatures over foreign bytes: which algorithms count, and whether one verifies.

Used for signed OCSP requests (RFC 6960 4.1.1) and CMS signers (RFC 5652). SHA-1 and MD5 are refused
(R9.1.2), and keys out of bounds before anything is verified by them (``key_rules``). What verifies
is the engine that validates paths: what it takes as a certificate's signature, it takes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from cryptography.hazmat.primitives import hashes

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.key_rules import require_key

if TYPE_CHECKING:
    from openjpki.signer_core import PathPublicKey

    _Scheme: TypeAlias = Literal["pkcs1", "pss", "ecdsa"]

DIGESTS: dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256,
    "2.16.840.1.101.3.4.2.2": hashes.SHA384,
    "2.16.840.1.101.3.4.2.3": hashes.SHA512,
}
"""Digest algorithm OIDs that count (RFC 5754 section 2)."""

_NULL = b"\x05\x00"
_RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
_RSA: dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "1.2.840.113549.1.1.11": hashes.SHA256,
    "1.2.840.113549.1.1.12": hashes.SHA384,
    "1.2.840.113549.1.1.13": hashes.SHA512,
}
_RSASSA_PSS = "1.2.840.113549.1.1.10"
_HASHES = {each.name: each for each in DIGESTS.values()}
_ECDSA: dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "1.2.840.10045.4.3.2": hashes.SHA256,
    "1.2.840.10045.4.3.3": hashes.SHA384,
    "1.2.840.10045.4.3.4": hashes.SHA512,
}


def digest(oid: str, *, field: str) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512:
    """The digest of an OID. Raises ``SIGNATURE_ALGORITHM_REFUSED``."""
    found = DIGESTS.get(oid)
    if found is None:
        raise _refused(f"digest algorithm {oid} is not SHA-256, SHA-384 or SHA-512", field)
    return found()


def require_valid(
    key: PathPublicKey,
    *,
    algorithm: str,
    parameters: bytes | None,
    signature: bytes,
    message: bytes,
    field: str,
    digest_algorithm: str | None = None,
) -> None:
    """Verify ``signature`` over ``message`` with the key.

    ``algorithm`` and ``digest_algorithm`` are OIDs; the latter is CMS's own, which must agree with
    the former. ``parameters`` are the algorithm's, DER: NULL or absent, RSASSA-PSS's own. Raises
    ``SIGNATURE_ALGORITHM_REFUSED``, ``KEY_SIZE_REFUSED``, ``KEY_EXPONENT_REFUSED``,
    ``KEY_TYPE_REFUSED`` or ``SIGNATURE_INVALID``.
    """
    scheme, hash_type, salt = _algorithm(algorithm, parameters, digest_algorithm, field)
    require_key(key, field=field)
    fault = key.signature_fault(scheme, hash_type.name, message, signature, salt)
    if fault == "algorithm_refused":
        raise OpenJpkiError(
            Reason.KEY_TYPE_REFUSED, "the signer's key is of another algorithm", field=field
        )
    if fault is not None:
        raise OpenJpkiError(Reason.SIGNATURE_INVALID, "the signature does not verify", field=field)


def _algorithm(
    algorithm: str, parameters: bytes | None, digest_algorithm: str | None, field: str
) -> tuple[_Scheme, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512], int]:
    """Scheme, hash, and the octets of the salt where there is one."""
    if algorithm != _RSASSA_PSS:
        hash_type = _hash_of(algorithm, digest_algorithm, field)
        if parameters not in (None, _NULL):
            raise _refused(f"signature algorithm {algorithm} takes no parameters", field)
        return "ecdsa" if algorithm in _ECDSA else "pkcs1", hash_type, 0
    said = signer_core.rsa_pss_parameters(parameters or b"")
    if said is None:
        raise _refused("RSASSA-PSS with these parameters is not accepted", field)
    name, salt = said
    hash_type = _HASHES[name]
    # RFC 4056 section 3: the digest of the content is by the same hash.
    if digest_algorithm is not None and DIGESTS.get(digest_algorithm) is not hash_type:
        raise _refused("digest and signature algorithm do not agree", field)
    return "pss", hash_type, salt


def _hash_of(
    algorithm: str, digest_algorithm: str | None, field: str
) -> type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]:
    # rsaEncryption names no digest of its own; it is only CMS that gives one beside it.
    if algorithm == _RSA_ENCRYPTION and digest_algorithm is not None:
        return type(digest(digest_algorithm, field=field))
    found = _RSA.get(algorithm) or _ECDSA.get(algorithm)
    if found is None:
        raise _refused(f"signature algorithm {algorithm} is not accepted", field)
    if digest_algorithm is not None and DIGESTS.get(digest_algorithm) is not found:
        raise _refused("digest and signature algorithm do not agree", field)
    return found


def _refused(text: str, field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.SIGNATURE_ALGORITHM_REFUSED, text, field=field)
