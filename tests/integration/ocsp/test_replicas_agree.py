"""Two replicas of one ca come to the same, and what they come to is what ca says it told."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.storage.ca import feed
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request, person_key, running_ca
from tests.support.ocsp_service import revocation, running_ocsp, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.ocsp_service import RunningOcsp

AUTHORITIES = {TOYAMA: "16201", KAGAWA: "37201"}


def position_of(replica: RunningOcsp, authority_id: str) -> tuple[int, bytes]:
    """Where it stands, and the digest of what it was told up to there."""
    found = replica.service.ocsp.statuses.require(AuthorityId.parse(authority_id)).position
    assert found is not None
    return found.sequence, found.digest


@pytest.mark.requirement("R4.1.1")
def test_what_was_told_has_one_digest_for_each_authority(tmp_path: Path) -> None:
    """One has been there from the beginning, the other since a snapshot in the middle."""
    (tmp_path / "ca").mkdir()
    url = f"sqlite:///{tmp_path / 'ca.db'}"
    with (
        running_ca(tmp_path / "ca", url, authorities=tuple(AUTHORITIES)) as ca,
        ExitStack() as stack,
    ):
        stub = ca.certificates()

        def live(authority_id: str) -> list[bytes]:
            """Somebody's certificate, revoked; another one's, good."""
            serials = []
            for _ in range(2):
                request = issue_request(
                    person_key(),
                    authority_id=authority_id,
                    municipality_code=AUTHORITIES[authority_id],
                    person=uuid.uuid4().hex,
                )
                serials.append(stub.IssueCertificate(request).serial)
            stub.RevokeCertificate(revocation(serials[0], authority_id))
            return serials

        def all_live() -> list[tuple[str, list[bytes]]]:
            wanted = list(AUTHORITIES) * 3
            with ThreadPoolExecutor(len(wanted)) as pool:
                return list(zip(wanted, pool.map(live, wanted), strict=True))

        def replica(name: str) -> RunningOcsp:
            folder = tmp_path / name
            folder.mkdir()
            return stack.enter_context(
                running_ocsp(
                    folder,
                    f"sqlite:///{folder / 'ocsp.db'}",
                    ca.mesh,
                    f"127.0.0.1:{ca.service.server.port}",
                    ca_url=url,
                )
            )

        replicas = [replica("first")]
        lives = all_live()
        replicas.append(replica("second"))
        lives += all_live()
        with ca.service.ca.database.reading() as tx:
            told = {str(one): at for one, at in feed.positions(tx).items()}
        for authority_id in AUTHORITIES:
            at = told[authority_id]
            assert at.head >= 18
            for one in replicas:
                until(lambda one=one, at=at, of=authority_id: position_of(one, of)[0] == at.head)  # type: ignore[misc]
                assert position_of(one, authority_id) == (at.head, at.digest)
        for authority_id, serials in lives:
            for one in replicas:
                status = one.service.ocsp.statuses.require(AuthorityId.parse(authority_id))
                assert status.position is not None
                assert status.position.index.lookup_batch(list(serials))[0] == b"\2\1"
