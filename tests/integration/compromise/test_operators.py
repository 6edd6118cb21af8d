"""A stolen credential of one operator of ca, and an operator who means harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.api.mesh.v1 import mesh_pb2
from openjpki.api.officers.v1 import officers_pb2 as pb
from openjpki.domain.officers import Officer
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.officers_register import officers_register
from openjpki.services.ca.responders.lapses import end_lapsed
from openjpki.services.common.officers.upkeep import keep_officers
from tests.integration.ca.test_responder_keys import approval, proposal
from tests.support.ca_service import KAGAWA, TOYAMA, TRUST_DOMAIN, person_key
from tests.support.denying import allow, deny
from tests.support.officers import Register, Signer

if TYPE_CHECKING:
    from openjpki.rpc.client.channel import TypedChannel
    from tests.integration.compromise.conftest import Attack

COMPROMISED = mesh_pb2.DENY_CAUSE_COMPROMISED


@pytest.fixture
def register(attack: Attack) -> Register:
    return Register("ca", attack.ca.channel)


def operator(attack: Attack, name: str, scope: str = "ca") -> TypedChannel:
    return attack.ca.channel(PeerRole.OPERATOR, scope, name, retries=False)


def of_scope(attack: Attack, scope: str) -> Register:
    """The register, as operators of this scope reach it."""
    return Register("ca", lambda role, _, subject: attack.ca.channel(role, scope, subject))


def somebody(account: str) -> Signer:
    return Signer(Officer.parse(f"window-officer/16201/{account}"))


def test_one_operator_is_not_two(attack: Attack, register: Register) -> None:
    proposed = register.propose(somebody("own"), by="ito")
    key = attack.ca.responder_keys("ito").ProposeResponderKey(proposal(person_key())).key
    for scope, name in (("ca", "Ito"), (f"ca.{TOYAMA}", "ito")):
        own = of_scope(attack, scope)
        with attack.refused("operator-approves-own"):
            own.approve(proposed, by=name)
        with attack.refused("operator-approves-own"):
            attack.ca.responder_keys(name, scope).ApproveResponderKey(approval(key))


def test_an_operator_of_elsewhere_has_no_word(attack: Attack) -> None:
    stolen = of_scope(attack, f"ca.{KAGAWA}")
    with attack.refused("operator-elsewhere"):
        stolen.propose(somebody("elsewhere"))
    with attack.refused("operator-elsewhere"):
        stolen.revoke(Officer.parse("window-officer/16201/officer-1"))
    with attack.refused("operator-elsewhere"):
        deny(operator(attack, "ito", f"ca.{KAGAWA}"), f"spiffe://{TRUST_DOMAIN}/registration/16")


@pytest.mark.parametrize("denied", ["operator/ca/{}", f"operator/ca.{TOYAMA}/{{}}"])
def test_what_was_proposed_with_a_denied_credential_counts_for_nothing(
    attack: Attack, register: Register, denied: str
) -> None:
    """Whoever has had one credential, and then another one, never had two."""
    name = "stolen" if "." not in denied else "stolen-too"
    credential = f"spiffe://{TRUST_DOMAIN}/{denied.format(name)}"
    proposed = register.propose(somebody(name), by=name)
    keys = attack.ca.responder_keys
    key = keys(name).ProposeResponderKey(proposal(person_key())).key
    deny(operator(attack, "operator-1"), credential, COMPROMISED)
    with attack.refused("operator-of-denied"):
        register.approve(proposed, by="kato")
    with attack.refused("operator-of-denied"):
        keys("kato").ApproveResponderKey(approval(key))
    # They end by themselves, so that a credential that is allowed again brings nothing back.
    keep_officers(officers_register(attack.ca.service.ca))
    end_lapsed(attack.ca.service.ca)
    listed = register.operator("kato").ListProposals(pb.ListProposalsRequest()).proposals
    assert proposed.proposal_id not in {one.proposal_id for one in listed}
    allow(operator(attack, "operator-2"), credential)
    with attack.refused("operator-of-denied"):
        register.approve(proposed, by="kato")
    with attack.refused("operator-of-denied"):
        keys("kato").ApproveResponderKey(approval(key))


def test_nobody_lifts_what_is_about_themselves(attack: Attack, register: Register) -> None:
    officer = register.enrol(Officer.parse("window-officer/16201/sato")).officer
    suspension = register.revoke(officer, by="ito").proposal
    with attack.refused("operator-own-suspension"):
        register.reject(suspension, by="Sato")
    own = f"spiffe://{TRUST_DOMAIN}/operator/ca/sato"
    deny(operator(attack, "operator-1"), own)
    with attack.refused("operator-own-denial"):
        allow(operator(attack, "Sato"), own)
    service = f"spiffe://{TRUST_DOMAIN}/registration/18"
    deny(operator(attack, "operator-1"), service, COMPROMISED)
    # One of another's, or a colleague's: that is how a mistake is mended.
    with attack.remains("operator-lets-in"):
        assert [one.state for one in register.reject(suspension, by="kato")] == [
            pb.OFFICER_KEY_STATE_ENROLLED
        ]
        allow(operator(attack, "kato"), service)


def test_a_suspension_by_a_denied_operator_stays_until_it_is_decided(
    attack: Attack, register: Register
) -> None:
    """Or denying an operator would bring back whom they had suspended."""
    officer = register.enrol(Officer.parse("window-officer/16201/mori")).officer
    suspension = register.revoke(officer, by="leaver").proposal
    deny(operator(attack, "operator-1"), f"spiffe://{TRUST_DOMAIN}/operator/ca/leaver")
    keep_officers(officers_register(attack.ca.service.ca))
    assert [one.state for one in register.keys_of(officer)] == [pb.OFFICER_KEY_STATE_SUSPENDED]
    assert [one.state for one in register.approve(suspension, by="kato")] == [
        pb.OFFICER_KEY_STATE_REVOKED
    ]
