"""Who looks after agreements sees by name which quotas are near or reached (R4.3)."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import AgreementServiceStub
from openjpki.api.types.v1.revocation_pb2 import CERTIFICATE_STATUS_GOOD as GOOD
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp.agreements import agreement_servicer
from openjpki.services.ocsp.quota import leasing, standing
from openjpki.services.ocsp.quota.reporting import count_reported
from openjpki.services.ocsp.usage import writing
from openjpki.telemetry.metrics import REGISTRY
from tests.support.agreements import agree, as_officer
from tests.support.ca_service import KAGAWA, TOYAMA, running_ca
from tests.support.ocsp_service import Pair, running_ocsp, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.ocsp_service import RunningOcsp

DAY = date(2027, 4, 1)


@pytest.fixture
def pair(tmp_path: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    del tmp_path
    folder = tmp_path_factory.mktemp("standing")
    (folder / "ca").mkdir()
    ca_url, url = (f"sqlite:///{folder / name}.db" for name in ("ca", "ocsp"))
    with running_ca(folder / "ca", ca_url, authorities=(TOYAMA, KAGAWA)) as ca:
        target = f"127.0.0.1:{ca.service.server.port}"
        with pytest.MonkeyPatch.context() as patched, ExitStack() as stack:
            # No midnight comes between; what writes counts begins with the replica.
            for module in (leasing, standing, writing):
                patched.setattr(module, "counted_day", lambda *_: DAY)
            running = stack.enter_context(running_ocsp(folder, url, ca.mesh, target, ca_url=ca_url))
            yield Pair(ca, running)


def agreed(replica: RunningOcsp, verifier: str, beyond: Any, **of: int) -> None:
    replica.enter(verifier)
    agree(replica, verifier, TOYAMA, quota=pb.Quota(**of, beyond=beyond))


def told(pair: Pair, verifier: str, serial: bytes, times: int) -> None:
    """Each as soon as its part of the quota is there."""

    def ask() -> bool:
        try:
            request = pb.CheckRequest(authority_id=TOYAMA, serial=serial)
            return pair.ocsp.status(verifier).Check(request).status == GOOD
        except OpenJpkiError as refused:
            late = {Reason.FEED_NOT_READY, Reason.CERTIFICATE_NOT_HEARD_OF}
            assert refused.reason in {Reason.AGREEMENT_QUOTA_EXCEEDED, *late}  # noqa: PT017
            return False

    for _ in range(times):
        until(ask)


def as_operator(replica: RunningOcsp, scope: str = "ocsp") -> AgreementServiceStub:
    return AgreementServiceStub(replica.channel(PeerRole.OPERATOR, scope, "sato"))


def listed(
    stub: AgreementServiceStub, *, within: bool = False, authority: str = TOYAMA
) -> list[tuple[str, str, str, int, str]]:
    """As a client reads all pages."""
    request = pb.ListQuotasRequest(authority_id=authority, within=within)
    found: list[pb.QuotaNumber] = []
    while page := stub.ListQuotas(request).quotas:
        found += page
        request.after_verifier_id = page[-1].verifier_id
    return [
        (
            one.verifier_id,
            pb.QuotaUnit.Name(one.unit).removeprefix("QUOTA_UNIT_"),
            pb.QuotaPeriod.Name(one.period).removeprefix("QUOTA_PERIOD_"),
            one.most,
            pb.QuotaStanding.Name(one.standing).removeprefix("QUOTA_STANDING_"),
        )
        for one in found
    ]


@pytest.mark.requirement("R4.3")
def test_who_is_near_and_who_has_reached_it(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    replica = pair.ocsp
    replica.register()
    serial = pair.issue().serial
    refuse, report = pb.QUOTA_BEYOND_REFUSE, pb.QUOTA_BEYOND_REPORT
    agreed(replica, "bank-1", refuse, statuses_per_day=5, statuses_per_month=1000)
    agreed(replica, "bank-2", report, statuses_per_day=5, downloads_per_day=9)
    agreed(replica, "bank-3", report, statuses_per_month=2)
    agreed(replica, "bank-4", refuse, statuses_per_day=1000)
    for verifier, times in (("bank-1", 5), ("bank-2", 4), ("bank-3", 3), ("bank-4", 1)):
        told(pair, verifier, serial, times)
    expected = [
        ("bank-1", "STATUSES", "DAY", 5, "REACHED"),
        ("bank-2", "STATUSES", "DAY", 5, "NEAR"),
        ("bank-3", "STATUSES", "MONTH", 2, "REACHED"),
    ]
    officer = as_officer(replica, TOYAMA, "mori")
    # What was told is written a second later.
    until(lambda: listed(officer) == expected)
    assert listed(as_operator(replica)) == expected
    assert listed(as_operator(replica, f"ocsp.{TOYAMA}")) == expected
    # Of one verifier all at once, however little is handed out at a time.
    monkeypatch.setattr(agreement_servicer, "_PAGE", 1)
    everything = listed(officer, within=True)
    assert [one for one in everything if one[4] != "WITHIN"] == expected
    assert [one[:3] for one in everything if one[4] == "WITHIN"] == [
        ("bank-1", "STATUSES", "MONTH"),
        ("bank-2", "DOWNLOADS", "DAY"),
        ("bank-4", "STATUSES", "DAY"),
    ]
    # Another authority's officers and operators see nothing of it.
    assert listed(as_operator(replica), within=True, authority=KAGAWA) == []
    for stub in (as_officer(replica, KAGAWA, "mori"), as_operator(replica, f"ocsp.{KAGAWA}")):
        with pytest.raises(OpenJpkiError) as refused:
            listed(stub)
        assert refused.value.reason is Reason.OUT_OF_SCOPE
    # Without names, also of those beyond which nobody is refused.
    count_reported(replica.service.ocsp)
    for state, count in (("bounded", 3), ("near", 1), ("reached", 1)):
        labels = {"beyond": "report", "state": state}
        assert REGISTRY.get_sample_value("openjpki_ocsp_quotas", labels) == count
