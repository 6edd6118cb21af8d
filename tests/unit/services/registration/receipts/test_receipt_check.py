"""A receipt counts for this request, this answer and a known key, and for nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from openjpki.cli.arguments import public_key_pem
from openjpki.domain.evidence import Receipt
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import sign
from openjpki.keys.statements.file_key import FileStatementKey
from openjpki.services.registration.receipts.known_keys import KnownReceiptKeys
from openjpki.services.registration.receipts.require_receipt import GivenReceipt, ReceiptCheck
from openjpki.telemetry.metrics import REGISTRY
from tests.support.captured_logs import captured_logs

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 28, 3, 0, 0, tzinfo=UTC)
OWN = "spiffe://openjpki.example/registration/tokyo"
REQUEST = "3f0c9a1e-7a52-4c0e-9d3f-2b8f5c1d6e70"
STATED = Receipt(
    service="ca",
    method="IssueCertificate",
    caller=OWN,
    request_id=REQUEST,
    request_sha256=bytes(range(32)),
    result_sha256=bytes(range(32, 64)),
    made_at=AT,
)


def new_key() -> FileStatementKey:
    return FileStatementKey(ec.generate_private_key(ec.SECP256R1()))


def put(folder: Path, name: str, key: FileStatementKey) -> None:
    (folder / name).write_bytes(public_key_pem(key.public_key.spki_der))


def given(key: FileStatementKey, stated: Receipt = STATED, **changes: Any) -> GivenReceipt:
    """As it comes with the answer to the request of ``STATED``."""
    receipt = GivenReceipt(
        method=STATED.method,
        request_id=STATED.request_id,
        request_sha256=STATED.request_sha256,
        result_sha256=STATED.result_sha256,
        made_at=STATED.made_at,
        key_sha256=key.public_key.sha256,
        signature=sign(stated, key),
    )
    return replace(receipt, **changes)


@pytest.fixture
def key(tmp_path: Path) -> FileStatementKey:
    made = new_key()
    put(tmp_path, "ca-1.pem", made)
    return made


@pytest.fixture
def check(tmp_path: Path, key: FileStatementKey) -> ReceiptCheck:
    del key
    return ReceiptCheck(KnownReceiptKeys(tmp_path), lambda: OWN)


def counted() -> float:
    return REGISTRY.get_sample_value("openjpki_receipts_refused_total") or 0.0


def refused(check: ReceiptCheck, receipt: GivenReceipt) -> None:
    before = counted()
    with pytest.raises(OpenJpkiError) as refusal:
        check.require(receipt)
    assert refusal.value.reason is Reason.RECEIPT_REFUSED
    assert counted() == before + 1


def test_what_counts_is_kept_with_its_key(check: ReceiptCheck, key: FileStatementKey) -> None:
    before = counted()
    kept = check.require(given(key))
    assert (kept.statement, kept.public_key) == (STATED, key.public_key.spki_der)
    assert counted() == before


@pytest.mark.requirement("L1b", refuses=True)
@pytest.mark.parametrize(
    "change",
    [
        {"service": "bridge"},
        {"method": "RevokeCertificate"},
        {"caller": "spiffe://openjpki.example/registration/osaka"},
        {"request_id": REQUEST.replace("3f", "4f", 1)},
        {"request_sha256": bytes(32)},
        {"result_sha256": bytes(32)},
        {"made_at": AT + timedelta(seconds=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_receipt_over_anything_else_is_refused(
    check: ReceiptCheck, key: FileStatementKey, change: dict[str, Any]
) -> None:
    refused(check, given(key, replace(STATED, **change)))


@pytest.mark.requirement("L1b", refuses=True)
def test_none_and_damaged_ones_are_refused(check: ReceiptCheck, key: FileStatementKey) -> None:
    whole = given(key).signature
    for signature in (b"", whole[:-1], whole + b"\0", whole[:-1] + bytes([whole[-1] ^ 1])):
        refused(check, given(key, signature=signature))
    refused(check, given(key, key_sha256=b""))


def test_another_key_counts_once_its_public_half_is_there(
    check: ReceiptCheck, key: FileStatementKey, tmp_path: Path
) -> None:
    following = new_key()
    refused(check, given(following))
    # Under the name of a known key, too.
    refused(check, given(following, key_sha256=key.public_key.sha256))
    put(tmp_path, "ca-2.pem", following)
    assert check.require(given(following)).public_key == following.public_key.spki_der
    assert check.require(given(key)).public_key == key.public_key.spki_der


def test_a_file_that_is_none_ends_no_other(
    check: ReceiptCheck, key: FileStatementKey, tmp_path: Path
) -> None:
    """Put there while the service runs, and before the key's own in the order of the folder."""
    following = new_key()
    (tmp_path / "a.pem").write_bytes(b"-----BEGIN PUBLIC KEY-----\n")
    (tmp_path / "b.pem").mkdir()
    put(tmp_path, "ca-2.pem", following)
    assert check.require(given(following)).public_key == following.public_key.spki_der
    assert check.require(given(key)).public_key == key.public_key.spki_der
    # Half of it is written anew when a third key is asked for.
    (tmp_path / "ca-1.pem").write_bytes(b"")
    refused(check, given(new_key()))
    assert check.require(given(key)).public_key == key.public_key.spki_der
    # Once all can be read again, only what is there counts.
    for name in ("a.pem", "ca-1.pem"):
        (tmp_path / name).unlink()
    (tmp_path / "b.pem").rmdir()
    refused(check, given(new_key()))
    refused(check, given(key))


def test_a_file_that_is_none_keeps_no_service_with_another_from_starting(
    key: FileStatementKey, tmp_path: Path
) -> None:
    labels = {"file": "receipt_keys"}
    (tmp_path / "a.pem").write_bytes(b"-----BEGIN PUBLIC KEY-----\n")
    with captured_logs(service="registration") as log:
        known = KnownReceiptKeys(tmp_path)
    assert known.find(key.public_key.sha256) == key.public_key.spki_der
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["level"], line["rule"]) == ("error", "a.pem is no public key in PEM")
    assert REGISTRY.get_sample_value("openjpki_file_elements_left_out", labels) == 1
    (tmp_path / "a.pem").unlink()
    known.find(bytes(32))
    assert REGISTRY.get_sample_value("openjpki_file_elements_left_out", labels) == 0


def test_a_folder_without_keys_or_with_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        KnownReceiptKeys(tmp_path / "nowhere")
    assert refusal.value.field == "registration.receipt_keys"
    with pytest.raises(OpenJpkiError, match="holds no public key"):
        KnownReceiptKeys(tmp_path)
    private = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "wrong.pem").write_bytes(private)
    with pytest.raises(OpenJpkiError, match=r"wrong\.pem is no public key"):
        KnownReceiptKeys(tmp_path)
