"""What partners hand in for the pool, what anybody may read, and when the service is ready."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.config.bridge import BridgePart
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.service import BridgeService
from openjpki.storage.bridge import authority_lists
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.x509.crl.check import check_crl
from tests.support.bridge_service import make_settings, running_bridge, wait_serving
from tests.support.ca_service import KAGAWA, TOYAMA, make_authorities, running_ca
from tests.support.crl_signature import is_signed_by
from tests.support.foreign_authorities import TO_MINISTRY
from tests.support.ocsp_service import until
from tests.support.probing import is_serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge
    from tests.support.ca_service import RunningCa

STAMP = "%Y%m%d%H%M%SZ"


def refused(call: Callable[[], object], reason: Reason, field: str | None = None) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        call()
    assert refusal.value.reason is reason
    if field is not None:
        assert refusal.value.field == field


@pytest.fixture
def known(bridge: RunningBridge, abroad: Abroad) -> Abroad:
    """A registered partner."""
    bridge.register(abroad.partner_id, abroad.government.certificate)
    return abroad


def test_everybody_reads_the_whole_pool(bridge: RunningBridge, known: Abroad) -> None:
    known.submit_all(bridge)
    assert bridge.service is not None
    with bridge.service.bridge.database.reading() as tx:
        acts = [
            entry.act
            for entry in SqlJournal().read_all(tx, "bridge")
            if entry.subject == known.partner_id
        ]
    assert acts == [
        "partner.registered",
        "certificate.submitted",
        "list.submitted",
        "list.submitted",
    ]
    pool = bridge.list_pool()
    certificates = [x509.load_der_x509_certificate(der) for der in pool.certificates]
    assert len({*pool.certificates}) == len(certificates)
    roots = [one for one in certificates if one.subject == one.issuer]
    for root in roots:
        root.verify_directly_issued_by(root)
    # Two governors and the service bridge; a partner's own is never among the roots.
    assert len(roots) == 3
    assert known.government.certificate not in pool.certificates
    lists = [x509.load_der_x509_crl(der) for der in pool.revocation_lists]
    issuers = {one.issuer for one in lists}
    assert {root.subject for root in roots} < issuers
    for one in lists:
        for root in roots:
            if root.subject != one.issuer:
                continue
            assert is_signed_by(one, root)
            point = one.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
            assert point.critical
            assert point.value.only_contains_ca_certs


@pytest.mark.requirement("R4.5", refuses=True)
def test_certificates_that_are_not_taken(bridge: RunningBridge, known: Abroad) -> None:
    partner = known.partner_id
    before = bridge.list_pool()

    def submit(der: bytes) -> None:
        bridge.submit(partner, der)

    no = Reason.CROSS_CERTIFICATE_REFUSED
    asked = known.ministry.certification_request()
    good = known.government.odd_cross(asked, "good")
    refused(lambda: submit(b"garbage"), Reason.MALFORMED_DER, "certificate")
    refused(lambda: submit(good + b"\0"), Reason.TRAILING_BYTES, "certificate")
    refused(lambda: submit(known.official), no, "certificate")
    leaf = known.government.odd_cross(asked, "leaf", constraints="CA:FALSE")
    refused(lambda: submit(leaf), no)
    refused(lambda: submit(known.government.odd_cross(asked, "use", usage="cRLSign")), no)
    refused(lambda: submit(b"\x30\x82\x40\x00" + bytes(16384)), Reason.INVALID_FIELD)
    refused(
        lambda: bridge.pool("nobody").SubmitCertificate(
            pb.SubmitCertificateRequest(
                request_id=str(uuid.uuid4()), partner_id="nobody", certificate=good
            )
        ),
        Reason.PARTNER_NOT_FOUND,
    )
    assert bridge.list_pool() == before
    submit(good)
    submit(good)
    assert list(bridge.list_pool().certificates).count(good) == 1


@pytest.mark.requirement("R4.5", refuses=True)
def test_certificate_in_the_name_of_an_authority_here(bridge: RunningBridge, known: Abroad) -> None:
    """Only the governor's own service says what a governor has signed."""
    ours = next(
        der
        for der in bridge.list_pool().certificates
        if (one := x509.load_der_x509_certificate(der)).subject != one.issuer
        and "Governor" in one.issuer.rfc4514_string()
    )
    refused(lambda: bridge.submit(known.partner_id, ours), Reason.CROSS_CERTIFICATE_REFUSED)


@pytest.mark.requirement("R4.5", refuses=True)
def test_lists_that_are_not_taken(bridge: RunningBridge, known: Abroad) -> None:
    partner, government, ministry = known.partner_id, known.government, known.ministry
    no, field = Reason.CRL_REFUSED, "revocation_list"

    def submit(der: bytes) -> None:
        bridge.submit_list(partner, der)

    refused(lambda: submit(ministry.revocation_list()), no, field)  # its issuer is not known
    first = government.revocation_list()
    refused(lambda: submit(b"garbage"), Reason.MALFORMED_DER, field)
    refused(lambda: submit(first + b"\0"), Reason.TRAILING_BYTES, field)
    refused(lambda: submit(first[:-1] + bytes([first[-1] ^ 1])), no, field)
    submit(first)
    refused(lambda: submit(first), no, field)
    second, third = government.revocation_list(), government.revocation_list()
    submit(third)
    refused(lambda: submit(second), no, field)
    now = datetime.now(UTC)
    begin, end = ((now - timedelta(hours=ago)).strftime(STAMP) for ago in (48, 1))
    expired = government.odd_list(f"-crl_lastupdate {begin} -crl_nextupdate {end}")
    refused(lambda: submit(expired), no, field)
    begin, end = ((now + timedelta(hours=ahead)).strftime(STAMP) for ahead in (24, 48))
    early = government.odd_list(f"-crl_lastupdate {begin} -crl_nextupdate {end}")
    refused(lambda: submit(early), no, field)
    refused(lambda: submit(b"\x30\x83\x10\x00\x00" + bytes(1 << 20)), Reason.INVALID_FIELD)
    ours = next(
        der
        for der in bridge.list_pool().revocation_lists
        if "Governor" in x509.load_der_x509_crl(der).issuer.rfc4514_string()
    )
    refused(lambda: submit(ours), no, field)
    of_government = [
        der
        for der in bridge.list_pool().revocation_lists
        if x509.load_der_x509_crl(der).issuer == x509.load_der_x509_crl(first).issuer
    ]
    assert of_government == [third]


def test_own_list_is_renewed_with_a_rising_number(tmp_path: Path, ca: RunningCa) -> None:
    part = BridgePart(crl_period=1, crl_next_update=100, refresh_interval=1)
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    with running_bridge(tmp_path, url, ca, bridge=part) as bridge:
        assert bridge.service is not None
        database = bridge.service.bridge.database
        end = time.monotonic() + 90
        numbers: list[int] = []
        while len(numbers) < 3:
            assert time.monotonic() < end
            with database.reading() as tx:
                newest = authority_lists.newest(tx, 1)
            assert newest is not None
            if newest.number not in numbers:
                numbers.append(newest.number)
            own = [
                der for der in bridge.list_pool().certificates
                if "Service Bridge" in str(x509.load_der_x509_certificate(der).subject)
            ]  # fmt: skip
            facts = check_crl(newest.der, own[0])
            assert facts.number == newest.number
            assert facts.entries == 0
            time.sleep(0.2)
        assert numbers == sorted(numbers)


def test_restart_keeps_key_certificate_and_pool(tmp_path: Path, ca: RunningCa) -> None:
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    with running_bridge(tmp_path, url, ca) as first:
        first.with_governor(TOYAMA)
        before = {*first.list_pool().certificates}
    with running_bridge(tmp_path, url, ca) as second:
        assert {*second.list_pool().certificates} == before


def test_not_serving_until_the_ca_service_answers(tmp_path: Path, ca: RunningCa) -> None:
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        nobody.settimeout(60)
        settings = make_settings(tmp_path, url, ca.mesh, nobody.getsockname()[1])
        service = BridgeService(settings, SystemClock())
        service.start()
        try:
            # It has asked, was left without an answer, and asks again.
            for _ in range(2):
                nobody.accept()[0].close()
            assert not is_serving(service.server.health_port)
        finally:
            service.stop()
    with running_bridge(tmp_path, url, ca) as bridge:
        assert bridge.list_pool().certificates


def test_key_of_an_interrupted_start_is_taken_up(tmp_path: Path, ca: RunningCa) -> None:
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    settings = make_settings(tmp_path, url, ca.mesh, ca.service.server.port)

    interrupted = threading.Event()

    def fail(step: str) -> None:
        if step == "key made":
            interrupted.set()
            raise RuntimeError(step)

    broken = BridgeService(settings, SystemClock(), checkpoint=fail)
    broken.start()
    assert interrupted.wait(60)
    assert not is_serving(broken.server.health_port)
    (label,) = broken.bridge.keys.backend.labels()
    made = broken.bridge.keys.backend.open(label).spki_der
    broken.stop()
    service = BridgeService(settings, SystemClock())
    service.start()
    try:
        wait_serving(service.server.health_port)
        assert service.bridge.keys.backend.labels() == [label]
        assert service.bridge.keys.backend.open(label).spki_der == made
    finally:
        service.stop()


def judged(bridge: RunningBridge, certificate: bytes) -> pb.ValidateResponse | None:
    """Nothing while the bridge does not know Kagawa's authority."""
    try:
        return bridge.validate(certificate, authority_id=KAGAWA)
    except OpenJpkiError as error:
        assert error.reason is Reason.AUTHORITY_NOT_FOUND  # noqa: PT017
        return None


def test_new_authority_is_found_without_a_restart(tmp_path: Path, abroad: Abroad) -> None:
    folder = tmp_path / "ca"
    folder.mkdir()
    url = f"sqlite:///{folder / 'ca.db'}"
    with (
        running_ca(folder, url, authorities=(TOYAMA,)) as ca,
        running_bridge(tmp_path, f"sqlite:///{tmp_path / 'b.db'}", ca) as bridge,
    ):
        refused(
            lambda: bridge.validate(abroad.official, authority_id=KAGAWA),
            Reason.AUTHORITY_NOT_FOUND,
        )
        make_authorities(ca.settings, SystemClock(), [KAGAWA])
        ca.service.publisher.publish_authority(AuthorityId.parse(KAGAWA))
        assert not until(lambda: judged(bridge, abroad.official)).valid
        bridge.with_governor(KAGAWA)
        bridge.with_foreign(abroad.partner_id, abroad.government)
        abroad.submit_all(
            bridge,
            abroad.government.cross_certify(
                abroad.ministry.certification_request(), [TO_MINISTRY], "to-ministry"
            ),
        )
        # Once it has Kagawa's list too.
        until(lambda: bridge.validate(abroad.official, authority_id=KAGAWA).valid)
