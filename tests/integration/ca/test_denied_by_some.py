"""An operator of some authorities denies whoever speaks for these alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from tests.support.ca_service import TRUST_DOMAIN
from tests.support.denying import allow, denied, deny

if TYPE_CHECKING:
    from tests.support.ca_service import RunningCa

WITHIN = (
    "window-officer/16201/tanaka",
    "governor-officer/signing-16/mori",
    "registration/16",
    "registration/16201.16202",
    "ocsp/signing-16/ocsp-0",
    "operator/ca.signing-16/sato",
)
BEYOND = (
    "window-officer/37201/tanaka",
    "governor-officer/signing-37/mori",
    "registration/nationwide",
    "registration/16.37",
    "ocsp/nationwide/ocsp-0",
    "ocsp/signing-16.signing-37",
    "operator/ca/sato",
    "bridge",
    "ca",
    "verifier/tax-office",
    "partner/government-bridge",
    "bridge-officer/bridge/suzuki",
)


@pytest.mark.requirement("R9.3", refuses=True)
def test_within_its_authorities_and_no_further(ca: RunningCa) -> None:
    some, another = (
        ca.channel(PeerRole.OPERATOR, "ca.signing-16", name) for name in ("ueda", "wada")
    )
    everything = ca.channel(PeerRole.OPERATOR, "ca", "ito")
    ids = {path: f"spiffe://{TRUST_DOMAIN}/{path}" for path in (*WITHIN, *BEYOND)}
    for path in WITHIN:
        assert deny(some, ids[path]).credential == ids[path]
    fingerprint = f"sha256:{'0' * 64}"
    for credential in (*(ids[path] for path in BEYOND), fingerprint):
        with pytest.raises(OpenJpkiError) as refused:
            deny(some, credential)
        assert refused.value.reason is Reason.OUT_OF_SCOPE, credential
        # What another denied they neither see nor take off the list.
        if credential != ids["operator/ca/sato"]:
            deny(everything, credential)
        with pytest.raises(OpenJpkiError) as refused:
            allow(another, credential)
        assert refused.value.reason is Reason.OUT_OF_SCOPE, credential
    assert sorted(denied(some)) == sorted(ids[path] for path in WITHIN)
    allow(another, ids[WITHIN[0]])
    assert ids[WITHIN[0]] not in denied(everything)


@pytest.mark.requirement("R8.1.4", refuses=True)
def test_nobody_lets_themselves_in_again_with_another_id(ca: RunningCa) -> None:
    denied_id = f"spiffe://{TRUST_DOMAIN}/operator/ca.signing-16/sato"
    deny(ca.channel(PeerRole.OPERATOR, "ca", "ito"), denied_id)
    for scope, account in (("ca", "sato"), ("ca.signing-16.signing-37", "Sato")):
        with pytest.raises(OpenJpkiError) as refused:
            allow(ca.channel(PeerRole.OPERATOR, scope, account), denied_id)
        assert refused.value.reason is Reason.SAME_OPERATOR
    another = ca.channel(PeerRole.OPERATOR, "ca", "kato")
    assert denied(another) == [denied_id]
    allow(another, denied_id)
    assert denied(another) == []
