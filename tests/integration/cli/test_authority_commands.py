"""Officers of a prefecture beside a running ca service: what they do shows at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from sqlalchemy import select, text, update

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2
from openjpki.cli.exit_codes import ExitCode
from openjpki.domain.authority import AuthorityId
from openjpki.domain.serial import serial_to_bytes
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.ca.tables import authorities, revocation_lists
from openjpki.storage.kernel.journal import SqlJournal
from tests.integration.ca.test_authority_service import cross_request
from tests.support.bridge_officers import end_for_ca
from tests.support.by_hand import by_hand
from tests.support.ca_service import (
    KAGAWA,
    TOYAMA,
    RunningCa,
    issue_request,
    person_key,
    revoke_request,
    running_ca,
)
from tests.support.installation import answer, openjpki, refusal
from tests.support.json_document import require_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCa]:
    """A running service; the command line has its variables, as in its pod."""
    with running_ca(tmp_path, f"sqlite:///{tmp_path / 'ca.db'}") as running:
        monkeypatch.chdir(tmp_path)
        keys: Any = running.settings.keys
        tls = running.settings.tls
        for name, value in {
            "DATABASE__URL": running.settings.database.read_url(),
            "KEYS__KIND": "software",
            "KEYS__DIRECTORY": keys.directory,
            "KEYS__PASSPHRASE_FILE": keys.passphrase_file,
            "TLS__CERTIFICATE": tls.certificate,
            "TLS__PRIVATE_KEY": tls.private_key,
            "TLS__TRUST_BUNDLE": tls.trust_bundle,
            "TLS__TRUST_DOMAIN": tls.trust_domain,
        }.items():
            monkeypatch.setenv(f"OPENJPKI_{name}", str(value))
        yield running


def _list_of(ca: RunningCa, authority_id: str, partition: str) -> x509.CertificateRevocationList:
    request = ca_pb2.GetRevocationListRequest(authority_id=authority_id, partition=partition)
    return x509.load_der_x509_crl(
        b"".join(piece.chunk for piece in ca.lists().GetRevocationList(request))
    )


def _number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


@pytest.mark.requirement("R4.1.2", "R9.1.1")
def test_a_new_authority_has_its_lists_at_once(ca: RunningCa) -> None:
    """They are the command's own: the service's round, which would make them up to a minute later,
    has ended."""
    ca.service.jobs.stop()
    made = answer(openjpki("authority", "init", KAGAWA, "--example"))
    assert made["authority"] == KAGAWA
    municipalities_and_authority = 18
    assert made["lists_made"] == municipalities_and_authority
    with ca.service.ca.database.reading() as tx:
        scopes = select(revocation_lists.c.partition).where(
            revocation_lists.c.authority_id == KAGAWA
        )
        kept = set(tx.connection.execute(scopes).scalars())
    assert len(kept) == municipalities_and_authority
    for partition in ("37201", "authority"):
        crl = _list_of(ca, KAGAWA, partition)
        assert crl.issuer.rfc4514_string() == made["subject"]
        assert len(crl) == 0


def test_an_authority_is_made_by_a_policy_of_its_own(ca: RunningCa, tmp_path: Path) -> None:
    """Or in a name for examples where that is asked for; never by what somebody forgot to say."""
    told = refusal(openjpki("authority", "init", KAGAWA))
    assert (told["error"], told["field"]) == ("INVALID_FIELD", "policy.certificate_policy_oid")
    policy = tmp_path / "policy.json"
    own = {
        "certificate_policy_oid": "1.2.3.4.1",
        "cps_uri": "https://cps.prefectures.jp/1",
        "names": {"organization": "Prefectures", "organization_japanese": "都道府県"},
    }
    for left_out in own:
        policy.write_text(json.dumps({key: own[key] for key in own if key != left_out}), "utf-8")
        told = refusal(openjpki("authority", "init", KAGAWA, "--policy", str(policy)))
        assert told["field"].startswith(f"policy.{left_out}")
    policy.write_text(json.dumps(own), "utf-8")
    made = answer(openjpki("authority", "init", KAGAWA, "--policy", str(policy)))
    assert "O=Prefectures" in made["subject"]
    stored = answer(openjpki("authority", "policy", "show", KAGAWA))["stored"]
    assert json.loads(stored)["certificate_policy_oid"] == "1.2.3.4.1"


def test_an_authority_that_is_there_already_is_left_alone(ca: RunningCa) -> None:
    done = openjpki("authority", "init", TOYAMA, "--example")
    assert done.returncode == ExitCode.REFUSED
    assert refusal(done)["error"] == "AUTHORITY_EXISTS"
    (listed,) = answer(openjpki("authority", "list"))
    assert listed["authority"] == TOYAMA


def test_an_authority_that_cannot_be_read_is_named_and_the_others_are_shown(ca: RunningCa) -> None:
    answer(openjpki("authority", "init", KAGAWA, "--example"))
    unreadable = update(authorities).where(authorities.c.authority_id == KAGAWA).values(policy="{")
    ca.service.ca.database.run(lambda tx: tx.connection.execute(unreadable))
    done = openjpki("authority", "list")
    (listed,) = answer(done, ExitCode.NOT_VALID)
    assert listed["authority"] == TOYAMA
    told = require_refusal(done.stderr)
    assert told["error"] == "STORED_UNREADABLE"
    assert told["metadata"]["rows"].startswith(f"authorities {KAGAWA} (")


@pytest.mark.parametrize(
    "words", [("stop",), ("publish-crl",), ("certificate", "--to", "made.pem")]
)
def test_an_unknown_authority_is_told_with_the_next_step(
    ca: RunningCa, words: tuple[str, ...], tmp_path: Path
) -> None:
    told = refusal(openjpki("authority", words[0], KAGAWA, *words[1:]))
    assert told["error"] == "AUTHORITY_NOT_FOUND"
    assert "openjpki authority list" in told["next_step"]
    assert not (tmp_path / "made.pem").exists()


@pytest.mark.requirement("L1b")
def test_the_receipts_key_is_made_once_and_its_public_half_written(
    ca: RunningCa, tmp_path: Path
) -> None:
    told = [
        answer(openjpki("authority", "receipt-key", "--to", str(tmp_path / f"{n}.pem")))
        for n in range(2)
    ]
    assert told[0]["key_sha256"] == told[1]["key_sha256"]
    assert (tmp_path / "0.pem").read_bytes() == (tmp_path / "1.pem").read_bytes()
    issued = ca.certificates().IssueCertificate(issue_request(person_key()))
    assert issued.receipt.key_sha256.hex() == told[0]["key_sha256"]


def test_both_officers_of_a_cross_certificate_are_shown(ca: RunningCa, tmp_path: Path) -> None:
    bridge = ca_pb2_grpc.AuthorityServiceStub(ca.channel(PeerRole.BRIDGE))
    made = bridge.IssueCrossCertificate(cross_request(person_key())).certificate
    bridge.RevokeCrossCertificate(end_for_ca(TOYAMA, made))
    serial = serial_to_bytes(x509.load_der_x509_certificate(made).serial_number).hex()
    shown: Any = answer(openjpki("authority", "evidence", TOYAMA, serial, "--to", str(tmp_path)))
    said = sorted((each["statement"], each["officer"]) for each in shown)
    assert said == [
        (f"openjpki.{kind}-approved.1", f"bridge-officer/bridge/officer-{number}")
        for kind in ("cross-certification", "cross-revocation")
        for number in (1, 2)
    ]
    for statement, officer in said:
        name = f"{serial}.{statement}.{officer.replace('/', '.')}.statement.cbor"
        assert cbor2.loads((tmp_path / name).read_bytes())[1]["by"] == officer


def test_what_officers_signed_is_shown_and_written_for_others_to_verify(
    ca: RunningCa, tmp_path: Path
) -> None:
    request = issue_request(person_key())
    serial = ca.certificates().IssueCertificate(request).serial.hex()
    shown: Any = answer(openjpki("authority", "evidence", TOYAMA, serial, "--to", str(tmp_path)))
    assert {each["statement"]: each["officer"].rpartition("/")[2] for each in shown} == {
        "openjpki.application-submitted.1": "officer-1",
        "openjpki.identity-checked.1": "officer-1",
        "openjpki.application-decided.1": "officer-2",
        "openjpki.key-presented.1": "officer-1",
    }
    for each in shown:
        name = tmp_path / f"{serial}.{each['statement']}"
        statement = name.with_name(f"{name.name}.statement.cbor").read_bytes()
        protected, _, _, signature = cbor2.loads(
            name.with_name(f"{name.name}.cose").read_bytes()
        ).value
        key = serialization.load_pem_public_key(name.with_name(f"{name.name}.key.pem").read_bytes())
        assert isinstance(key, ec.EllipticCurvePublicKey)
        halves = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        signed = cbor2.dumps(["Signature1", protected, b"", statement], canonical=True)
        key.verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
        assert cbor2.loads(statement)[1]["by"] == each["officer"]
    nothing = refusal(openjpki("authority", "evidence", TOYAMA, "01"))
    assert nothing["error"] == "CERTIFICATE_NOT_FOUND"


def test_a_policy_that_cannot_be_read_is_shown_and_put_right(ca: RunningCa, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text("{}")
    (usual,) = answer(openjpki("authority", "policy", "list"))
    assert (usual["authority"], usual["fault"]) == (TOYAMA, None)
    # One that can be read is left alone.
    refused = refusal(openjpki("authority", "policy", "repair", TOYAMA, str(file)))
    assert (refused["error"], refused["field"]) == ("INVALID_FIELD", "authority_id")
    with ca.service.ca.database.transaction() as tx:
        tx.connection.execute(update(authorities).values(policy='{"version": "9", "new": 1}'))
    (listed,) = answer(openjpki("authority", "policy", "list"), ExitCode.NOT_VALID)
    assert "policy.new" in listed["fault"]
    shown = answer(openjpki("authority", "policy", "show", TOYAMA), ExitCode.NOT_VALID)
    assert '"new"' in shown["stored"]
    file.write_text('{"user_keys": {"min_bits": 1024}}')
    refusal(openjpki("authority", "policy", "repair", TOYAMA, str(file)))
    file.write_text('{"version": "10"}')
    repaired = answer(openjpki("authority", "policy", "repair", TOYAMA, str(file)))
    (after,) = answer(openjpki("authority", "policy", "list"))
    assert after == {
        "authority": TOYAMA, "policy_sha256": repaired["policy_sha256"], "fault": None,
    }  # fmt: skip
    issued = ca.certificates().IssueCertificate(issue_request(person_key()))
    assert issued.certificate
    with ca.service.ca.database.reading() as tx:
        (noted,) = [
            one
            for one in SqlJournal().read_all(tx, TOYAMA)
            if one.act == "authority.policy_repaired"
        ]
    assert noted.details["policy_version"] == "10"
    assert noted.details["policy_sha256"] == repaired["policy_sha256"]


def test_rows_left_out_are_named_with_what_is_refused(ca: RunningCa, tmp_path: Path) -> None:
    """`restore ca` says at once what it could not read, whatever else it was refused for."""
    nobody = tmp_path / "nobody"
    nobody.touch()
    # Or the service has, at the same moment.
    ca.service.publisher.publish_authority(AuthorityId.parse(TOYAMA))
    with ca.service.ca.database.transaction() as tx:
        tx.connection.execute(
            text(
                "INSERT INTO authorities (authority_id, active, policy, created_at)"
                " VALUES (:id, true, 'of a newer release', '2026-04-01 00:00:00')"
            ),
            {"id": KAGAWA},
        )
        tx.connection.execute(text("UPDATE revocation_lists SET sha256 = list"))
    odd = tmp_path / "odd"
    for content, told in ((b"# from ca\nofficer nobody\n", "line 2"), (b"\xff", "UTF-8")):
        odd.write_bytes(content)
        files = ("--taken-back", str(nobody), "--taken-back", str(odd))
        refused = refusal(openjpki("restore", "ca", *files))
        assert (refused["error"], refused["field"]) == ("INVALID_FIELD", "--taken-back")
        assert told in refused["message"]
        assert refused["metadata"]["file"] == str(odd)
    done = openjpki("restore", "ca", "--taken-back", str(nobody))
    assert done.returncode == ExitCode.REFUSED
    refused = require_refusal(done.stderr)
    assert refused["error"] == "CRL_REFUSED"
    assert refused["metadata"]["not_taken_up"] == TOYAMA
    assert f"authorities {KAGAWA}" in refused["metadata"]["rows"]


@pytest.mark.requirement("R3.2")
def test_a_list_that_cannot_be_read_is_made_anew_by_command(ca: RunningCa, tmp_path: Path) -> None:
    published = tmp_path / "16201.crl"
    ca.service.publisher.publish(AuthorityId.parse(TOYAMA), "16201")
    before = _list_of(ca, TOYAMA, "16201")
    published.write_bytes(before.public_bytes(serialization.Encoding.DER))
    words = ("authority", "replace-crl", TOYAMA)
    assert answer(openjpki(*words)) == []
    spoilt = update(revocation_lists).where(revocation_lists.c.partition == "16201")
    ca.service.ca.database.run(
        lambda tx: tx.connection.execute(spoilt.values(sha256=revocation_lists.c.list))
    )
    several = tmp_path / "several.pem"
    others = _list_of(ca, TOYAMA, "16202")
    several.write_bytes(
        b"".join(
            b"as fetched\r\n" + one.public_bytes(serialization.Encoding.PEM)
            for one in (others, before)
        )
    )
    (made,) = answer(openjpki(*words, "--list", str(published), "--list", str(several)))
    after = _list_of(ca, TOYAMA, "16201")
    assert made == {"generation": 1, "partition": "16201", "crl_number": _number(after)}
    assert _number(after) > _number(before)
    assert answer(openjpki(*words, "--list", str(published))) == []


def test_a_file_that_is_no_published_list_makes_none(ca: RunningCa, tmp_path: Path) -> None:
    other = tmp_path / "other.crl"
    other.write_bytes(b"\x30\x00")
    ca.service.publisher.publish(AuthorityId.parse(TOYAMA), "16201")
    spoilt = update(revocation_lists).where(revocation_lists.c.partition == "16201")
    ca.service.ca.database.run(
        lambda tx: tx.connection.execute(spoilt.values(sha256=revocation_lists.c.list))
    )
    done = openjpki("authority", "replace-crl", TOYAMA, "--list", str(other))
    assert done.returncode == ExitCode.REFUSED
    assert refusal(done)["error"] == "MALFORMED_DER"
    assert refusal(done)["metadata"]["list"] == "1"
    other.write_bytes(b"-----BEGIN X509 CRL-----\nMII")
    refused = refusal(openjpki("authority", "replace-crl", TOYAMA, "--list", str(other)))
    assert (refused["error"], refused["field"]) == ("MALFORMED_DER", "--list")
    assert refused["metadata"]["file"] == str(other)
    unknown = openjpki("authority", "replace-crl", KAGAWA)
    assert refusal(unknown)["error"] == "AUTHORITY_NOT_FOUND"


@pytest.mark.requirement("R3.2")
def test_a_revocation_that_cannot_be_read_is_shown_and_put_right(ca: RunningCa) -> None:
    issued = ca.certificates().IssueCertificate(issue_request(person_key()))
    ca.certificates().RevokeCertificate(
        revoke_request(issued.serial, revocation_pb2.REVOCATION_CAUSE_USER_WISH)
    )
    words = ("authority", "revocation")
    assert answer(openjpki(*words, "check", TOYAMA)) == []
    by_hand(ca.service.ca.database, "UPDATE revocations SET serial = 'spoilt'")
    # What stops the list says which row it is.
    done = openjpki("authority", "publish-crl", TOYAMA, "--partition", "16201")
    refused = refusal(done)
    assert refused["error"] == "STORED_UNREADABLE"
    assert refused["metadata"]["rows"] == "revocations spoilt (TypeError)"
    assert answer(openjpki(*words, "check", TOYAMA), ExitCode.NOT_VALID) == [
        {"row": f"{TOYAMA}/spoilt", "serial": None, "fault": "TypeError"},
        {"row": None, "serial": issued.serial.hex(), "fault": "MISSING"},
    ]
    repaired = answer(openjpki(*words, "repair", TOYAMA))
    assert repaired == {"authority": TOYAMA, "entered": 1, "dropped": 1}
    assert answer(openjpki(*words, "check", TOYAMA)) == []
    answer(openjpki("authority", "publish-crl", TOYAMA, "--partition", "16201"))
    serial = int.from_bytes(issued.serial, "big")
    assert _list_of(ca, TOYAMA, "16201").get_revoked_certificate_by_serial_number(serial)


def test_a_generation_that_cannot_be_read_is_shown_and_put_right(ca: RunningCa) -> None:
    words = ("authority", "generation")
    (usual,) = answer(openjpki(*words, "list"))
    assert usual == {
        "authority": TOYAMA, "generation": 1, "state": "active", "key": "authority/signing-16/1",
        "fault": None,
    }  # fmt: skip
    by_hand(ca.service.ca.database, "UPDATE generations SET state = 'asleep'")
    (shown,) = answer(openjpki(*words, "list"), ExitCode.NOT_VALID)
    assert (shown["state"], shown["fault"]) == (None, "ValueError")
    assert refusal(openjpki(*words, "repair", TOYAMA, "1"))["field"] == "--state"
    repaired = answer(openjpki(*words, "repair", TOYAMA, "1", "--state", "active"))
    assert repaired == {key: usual[key] for key in ("authority", "generation", "state", "key")}
    assert answer(openjpki(*words, "list")) == [usual]
    again = openjpki(*words, "repair", TOYAMA, "1")
    assert refusal(again)["field"] == "generation"
