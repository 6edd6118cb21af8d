"""What a second officer sees of an application before deciding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import identity_pb2, person_pb2
from openjpki.cli.words import word_of

if TYPE_CHECKING:
    from openjpki.cli.output import Value


def seen_before_deciding(answer: pb.GetApplicationResponse) -> dict[str, Value]:
    """What was applied for, how identity was checked, who did what, and with which key."""
    application = answer.application
    attributes = application.attributes
    return {
        "kind": word_of(pb.ApplicationKind, application.kind, "APPLICATION_KIND_"),
        "renews": application.renews.hex() or None,
        "window": application.window_id,
        "submitted_at": application.submitted_at.ToJsonString(),
        "expires_at": application.expires_at.ToJsonString()
        if application.HasField("expires_at")
        else None,
        "name": attributes.name,
        "romanised_name": application.romanised_name,
        "birth_date": attributes.birth_date,
        "sex": word_of(person_pb2.Sex, attributes.sex, "SEX_"),
        "address": attributes.address,
        # With the applicant's substitutes above.
        "registered_name": _unless(application.registered_name, attributes.name),
        "registered_address": _unless(application.registered_address, attributes.address),
        "accepted_terms": application.accepted_terms or None,
        "key_sha256": application.key_sha256.hex() or None,
        **_generated(application),
        "checks": [_check(one) for one in answer.checks],
        "history": [_step(one) for one in answer.history],
    }


def _generated(application: pb.Application) -> dict[str, Value]:
    """Which registered generator made the key, when, and where it was put."""
    there, made = application.HasField("attestation"), application.attestation
    return {
        "generator": made.signature.officer if there else None,
        "generated_at": made.signature.signed_at.ToJsonString() if there else None,
        "key_medium": word_of(pb.CertificateMedium, made.medium, "CERTIFICATE_MEDIUM_")
        if there
        else None,
        "card_serial": made.medium_serial or None,
    }


def _unless(registered: str, certified: str) -> str | None:
    return None if registered == certified else registered


def _check(one: pb.RecordedIdentityCheck) -> dict[str, Value]:
    return {
        "evidence": word_of(
            identity_pb2.IdentityEvidence, one.check.evidence, "IDENTITY_EVIDENCE_"
        ),
        "document": one.check.document_kind,
        "further_documents": list(one.check.further_documents),
        "right": [one.question for one in one.check.questions if one.answered_right],
        "wrong": [one.question for one in one.check.questions if not one.answered_right],
        "rules": one.rules_version or None,
        "officer": one.officer,
        "at": one.checked_at.ToJsonString(),
    }


def _step(one: pb.ApplicationStep) -> dict[str, Value]:
    return {
        "step": word_of(pb.ApplicationStepKind, one.kind, "APPLICATION_STEP_KIND_"),
        "officer": one.officer or None,
        "at": one.at.ToJsonString() if one.HasField("at") else None,
    }
