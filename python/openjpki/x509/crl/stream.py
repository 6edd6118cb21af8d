"""A nationwide revocation list into a file, in bounded memory (PROFILE: CRLs)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from openjpki.signer_core import CrlWriter
from openjpki.x509.crl.check import CrlFacts, check_succession
from openjpki.x509.crl.encoding import list_fields
from openjpki.x509.native_errors import as_refusals
from openjpki.x509.profiles import building, comparing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from openjpki.signer_core import Pkcs11Key, SoftwareKey
    from openjpki.x509.crl.encoding import CrlProfile, RevocationColumns


class CoreKey(Protocol):
    """A key whose private half the compiled module can reach, in memory or on a device."""

    @property
    def spki_der(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""

    @property
    def core(self) -> SoftwareKey | Pkcs11Key:
        """The compiled key."""

    def sign(self, message: bytes) -> bytes:
        """Signature over the whole message."""


def stream_crl(
    path: Path,
    profile: CrlProfile,
    chunks: Iterable[RevocationColumns],
    issuer_certificate: bytes,
    issuer_key: CoreKey,
    *,
    replaces: CrlFacts | None = None,
) -> CrlFacts:
    """Write the list to ``path`` and give its facts, to be handed in as ``replaces`` next time.

    The chunks are read once; over all of them, serial numbers rise from row to row. The list is
    what ``make_crl`` gives for all rows together, and is at ``path`` once it is signed and on the
    disk; until then, and after any error, what was there stays. It is not parsed again: that would
    take the memory this does without. What is signed is what was encoded, and the signature is
    verified.

    Raises ``CRL_REFUSED`` when the list does not fit what it replaces, before anything is written;
    ``INVALID_FIELD``, ``MALFORMED_DER``, ``KEY_*``, ``INTERNAL``; ``PROFILE_MISMATCH`` when the
    certificate can't be read or somebody changed the file meanwhile; ``OSError`` from the file
    system. What ``chunks`` raises passes through.
    """
    issuer = comparing.load(issuer_certificate)
    building.require_key_of(issuer, issuer_key)
    fields = list_fields(profile, issuer)
    facts = CrlFacts(
        issuer_der=fields["issuer_der"],
        key_id=fields["authority_key_id"],
        number=profile.number,
        this_update=datetime.fromtimestamp(fields["this_update"], UTC),
        next_update=datetime.fromtimestamp(fields["next_update"], UTC),
        scope_der=profile.scope_der,
        entries=0,
    )
    if replaces is not None:
        check_succession(facts, replaces)
    with as_refusals("profile"):
        writer = CrlWriter(path, **fields)
    with writer:
        for columns in chunks:
            with as_refusals("columns"):
                writer.add(**columns.arguments())
        with as_refusals("columns"):
            entries, _ = writer.finish(issuer_key.core)
    return replace(facts, entries=entries)
