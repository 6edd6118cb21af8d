"""A certificate that differs from its profile is refused before its intent and its signature."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.ca import issuances
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.telemetry.metrics import REGISTRY
from openjpki.x509.profiles import engine
from openjpki.x509.profiles.engine import Asked, ProfileKind
from tests.integration.ca.test_authority_service import (
    cross_request,
    responder_request,
    toyama,
)
from tests.support.ca_service import TOYAMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric import rsa

    from openjpki.signer_core import CheckedTbs
    from tests.support.ca_service import RunningCa

_KEY = f"authority/{TOYAMA}/1"


def issue(ca: RunningCa, kind: ProfileKind, key: rsa.RSAPrivateKey) -> Callable[[], bytes]:
    """One and the same request, however often it is sent."""
    if kind is ProfileKind.CROSS:
        request = cross_request(key)
        stub = ca.authorities(PeerRole.BRIDGE)
        return lambda: stub.IssueCrossCertificate(request).certificate
    wanted, service = responder_request(key), ca.authorities()
    return lambda: service.IssueResponderCertificate(wanted).certificate


def signatures() -> float:
    """Signatures asked of the authority's key so far, in this process."""
    return sum(
        REGISTRY.get_sample_value("openjpki_signatures_total", {"key": _KEY, "outcome": outcome})
        or 0
        for outcome in ("ok", "error")
    )


@pytest.mark.parametrize(
    "kind", [ProfileKind.CROSS, ProfileKind.RESPONDER], ids=["cross", "responder"]
)
def test_mistake_of_the_builder_is_never_signed(
    ca: RunningCa,
    keys: list[rsa.RSAPrivateKey],
    kind: ProfileKind,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, right = issue(ca, kind, keys[0]), engine.build
    before = signatures()

    def wrong(kind: ProfileKind, values: Asked) -> CheckedTbs:
        # Of everything in the certificate only the issuer's key identifier is another one.
        mistake = right(kind, replace(values, authority_key_identifier=bytes(20)))
        return engine.check(kind, values, mistake.octets)

    with monkeypatch.context() as mistaken:
        mistaken.setattr(engine, "build", wrong)
        with pytest.raises(OpenJpkiError) as refusal:
            asked()
    assert refusal.value.reason is Reason.PROFILE_MISMATCH
    assert signatures() == before
    with ca.service.ca.database.reading() as tx:
        assert issuances.open_intents(tx, AuthorityId.parse(TOYAMA)) == []
        acts = [entry.act for entry in SqlJournal().read_all(tx, TOYAMA)]
    assert not {"certificate.intended", "certificate.issued"} & set(acts)
    # Nothing of it is left: the same request succeeds once the mistake is gone.
    x509.load_der_x509_certificate(asked()).verify_directly_issued_by(toyama(ca))
    assert signatures() == before + 1
