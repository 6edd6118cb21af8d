"""Two replicas tell, one is killed: counts, GetUsage and statements say the same (R5.2.2)."""

from __future__ import annotations

import csv
import io
import threading
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import UsageServiceStub
from openjpki.cli.fonts import FONT
from openjpki.cli.usage_counts import Asked
from openjpki.cli.usage_statement import StatementFormat, write
from openjpki.domain.usage import day_of
from openjpki.errors import OpenJpkiError
from openjpki.rpc.identity.roles import PeerRole
from tests.support.bounded_replicas import BoundedReplicas
from tests.support.ca_service import TOYAMA
from tests.support.ocsp_service import until
from tests.support.postgres import postgres_server, postgres_url

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.bounded_replicas import Asking, Replica

__all__ = ["postgres_server", "postgres_url"]

BANKS = ("bank-1", "bank-2")
BEFORE = 30
AT_ONCE = 3


def asks_until_it_is_gone(asking: Asking, enough: threading.Event) -> None:
    try:
        for number in range(100_000):
            asking.told(AT_ONCE)
            if number == 10:
                enough.set()
    except OpenJpkiError:
        # Its connection ended under way.
        return


def shown(replica: Replica, day: str, role: PeerRole, scope: str, **of: Any) -> Counter[str]:
    """As GetUsage has it, by verifier."""
    stub = UsageServiceStub(replica.channel(role, scope, "mori" if "-16" in scope else ""))
    answer = stub.GetUsage(pb.GetUsageRequest(first_day=day, last_day=day, **of))
    found: Counter[str] = Counter()
    for one in answer.counts:
        found[one.verifier_id] += one.told
    return found


def stated(replica: Replica, file: Path, day: str, **of: str) -> Counter[str]:
    """As the statement has it."""
    channel = replica.channel(PeerRole.GOVERNOR_OFFICER, TOYAMA, "mori")
    asked = Asked(authority_id=TOYAMA, month=day[:7], by_day=True, **of)
    write(channel, asked, file, StatementFormat.CSV, FONT)
    found: Counter[str] = Counter()
    for row in csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))):
        assert row["period"] == day
        found[row["verifier"]] += int(row["told"])
    return found


@pytest.mark.requirement("R5.2.2")
def test_rows_answers_and_statements_say_the_same(tmp_path: Path, postgres_url: str) -> None:
    with ExitStack() as stack:
        world = BoundedReplicas(tmp_path, postgres_url, stack)
        day = day_of(datetime.now(UTC)).isoformat()
        survivor, victim = world.replica(), world.replica()
        for bank in BANKS:
            world.agree(survivor, bank)
        # Both tell both, so that each count is a sum over replicas.
        doomed = {bank: world.asking(victim, bank) for bank in BANKS}
        for replica, asking in (
            (survivor, {bank: world.asking(survivor, bank) for bank in BANKS}),
            (victim, doomed),
        ):
            for bank in BANKS:
                while replica.told[bank] < BEFORE:
                    until(asking[bank].told)
        until(lambda: victim.in_files() == len(BANKS) * BEFORE)
        enough = threading.Event()
        asks = threading.Thread(target=asks_until_it_is_gone, args=(doomed["bank-1"], enough))
        asks.start()
        assert enough.wait(60)
        victim.kill()
        asks.join(60)
        filed = victim.in_files()
        victim.start()
        # Settled before it answers anybody: what its files had is in the rows, and nothing else.
        expected = {
            "bank-1": survivor.told["bank-1"] + filed - victim.told["bank-2"],
            "bank-2": survivor.told["bank-2"] + victim.told["bank-2"],
        }
        until(lambda: world.rows() == expected)
        assert expected["bank-1"] >= 2 * BEFORE
        assert expected["bank-1"] <= sum(one.told["bank-1"] for one in (survivor, victim)) + AT_ONCE
        # A day is shown when it is over, by the database's clock.
        world.to_noon(days=1)
        for replica in (survivor, victim):
            officer = PeerRole.GOVERNOR_OFFICER
            assert shown(replica, day, officer, TOYAMA, authority_id=TOYAMA) == expected
            for bank in BANKS:
                own = {bank: expected[bank]}
                assert shown(replica, day, PeerRole.VERIFIER, bank, verifier_id=bank) == own
                one = stated(replica, tmp_path / "one.csv", day, verifier_id=bank)
                assert one == own
                (tmp_path / "one.csv").unlink()
            assert stated(replica, tmp_path / "all.csv", day) == expected
            (tmp_path / "all.csv").unlink()
