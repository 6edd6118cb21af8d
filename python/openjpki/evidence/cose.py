"""Signatures over statements: COSE_Sign1 with detached payload (RFC 9052 sections 4.2 and 4.4).

    COSE_Sign1 = 18([ protected, {}, nil, signature ])
    protected  = bstr .cbor { 1: alg, 4: kid }   ; kid: SHA-256 of the SubjectPublicKeyInfo

The verifier knows the key, and so every octet but the signature's; it compares them instead of
parsing what a stranger sent. So nothing can be smuggled in a header, and no algorithm is taken from
the message.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cbor2

from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.encoding import deterministic, encode
from openjpki.evidence.public_key import each_verifies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.domain.evidence import Statement
    from openjpki.evidence.public_key import StatementPublicKey
    from openjpki.evidence.statement_key import StatementKey

_CONTEXT = "Signature1"
TAG = 18
"""In front of a COSE_Sign1."""
KID = 4
"""Label of the header that names the key."""
_ALG = 1


def sign(statement: Statement, key: StatementKey) -> bytes:
    """The COSE_Sign1 over a statement. Raises what ``key`` raises."""
    public = key.public_key
    return _message(public, key.sign(_to_be_signed(public, encode(statement))))


def require_signed(
    statement: Statement, cose_sign1: bytes, key: StatementPublicKey, *, field: str
) -> None:
    """Raises ``EVIDENCE_SIGNATURE_INVALID`` unless ``key`` signed exactly this statement."""
    require_signed_octets(statement.kind.value, encode(statement), cose_sign1, key, field=field)


def require_signed_octets(
    kind: str, octets: bytes, cose_sign1: bytes, key: StatementPublicKey, *, field: str
) -> None:
    """As :func:`require_signed`, of a statement that was verified before and kept as its octets."""
    (signed,) = each_is_signed([(octets, cose_sign1, key)])
    if not signed:
        raise not_signed(kind, field=field)


def each_is_signed(
    statements: Iterable[tuple[bytes, bytes, StatementPublicKey]],
) -> list[bool]:
    """Of a statement's octets, its COSE_Sign1 and a key: whether the key signed exactly these."""
    checks = []
    for octets, cose_sign1, key in statements:
        signature = cose_sign1[-key.signature_octets :]
        # A message with anything else around its signature is as good as one without any.
        whole = signature if cose_sign1 == _message(key, signature) else b""
        checks.append((key, whole, _to_be_signed(key, octets)))
    return each_verifies(checks)


def not_signed(kind: str, *, field: str) -> OpenJpkiError:
    """The refusal of a statement of this kind that its key did not sign."""
    return OpenJpkiError(
        Reason.EVIDENCE_SIGNATURE_INVALID,
        "is not this key's signature over what is asked for here",
        field=field,
        statement=kind,
    )


def _to_be_signed(key: StatementPublicKey, statement: bytes) -> bytes:
    # As with the message: the statement is the last item of the array.
    return _before_statement(key) + cbor2.dumps(statement)


# Sig_structure of RFC 9052 section 4.4, with no external data.
@lru_cache(maxsize=4096)
def _before_statement(key: StatementPublicKey) -> bytes:
    nothing = deterministic(b"")
    return deterministic([_CONTEXT, _protected(key), b"", b""]).removesuffix(nothing)


# Per key once: an officer signs many times a day, and ca compares each signature's message.
@lru_cache(maxsize=4096)
def _protected(key: StatementPublicKey) -> bytes:
    return deterministic({_ALG: int(key.algorithm), KID: key.sha256})


def _message(key: StatementPublicKey, signature: bytes) -> bytes:
    # Whatever the signature, what stands before it is the same: it is the last item of the array.
    if len(signature) != key.signature_octets:
        return _whole(key, signature)
    return _before_signature(key) + signature


@lru_cache(maxsize=4096)
def _before_signature(key: StatementPublicKey) -> bytes:
    return _whole(key, bytes(key.signature_octets))[: -key.signature_octets]


def _whole(key: StatementPublicKey, signature: bytes) -> bytes:
    parts: list[object] = [_protected(key), {}, None, signature]
    return cbor2.dumps(cbor2.CBORTag(TAG, parts), canonical=True)
