"""What was done about an application, as messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2
from openjpki.services.common.identity_conversions import identity_message

if TYPE_CHECKING:
    from openjpki.domain.application import IdentityCheck
    from openjpki.services.registration.applications.history import Step


def check_message(check: IdentityCheck) -> registration_pb2.RecordedIdentityCheck:
    """How, by whom and when identity was checked."""
    message = registration_pb2.RecordedIdentityCheck(
        check=identity_message(check.evidence, check.document_kind),
        officer=check.officer.text,
        rules_version=check.rules_version or "",
    )
    message.check.further_documents.extend(check.further_documents)
    for one in check.asked:
        message.check.questions.add(question=one.question, answered_right=one.right)
    message.checked_at.FromDatetime(check.checked_at)
    return message


def step_message(step: Step) -> registration_pb2.ApplicationStep:
    """Who did what, and when."""
    message = registration_pb2.ApplicationStep(
        kind=registration_pb2.ApplicationStepKind.Value(f"APPLICATION_STEP_KIND_{step.kind.name}"),
        officer=step.officer.text if step.officer else "",
    )
    if step.at is not None:
        message.at.FromDatetime(step.at)
    return message
