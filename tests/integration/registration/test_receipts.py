"""Receipts between registration and the real ca: kept, shown, and needed (L1b)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.arguments import public_key_pem
from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.statements.file_key import FileStatementKey
from openjpki.services.registration.receipts.known_keys import KnownReceiptKeys
from openjpki.services.registration.receipts.require_receipt import ReceiptCheck
from openjpki.storage.registration import receipts
from tests.integration.registration.test_window_journey import to_key_presented
from tests.support.installation import answer, openjpki
from tests.support.ocsp_service import until
from tests.support.receipt_key import receipt_keys
from tests.support.registration_process import write_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.registration_service import Desk, RunningRegistration


def read_by_hand(folder: Path, request_id: str) -> dict[str, Any]:
    """The claims of a receipt's files, its signature verified as RFC 9052 section 4.4 says."""
    statement = (folder / f"{request_id}.statement.cbor").read_bytes()
    protected, _, payload, signature = cbor2.loads(
        (folder / f"{request_id}.cose").read_bytes()
    ).value
    assert payload is None
    key = serialization.load_pem_public_key((folder / f"{request_id}.key.pem").read_bytes())
    assert isinstance(key, rsa.RSAPublicKey)
    signed = cbor2.dumps(["Signature1", protected, b"", statement], canonical=True)
    key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    kind, claims = cbor2.loads(statement)
    assert kind == "openjpki.receipt.1"
    return dict(claims)


@pytest.mark.requirement("L1b")
def test_what_ca_did_is_receipted_and_kept(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
    tmp_path: Path,
) -> None:
    application_id = to_key_presented(desk, person, fresh_request())
    issued = second_desk.decide(application_id).application
    desk.revoke(issued.serial)
    assert registration.settings is not None
    settings = write_settings(tmp_path / "settings.toml", registration.settings)
    files = tmp_path / "receipts"
    files.mkdir()
    shown: Any = answer(
        openjpki(
            "receipts", "show", application_id, "--to", str(files), "--settings", str(settings)
        )
    )
    assert [each["method"] for each in shown] == ["IssueCertificate", "RevokeCertificate"]
    with registration.database.reading() as tx:
        kept = receipts.of_application(tx, application_id)
    for each, stored in zip(shown, kept, strict=True):
        claims = read_by_hand(files, each["request_id"])
        assert claims["method"] == each["method"]
        assert claims["request"].hex() == each["request_sha256"]
        assert claims["result"].hex() == each["result_sha256"]
        assert claims["caller"].startswith("spiffe://")
        assert claims["caller"].split("/")[3] == "registration"
        assert hashlib.sha256(stored.public_key).hexdigest() == each["key_sha256"]


@pytest.mark.requirement("L1b")
def test_an_answer_without_a_receipt_that_counts_is_not_accepted(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Registration knows another key than ca signs with: until somebody tells it of the right one,
    nothing that ca says is written to a card, and nothing is lost."""
    application_id = to_key_presented(desk, person, fresh_request())
    folder = tmp_path / "keys"
    folder.mkdir()
    other = FileStatementKey(ec.generate_private_key(ec.SECP256R1()))
    (folder / "other.pem").write_bytes(public_key_pem(other.public_key.spki_der))
    assert registration.service is not None
    client: Any = registration.service.registration.authority
    own_id = client._receipts.own_id
    monkeypatch.setattr(client, "_receipts", ReceiptCheck(KnownReceiptKeys(folder), own_id))
    with pytest.raises(OpenJpkiError) as refusal:
        second_desk.decide(application_id)
    assert refusal.value.reason is Reason.RECEIPT_REFUSED
    waiting = desk.get(application_id)
    assert (waiting.state, waiting.certificate) == (pb.APPLICATION_STATE_APPROVED, b"")
    with registration.database.reading() as tx:
        assert receipts.of_application(tx, application_id) == []
    (right,) = receipt_keys(tmp_path).iterdir()
    right.rename(folder / right.name)
    # By itself: the approval stands, and ca answers the same request with the same certificate.
    until(lambda: desk.get(application_id).state == pb.APPLICATION_STATE_ISSUED)
    with registration.database.reading() as tx:
        (kept,) = receipts.of_application(tx, application_id)
    assert kept.statement.method == "IssueCertificate"
