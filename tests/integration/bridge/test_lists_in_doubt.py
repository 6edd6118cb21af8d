"""A partner's list that may not be used makes nobody good whom it says is revoked."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from prometheus_client import generate_latest

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.pool import revocation_lists
from openjpki.services.bridge.pool.known_lists import KnownLists
from openjpki.services.bridge.pool.revocation_lists import take_own_list
from openjpki.storage.bridge import pool_lists
from openjpki.telemetry.metrics import REGISTRY
from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der
from tests.integration.bridge.test_past_times import next_second, now, reasons
from tests.integration.bridge.test_unreadable_elements import as_officer, removal, service_of
from tests.support.ca_service import TOYAMA

if TYPE_CHECKING:
    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge
    from tests.support.foreign_authorities import OddAuthority

UNKNOWN = [pb.REFUSAL_REASON_REVOCATION_UNKNOWN]
REVOKED = [pb.REFUSAL_REASON_REVOKED]


def list_in_doubt(authority: OddAuthority, *more: str, times: str = "-crlhours 24") -> bytes:
    """Its next list, with a critical extension that nobody knows; DER."""
    next_second()
    lines = ["[doubt]", "authorityKeyIdentifier = keyid", "2.999.1 = critical, DER:0500", *more]
    settings = authority.folder / "openssl.cnf"
    if lines[0] not in settings.read_text():
        settings.write_text("\n".join([settings.read_text(), *lines, ""]))
    return authority.odd_list(f"{times} -crlexts doubt")


def next_list(authority: OddAuthority) -> bytes:
    next_second()
    return authority.revocation_list()


def in_doubt() -> str:
    lines = generate_latest(REGISTRY).decode().splitlines()
    (found,) = [one for one in lines if one.startswith("openjpki_pool_lists_in_doubt ")]
    return found.split()[1]


@pytest.fixture
def others(fresh_bridge: RunningBridge, abroad: Abroad) -> bytes:
    """Another official's certificate; paths to both of them are good."""
    fresh_bridge.with_governor(TOYAMA)
    fresh_bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(fresh_bridge)
    pem, _ = abroad.ministry.certify_official("/C=JP/O=Example/CN=Another", "another")
    other = x509.load_pem_x509_certificate(pem.read_bytes())
    der = other.public_bytes(Encoding.DER)
    assert fresh_bridge.validate(abroad.official).valid
    assert fresh_bridge.validate(der).valid
    return der


@pytest.mark.requirement("R4.5", refuses=True)
def test_whom_it_has_is_not_good_by_the_list_before_it(
    fresh_bridge: RunningBridge, abroad: Abroad, others: bytes
) -> None:
    bridge, partner, ministry = fresh_bridge, abroad.partner_id, abroad.ministry
    late = next_list(ministry)
    ministry.revoke(abroad.official_pem)
    doubted = list_in_doubt(ministry)
    bridge.submit_list(partner, doubted)
    assert reasons(bridge.validate(abroad.official)) == UNKNOWN
    assert bridge.validate(others).valid
    assert in_doubt() == "1.0"
    # One from before it ends no doubt; neither does another one.
    bridge.submit_list(partner, late)
    bridge.submit_list(partner, list_in_doubt(ministry))
    assert reasons(bridge.validate(abroad.official)) == UNKNOWN
    assert bridge.validate(others).valid
    # A later one that can be used does.
    bridge.submit_list(partner, next_list(ministry))
    assert reasons(bridge.validate(abroad.official)) == REVOKED
    assert bridge.validate(others).valid
    assert in_doubt() == "0.0"


@pytest.mark.requirement("R4.5", refuses=True)
def test_a_stranger_puts_nobody_in_doubt(
    fresh_bridge: RunningBridge, abroad: Abroad, others: bytes
) -> None:
    bridge, ministry = fresh_bridge, abroad.ministry
    ministry.revoke(abroad.official_pem)
    doubted = list_in_doubt(ministry)
    with pytest.raises(OpenJpkiError) as refusal:
        bridge.submit_list(abroad.partner_id, doubted[:-1] + bytes([doubted[-1] ^ 1]))
    assert refusal.value.reason is Reason.CRL_REFUSED
    assert bridge.validate(abroad.official).valid
    assert bridge.validate(others).valid
    assert in_doubt() == "0.0"


def test_numbers_rise_through_a_doubt(
    fresh_bridge: RunningBridge, abroad: Abroad, others: bytes
) -> None:
    bridge, partner, ministry = fresh_bridge, abroad.partner_id, abroad.ministry
    numbers = ministry.folder / "crlnumber"

    def refused(der: bytes) -> str:
        with pytest.raises(OpenJpkiError) as refusal:
            bridge.submit_list(partner, der)
        assert refusal.value.reason is Reason.CRL_REFUSED
        return refusal.value.message

    before = numbers.read_text()
    bridge.submit_list(partner, next_list(ministry))
    numbers.write_text(before)
    assert "than the one that counts" in refused(list_in_doubt(ministry))
    numbers.write_text("30\n")
    bridge.submit_list(partner, list_in_doubt(ministry))
    numbers.write_text("20\n")
    assert "than a list in doubt before it" in refused(next_list(ministry))
    numbers.write_text("31\n")
    bridge.submit_list(partner, next_list(ministry))
    assert bridge.validate(others).valid


def newest_of(bridge: RunningBridge) -> set[bytes]:
    with service_of(bridge).bridge.database.reading() as tx:
        return {one.sha256 for one in pool_lists.newest(tx)}


@pytest.mark.requirement("R4.5", refuses=True)
def test_one_that_is_over_answers_for_its_time_alone(
    fresh_bridge: RunningBridge, abroad: Abroad, others: bytes
) -> None:
    bridge, ministry = fresh_bridge, abroad.ministry
    ministry.revoke(abroad.official_pem)
    doubted = list_in_doubt(ministry)
    bridge.submit_list(abroad.partner_id, doubted)
    sha256 = hashlib.sha256(doubted).digest()
    assert sha256 in newest_of(bridge)
    during = now()
    bridge.submit_list(abroad.partner_id, next_list(ministry))
    assert sha256 not in newest_of(bridge)
    assert reasons(bridge.validate(abroad.official)) == REVOKED
    assert reasons(bridge.validate(abroad.official, at=during)) == UNKNOWN
    assert bridge.validate(others, at=during).valid
    # As every superseded list it goes when its retention period is over.
    with service_of(bridge).bridge.database.reading() as tx:
        assert sha256 in pool_lists.disposable(tx, datetime.now(UTC) + timedelta(days=36525), 100)


@pytest.mark.parametrize("in_doubt", [False, True], ids=["used", "in doubt"])
def test_its_number_binds_none_that_was_made_after_its_end(
    fresh_bridge: RunningBridge, abroad: Abroad, others: bytes, in_doubt: bool
) -> None:
    """Made by mistake, the highest there is would bind for ever."""
    bridge, partner, ministry = fresh_bridge, abroad.partner_id, abroad.ministry
    numbers = ministry.folder / "crlnumber"
    end = datetime.now(UTC) + timedelta(minutes=2)
    until = f"{end:%Y%m%d%H%M%SZ}"

    def following(times: str) -> bytes:
        if in_doubt:
            return list_in_doubt(ministry, times=times)
        next_second()
        return ministry.odd_list(times)

    ministry.revoke(abroad.official_pem)
    numbers.write_text("7F" + 19 * "FF" + "\n")
    doubted = list_in_doubt(ministry, times=f"-crl_nextupdate {until}")
    bridge.submit_list(partner, doubted)
    numbers.write_text("30\n")
    with pytest.raises(OpenJpkiError) as refusal:
        bridge.submit_list(partner, following("-crlhours 24"))
    which = "the one it replaces" if in_doubt else "a list in doubt before it"
    assert which in refusal.value.message
    # A partner's clock may be ahead by so much.
    bridge.submit_list(partner, following(f"-crl_lastupdate {until} -crlhours 24"))
    assert hashlib.sha256(doubted).digest() not in newest_of(bridge)
    # It is in force to its end.
    assert reasons(bridge.validate(abroad.official)) == UNKNOWN
    assert bridge.validate(others).valid


def test_one_partner_fills_no_pool_with_lists(
    fresh_bridge: RunningBridge, abroad: Abroad, others: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge, partner, ministry = fresh_bridge, abroad.partner_id, abroad.ministry
    with service_of(bridge).bridge.database.reading() as tx:
        monkeypatch.setattr(revocation_lists, "MOST_NEWEST", pool_lists.newest_of(tx, partner))
    with pytest.raises(OpenJpkiError) as refusal:
        bridge.submit_list(partner, list_in_doubt(ministry))
    assert refusal.value.reason is Reason.CRL_REFUSED
    assert "taken from one partner" in refusal.value.message
    # What takes another's place needs none of its own.
    bridge.submit_list(partner, next_list(ministry))
    assert bridge.validate(others).valid


def test_an_officer_takes_it_out(
    fresh_bridge: RunningBridge, abroad: Abroad, others: bytes
) -> None:
    bridge, ministry = fresh_bridge, abroad.ministry
    ministry.revoke(abroad.official_pem)
    doubted = list_in_doubt(ministry)
    bridge.submit_list(abroad.partner_id, doubted)
    assert reasons(bridge.validate(abroad.official)) == UNKNOWN
    as_officer(bridge).RemovePoolElement(removal(hashlib.sha256(doubted).digest()))
    assert bridge.validate(abroad.official).valid
    assert bridge.validate(others).valid


def test_one_of_an_authority_here_is_kept_and_refused(
    fresh_bridge: RunningBridge, abroad: Abroad
) -> None:
    context, authority = service_of(fresh_bridge).bridge, abroad.ministry
    certificate = x509.load_pem_x509_certificate(authority.certificate_pem.read_bytes())
    scope = issuing_distribution_point_der(certificate.subject, Covers.AUTHORITIES)
    der = list_in_doubt(authority, f"2.5.29.28 = critical, DER:{scope.hex()}")
    with pytest.raises(OpenJpkiError) as refusal:
        take_own_list(
            context,
            der,
            certificate.public_bytes(Encoding.DER),
            scope_der=scope,
            known=KnownLists(),
        )
    assert refusal.value.reason is Reason.CRL_REFUSED
    assert "is not understood" in refusal.value.message
    with context.database.reading() as tx:
        assert hashlib.sha256(der).digest() in {one.sha256 for one in pool_lists.newest(tx)}
