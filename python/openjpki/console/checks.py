"""What a form says of an identity check (本人確認, R2.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.types.v1 import identity_pb2
from openjpki.cli.window_checks import EvidenceName, identity_check

if TYPE_CHECKING:
    from openjpki.api.registration.v1 import registration_pb2 as pb
    from openjpki.console.forms import Form

_ANSWERS = {"right": True, "wrong": False}


def check_of(form: Form, rules: pb.GetWindowRulesResponse) -> identity_pb2.IdentityCheck:
    """The way of checking follows from the document: one with a photograph is enough by itself."""
    document = form.text("document")
    with_photo = any(one.photo for one in rules.documents if one.document_kind == document)
    evidence = EvidenceName.PHOTO_DOCUMENT if with_photo else EvidenceName.DOCUMENT_AND_QUESTIONS
    asked = [
        identity_pb2.AskedQuestion(question=one.question, answered_right=_ANSWERS[said])
        for one in rules.questions
        if (said := form.text(f"question-{one.question}")) in _ANSWERS
    ]
    return identity_check(evidence, document, form.texts("also"), asked)
