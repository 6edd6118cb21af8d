"""When a list may speak in the status service's place: when nobody answers, and never otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openjpki.client import AgencyClient, ListedStatus
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.x509.crl.partitions import partition_of
from tests.support.mesh import Mesh
from tests.unit.client.test_list_status import HOUR, MADE, PERSON, TOKYO, made_list

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY_ANSWERS = {
    Reason.SERVICE_UNAVAILABLE,
    Reason.DEADLINE_EXCEEDED,
    Reason.FEED_NOT_READY,
    # Or as many were given as was agreed.
    Reason.AGREEMENT_QUOTA_EXCEEDED,
}


class Refusing:
    """A status service that refuses every question in one way."""

    def __init__(self) -> None:
        self.reason = Reason.SERVICE_UNAVAILABLE
        self.patience: list[float] = []

    def Check(self, _request: Any, timeout: float) -> Any:  # noqa: N802
        self.patience.append(timeout)
        raise OpenJpkiError(self.reason, "no")


@pytest.fixture(scope="module")
def refusing() -> Refusing:
    return Refusing()


@pytest.fixture(scope="module")
def client(refusing: Refusing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgencyClient]:
    """It has a list of the person's partition, in force."""
    credentials = Mesh(tmp_path_factory.mktemp("mesh")).files(PeerRole.VERIFIER, "tax-office")
    with AgencyClient(
        "127.0.0.1:1", credentials, authorities=[TOKYO], now=lambda: MADE + HOUR
    ) as made:
        made.status = refusing  # type: ignore[assignment]
        partition = partition_of(PERSON)
        assert made._lists is not None
        assert partition is not None
        made._lists._kept.put(TOKYO.certificate, partition, made_list())
        yield made


@pytest.mark.parametrize("reason", [one for one in Reason if one in NOBODY_ANSWERS])
def test_a_list_speaks_when_nobody_answers(
    client: AgencyClient, refusing: Refusing, reason: Reason
) -> None:
    refusing.reason = reason
    assert isinstance(client._check_status(PERSON, TOKYO).source, ListedStatus)
    # Who has many documents doesn't wait as long for each.
    refusing.patience.clear()
    client._check_status(PERSON, TOKYO)
    assert refusing.patience == [2.0]


@pytest.mark.parametrize("reason", [one for one in Reason if one not in NOBODY_ANSWERS])
def test_a_refusal_stays_one(client: AgencyClient, refusing: Refusing, reason: Reason) -> None:
    """CERTIFICATE_NOT_HEARD_OF too: no list tells what was never issued."""
    refusing.reason = reason
    with pytest.raises(OpenJpkiError) as refused:
        client._check_status(PERSON, TOKYO)
    assert refused.value.reason is reason
