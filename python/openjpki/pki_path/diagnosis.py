"""Saying why no path was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.pki_path.signatures import Signature
from openjpki.pki_path.verdict import PathRefusal, RefusalReason

if TYPE_CHECKING:
    from openjpki.pki_path.certificate import PathCertificate
    from openjpki.pki_path.discovery import Search

_MAX_LOOKED_AT = 200
_MAX_TOLD = 10


def why_no_path(search: Search) -> tuple[PathRefusal, ...]:
    """Climb from the target over good signatures and tell where it ends.

    The index of a refusal counts from the target upwards, as -1, -2, …: with no path there is no
    place counted from the anchor.
    """
    refusals: list[PathRefusal] = []
    ahead = [(search.target, -1)]
    seen = {search.target.digest}
    while ahead and len(seen) < _MAX_LOOKED_AT and len(refusals) < _MAX_TOLD:
        certificate, index = ahead.pop(0)
        issuers = [search.anchor, *search.pool.named(certificate.issuer)]
        named = [one for one in issuers if one.subject == certificate.issuer]
        matching = [one for one in named if one.may_have_issued(certificate)]
        good = [
            one for one in matching if search.pool.signature(one, certificate) is not Signature.BAD
        ]
        refusal = _dead_end(certificate, index, named, matching, good)
        if refusal is not None:
            refusals.append(refusal)
        for issuer in good:
            if issuer.digest not in seen:
                seen.add(issuer.digest)
                ahead.append((issuer, index - 1))
    return tuple(refusals) or (
        PathRefusal(
            search.target.subject_text,
            -1,
            RefusalReason.NO_PATH,
            "no chain of at most "
            f"{search.limits.max_length} certificates leads from the anchor to the certificate",
        ),
    )


def _dead_end(
    certificate: PathCertificate,
    index: int,
    named: list[PathCertificate],
    matching: list[PathCertificate],
    good: list[PathCertificate],
) -> PathRefusal | None:
    if good and any(issuer.entity != certificate.entity for issuer in good):
        return None
    if good:
        return _refusal(
            certificate, index, RefusalReason.NO_PATH, "a self-signed certificate, not the anchor"
        )
    if matching:
        return _refusal(
            certificate, index, RefusalReason.SIGNATURE, "its issuer's key did not sign it"
        )
    if named:
        return _refusal(
            certificate,
            index,
            RefusalReason.NO_PATH,
            "its issuer is known only with other keys than the one that signed it",
        )
    return _refusal(certificate, index, RefusalReason.NO_PATH, "its issuer is not known")


def _refusal(
    certificate: PathCertificate, index: int, reason: RefusalReason, text: str
) -> PathRefusal:
    return PathRefusal(certificate.subject_text, index, reason, text)
