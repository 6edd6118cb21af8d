"""Statements and signatures as they are kept: those of one act in one piece of octets.

    kept = [ * [ statement: bstr, cose_sign1: bstr ] ]      ; CBOR, deterministic

Nothing else is kept of them: who signed, in which request and when is in the statement, with which
key is in the signature's header. A verifier still parses nothing; this is for whoever lists what is
kept, of which the signature is verified over the very octets.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import cbor2

from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import Officer
from openjpki.evidence import cose
from openjpki.evidence.encoding import deterministic

if TYPE_CHECKING:
    from collections.abc import Iterable


def together(signed: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Of each statement's octets, with the COSE_Sign1 over them."""
    return cbor2.dumps([list(one) for one in signed])


def apart(octets: bytes) -> list[tuple[bytes, bytes]]:
    """What :func:`together` put there, in its order. ``ValueError`` for anything else."""
    match _read(octets):
        case [*signed]:
            return [_pair(one) for one in signed]
    raise ValueError("not what is kept of an act")


def read_kept(statement: bytes, cose_sign1: bytes) -> tuple[str, OfficerSignature]:
    """The statement's kind, and the signature with who made it, as the two say it themselves.

    Raises ``ValueError``, ``INVALID_FIELD``, ``UNKNOWN_MUNICIPALITY``.
    """
    match _read(statement):
        case [str(kind), {"by": str(by), "request_id": str(request_id), "at": int(at)}]:
            occasion = Occasion(
                officer=Officer.parse(by),
                request_id=request_id,
                signed_at=datetime.fromtimestamp(at, UTC),
            )
        case _:
            raise ValueError("not a statement")
    signature = OfficerSignature(
        occasion=occasion, key_sha256=_key_named_in(cose_sign1), signature=cose_sign1
    )
    return kind, signature


def _pair(read: object) -> tuple[bytes, bytes]:
    match read:
        case [bytes(statement), bytes(cose_sign1)]:
            return statement, cose_sign1
    raise ValueError("not a statement with its signature")


def _key_named_in(cose_sign1: bytes) -> bytes:
    match _read(cose_sign1):
        case cbor2.CBORTag(tag=cose.TAG, value=[bytes(protected), _, None, bytes()]):
            match _read(protected):
                case {cose.KID: bytes(key_sha256)}:
                    return key_sha256
    raise ValueError("not a COSE_Sign1 that names its key")


def _read(octets: bytes) -> Any:
    """Of octets in the one form that their value has."""
    try:
        read = cbor2.loads(octets)
        whole = deterministic(read) == octets
    except (cbor2.CBORError, RecursionError) as error:
        raise ValueError("not CBOR") from error
    if not whole:
        raise ValueError("not CBOR in its deterministic form")
    return read
