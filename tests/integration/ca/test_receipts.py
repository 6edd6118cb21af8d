"""ca's receipts: over the request and what it came to, also when it is answered again (L1b)."""

from __future__ import annotations

from datetime import UTC, date
from typing import TYPE_CHECKING

import pytest

from openjpki.config.ca import CaPart, ReceiptKeyFilePart
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.domain.evidence import Receipt
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import FourAttributes
from openjpki.domain.policy import RevocationCause
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import require_signed
from openjpki.rpc.identity.private_files import write_private
from openjpki.services.ca.receipts.receipt_key import open_receipt_key
from openjpki.services.ca.service import CaService
from openjpki.services.common.receipts import (
    IssuanceAsked,
    IssuanceResult,
    RevocationAsked,
    RevocationResult,
)
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.ca_service import (
    TOYAMA,
    TRUST_DOMAIN,
    RunningCa,
    issue_request,
    make_settings,
    revoke_request,
    running_ca,
)

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.evidence.public_key import StatementPublicKey
    from tests.integration.ca.conftest import Keys

CALLER = f"spiffe://{TRUST_DOMAIN}/registration/{NATIONWIDE}"


def public_key(ca: RunningCa) -> StatementPublicKey:
    return open_receipt_key(ca.settings.ca.signs_receipts, ca.service.ca.keys.backend).public_key


def asked_by(request: ca_pb2.IssueCertificateRequest) -> IssuanceAsked:
    """As registration has it."""
    municipality = Municipality(request.municipality_code)
    return IssuanceAsked(
        request_id=request.request_id,
        authority_id=AuthorityId.parse(request.authority_id),
        municipality_code=municipality.code,
        window_id=request.window_id,
        application_id=request.application_id,
        person_reference=request.person_reference,
        attributes=FourAttributes.parse(
            name=request.attributes.name,
            birth_date=request.attributes.birth_date,
            sex=str(int(request.attributes.sex)),
            address=request.attributes.address,
            municipality=municipality,
            today=date(2026, 1, 1),
            field="attributes",
        ),
        name_mask=request.substitutions.name,
        address_mask=request.substitutions.address,
        certification_request=request.certification_request,
        signatures=tuple(
            one.signature
            for one in (request.submitted, request.checked, request.presented, request.decided)
        ),
    )


def stated(method: str, request_id: str, asked: bytes, result: bytes, at: object) -> Receipt:
    return Receipt(
        service="ca",
        method=method,
        caller=CALLER,
        request_id=request_id,
        request_sha256=asked,
        result_sha256=result,
        made_at=at,  # type: ignore[arg-type]
    )


def test_a_revocations_receipt_is_over_request_and_result(ca: RunningCa, keys: Keys) -> None:
    certificates = ca.certificates()
    issued = certificates.IssueCertificate(issue_request(keys[0]))
    request = revoke_request(issued.serial)
    answer = certificates.RevokeCertificate(request)
    asked = RevocationAsked(
        request_id=request.request_id,
        authority_id=AuthorityId.parse(TOYAMA),
        serial=issued.serial,
        cause=RevocationCause.USER_WISH,
        signatures=(request.asked.signature,),
    )
    at = answer.revoked_at.ToDatetime(tzinfo=UTC)
    result = RevocationResult(revoked_at=at, sequence=answer.sequence)
    receipt = stated("RevokeCertificate", request.request_id, asked.sha256(), result.sha256(), at)
    require_signed(receipt, answer.receipt.signature, public_key(ca), field="receipt")
    # The key of the backend signs the same each time: a retry's answer is equal to the octet.
    assert certificates.RevokeCertificate(request) == answer


@pytest.mark.requirement("L1b")
def test_a_retry_of_an_issuance_has_an_equally_good_receipt(
    tmp_path: Path, database_url: str, keys: Keys
) -> None:
    """With a key whose signatures differ each time (ES256), so that it shows."""
    write_private(tmp_path / "receipt.pass", b"only for tests\n")
    part = ReceiptKeyFilePart(
        kind="file", file=tmp_path / "receipt.pem", passphrase_file=tmp_path / "receipt.pass"
    )
    request = issue_request(keys[0])
    with running_ca(tmp_path, database_url, ca=CaPart(receipt_key=part)) as ca:
        certificates = ca.certificates()
        first = certificates.IssueCertificate(request)
        again = certificates.IssueCertificate(request)
        public = public_key(ca)
    assert first.receipt.key_sha256 == again.receipt.key_sha256 == public.sha256
    assert first.receipt.signature != again.receipt.signature
    result = IssuanceResult(
        serial=first.serial,
        certificate=first.certificate,
        authority_certificate=first.authority_certificate,
        generation=first.generation,
        issued_at=first.issued_at.ToDatetime(tzinfo=UTC),
    )
    asked = asked_by(request).sha256()
    receipt = stated(
        "IssueCertificate", request.request_id, asked, result.sha256(), result.issued_at
    )
    for answer in (first, again):
        require_signed(receipt, answer.receipt.signature, public, field="receipt")
        answer.ClearField("receipt")
    assert first == again


def test_nothing_starts_without_the_key(tmp_path: Path) -> None:
    mesh = MeshAuthority.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)
    settings = make_settings(tmp_path, f"sqlite:///{tmp_path / 'ca.db'}", mesh)
    with pytest.raises(OpenJpkiError, match="openjpki authority receipt-key") as refusal:
        CaService(settings, SystemClock())
    assert refusal.value.reason is Reason.KEY_NOT_FOUND
