"""`openjpki verifier sync`: a copy of all lists, judged by another program."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli.arguments import public_key_pem, to_pem
from openjpki.cli.exit_codes import ExitCode
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy import AuthorityPolicy, CrlPolicy, policy_document
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.crl.deltas import DeltaPublisher
from openjpki.storage.ca import authorities
from openjpki.x509.foreign.cms import sign_detached
from tests.support.ca_service import KAGAWA, TOYAMA, person_key
from tests.support.installation import answer, openjpki
from tests.support.json_document import require_documented, require_refusal
from tests.support.ocsp_service import VERIFIER, Pair
from tests.support.openssl import openssl
from tests.support.receipt_key import receipt_keys
from tests.support.relay import Relay
from tests.support.statements import memory_key

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

PARTITION = "16201"


class Office:
    """A verifier's machine, and the way to the service, which can be cut."""

    def __init__(self, pair: Pair, folder: Path) -> None:
        self.pair, self.folder = pair, folder
        self.relay = Relay(pair.ocsp.service.server.port)
        self.mirror = folder / "mirror"
        pair.ocsp.mesh.issue(PeerRole.VERIFIER, VERIFIER).write(folder / "credentials")
        for authority in (TOYAMA, KAGAWA):
            (folder / f"{authority}.pem").write_bytes(
                to_pem(pair.ocsp.issuer_certificate(authority))
            )

    def sync(
        self, *authorities: str, output: str = "json", lists_key: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """One run for these authorities, by their own certificates."""
        by = () if lists_key is None else ("--lists-key", str(lists_key))
        trusted = [
            word for one in authorities or (TOYAMA,) for word in ("--authority", f"{one}={one}.pem")
        ]
        return openjpki(
            "verifier", "sync", "mirror", *trusted, *by,
            "--target", f"127.0.0.1:{self.relay.port}", "--credentials", "credentials",
            cwd=self.folder, output=output,
        )  # fmt: skip

    def outcomes(self, *authorities: str, status: int = 0) -> dict[str, Any]:
        rows = answer(self.sync(*authorities), status)
        return {row["partition"]: row for row in rows}


@pytest.fixture
def office(pair: Pair, tmp_path: Path) -> Iterator[Office]:
    made = Office(pair, tmp_path)
    pair.ca.service.publisher.publish_due()
    yield made
    made.relay.close()


@pytest.mark.requirement("R4.1.2", "R4.2")
def test_a_copy_of_all_lists_is_brought_up_to_date(office: Office) -> None:
    pair = office.pair
    good, revoked = pair.issue(), pair.issue()
    pair.revoke(revoked.serial)
    pair.ca.service.publisher.publish_authority(AuthorityId.parse(TOYAMA))
    found = office.outcomes()
    assert len(found) == 15
    assert {row["outcome"] for row in found.values()} == {"updated"}
    assert len(list(office.mirror.glob("*.crl"))) == 15
    # What changed is fetched, the others are looked at again.
    pair.ca.service.publisher.publish(AuthorityId.parse(TOYAMA), PARTITION)
    number = found[PARTITION]["crl_number"]
    found = office.outcomes()
    updated = [row for row in found.values() if row["outcome"] == "updated"]
    assert [(row["partition"], row["crl_number"]) for row in updated] == [(PARTITION, number + 1)]
    assert {row["outcome"] for row in found.values()} == {"updated", "unchanged"}
    # Another program believes each of them, and finds in one of them who is revoked.
    for list_ in office.mirror.glob("*.crl"):
        done = openssl(
            office.folder, f"crl -inform DER -in {list_} -CAfile {TOYAMA}.pem -noout -verify"
        )
        assert (done.returncode, "verify OK" in done.stderr) == (0, True), done.stderr
    (list_,) = office.mirror.glob(f"*-{PARTITION}.crl")
    assert openssl(office.folder, f"crl -inform DER -in {list_} -out list.pem").returncode == 0
    for name, issued in (("good", good), ("revoked", revoked)):
        (office.folder / f"{name}.pem").write_bytes(to_pem(issued.certificate))
    judged = "verify -crl_check -CRLfile list.pem -CAfile signing-16.pem"
    assert openssl(office.folder, f"{judged} good.pem").returncode == 0
    done = openssl(office.folder, f"{judged} revoked.pem")
    assert "certificate revoked" in done.stderr


def test_what_can_t_be_copied_is_told_and_keeps_nothing_else(office: Office) -> None:
    # The verifier may not ask about the second authority.
    done = office.sync(KAGAWA, TOYAMA)
    rows = answer(done, ExitCode.NOT_VALID)
    (told,) = [row for row in rows if row["outcome"] == "not-updated"]
    assert (told["authority"], told["partition"]) == (KAGAWA, None)
    assert told["reason"] == "out-of-scope"
    assert len(list(office.mirror.glob("*.crl"))) == 15
    said = office.sync(KAGAWA, TOYAMA, output="table").stdout
    assert "Lists to look at" in said
    assert KAGAWA in said
    assert PARTITION not in said
    # Nobody is there: what is kept stays, and the exit code says to try again.
    office.relay.cut()
    done = office.sync()
    assert done.returncode == ExitCode.UNAVAILABLE
    require_documented(("verifier", "sync"), done.stdout)
    (row,) = json.loads(done.stdout)
    assert (row["outcome"], row["reason"]) == ("not-updated", "service-unavailable")
    assert require_refusal(done.stderr)["error"] == "SERVICE_UNAVAILABLE"
    assert len(list(office.mirror.glob("*.crl"))) == 15


@pytest.mark.requirement("R4.1.2", "R5.2.1")
def test_documents_are_verified_by_the_copy_alone(office: Office) -> None:
    pair, key = office.pair, person_key()
    issued = pair.issue(key)
    (office.folder / "letter").write_bytes(b"letter")
    (office.folder / "letter.p7s").write_bytes(
        sign_detached(b"letter", issued.certificate, key, SystemClock().now())
    )

    def verify() -> subprocess.CompletedProcess[str]:
        return openjpki(
            "verify", "letter", "letter.p7s", "--authority", f"{TOYAMA}={TOYAMA}.pem",
            "--offline", "mirror", cwd=office.folder,
        )  # fmt: skip

    office.mirror.mkdir(mode=0o700)
    done = verify()
    assert done.returncode == ExitCode.UNAVAILABLE
    refused = require_refusal(done.stderr)
    assert refused["error"] == "FEED_NOT_READY"
    assert "openjpki verifier sync" in refused["next_step"]
    pair.ca.service.publisher.publish_authority(AuthorityId.parse(TOYAMA))
    office.sync()
    office.relay.cut()
    said = answer(verify())
    assert said["valid"] is True
    assert said["status_from"].endswith(", offline")
    assert 0 <= said["status_age_seconds"] < 3600
    # What was revoked since is not in it until the next run.
    pair.revoke(issued.serial)
    pair.ca.service.publisher.publish(AuthorityId.parse(TOYAMA), PARTITION)
    assert answer(verify())["valid"] is True
    office.relay.restore()
    office.sync()
    said = answer(verify(), ExitCode.NOT_VALID)
    assert "(keyCompromise), by revocation list" in said["revocation"]["text"]


@pytest.mark.requirement("R4.1.2")
def test_a_copy_is_of_all_lists_by_ca_s_own_word(office: Office) -> None:
    pair, key = office.pair, person_key()
    issued = pair.issue(key)
    (office.folder / "letter").write_bytes(b"letter")
    (office.folder / "letter.p7s").write_bytes(
        sign_detached(b"letter", issued.certificate, key, SystemClock().now())
    )
    pair.ca.service.publisher.publish_authority(AuthorityId.parse(TOYAMA))
    own = receipt_keys(office.folder) / "ca-1.pem"

    def verify(*by: str) -> subprocess.CompletedProcess[str]:
        return openjpki(
            "verify", "letter", "letter.p7s", "--authority", f"{TOYAMA}={TOYAMA}.pem",
            "--offline", "mirror", *by, cwd=office.folder,
        )  # fmt: skip

    by = ("--lists-key", str(own))
    answer(office.sync())
    # Nothing shows that these are all.
    assert require_refusal(verify(*by).stderr)["error"] == "FEED_NOT_READY"
    rows = answer(office.sync(lists_key=own))
    assert {row["outcome"] for row in rows} == {"unchanged"}
    done = verify(*by)
    require_documented(("verify",), done.stdout)
    said = answer(done)
    assert said["valid"] is True
    assert datetime.fromisoformat(said["status_set_of"]) <= SystemClock().now()
    assert answer(verify())["status_set_of"] is None
    # By another key it is nobody's word.
    other = office.folder / "other.pem"
    other.write_bytes(public_key_pem(memory_key().public_key.spki_der))
    (row,) = answer(office.sync(lists_key=other), ExitCode.NOT_VALID)
    assert (row["partition"], row["reason"]) == (None, "crl-refused")
    refused = verify("--lists-key", str(other))
    assert require_refusal(refused.stderr)["error"] == "FEED_NOT_READY"


@pytest.fixture
def hourly(pair: Pair) -> Iterator[DeltaPublisher]:
    """The authority's policy has delta lists."""
    ca, authority_id = pair.ca.service.ca, AuthorityId.parse(TOYAMA)

    def put(policy: AuthorityPolicy) -> None:
        document = policy_document(policy)
        ca.database.run(lambda tx: authorities.set_policy(tx, authority_id, document))

    put(AuthorityPolicy(crl=CrlPolicy(delta_period=timedelta(hours=1))))
    yield DeltaPublisher(ca)
    put(AuthorityPolicy())
    # To which none adds.
    pair.ca.service.publisher.publish(authority_id, PARTITION)


@pytest.mark.requirement("R4.1.2", "R5.2.1")
def test_a_delta_list_comes_between_complete_ones(office: Office, hourly: DeltaPublisher) -> None:
    pair, key = office.pair, person_key()
    issued = pair.issue(key)
    (office.folder / "letter").write_bytes(b"letter")
    (office.folder / "letter.p7s").write_bytes(
        sign_detached(b"letter", issued.certificate, key, SystemClock().now())
    )
    (office.folder / "user.pem").write_bytes(to_pem(issued.certificate))

    def verify() -> subprocess.CompletedProcess[str]:
        return openjpki(
            "verify", "letter", "letter.p7s", "--authority", f"{TOYAMA}={TOYAMA}.pem",
            "--offline", "mirror", cwd=office.folder,
        )  # fmt: skip

    base = pair.ca.service.publisher.publish(AuthorityId.parse(TOYAMA), PARTITION)
    assert base is not None
    office.sync()
    assert answer(verify())["valid"] is True
    pair.revoke(issued.serial)
    with pair.ca.service.ca.database.reading() as tx:
        authority = require_authority(tx, AuthorityId.parse(TOYAMA))
    made = hourly.publish(authority, authority.current, PARTITION)
    assert made is not None
    (updated,) = [row for row in office.outcomes().values() if row["outcome"] == "updated"]
    assert (updated["partition"], updated["crl_number"]) == (PARTITION, base.number)
    said = answer(verify(), ExitCode.NOT_VALID)
    assert f"by revocation list {made.number}" in said["revocation"]["text"]
    # So says another program, by the same two files.
    for kind in ("", ".delta"):
        (file,) = office.mirror.glob(f"*-{PARTITION}{kind}.crl")
        openssl(office.folder, f"crl -inform DER -in {file} -out list{kind}.pem")
    pem = [(office.folder / f"list{kind}.pem").read_bytes() for kind in ("", ".delta")]
    (office.folder / "both.pem").write_bytes(b"".join(pem))
    judged = f"verify -crl_check -extended_crl -CAfile {TOYAMA}.pem -CRLfile both.pem"
    assert openssl(office.folder, f"{judged} user.pem").returncode == 0
    done = openssl(office.folder, f"{judged} -use_deltas user.pem")
    assert "certificate revoked" in done.stderr
