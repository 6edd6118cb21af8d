"""How commands of `openjpki window` say what an officer saw and asked (本人確認, R2.2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import identity_pb2
from openjpki.cli import output
from openjpki.cli.misused import Misused
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.window_caller import MunicipalityOption, OfficerOption, window_service
from openjpki.errors import Text
from openjpki.rpc.identity.roles import PeerRole


class EvidenceName(StrEnum):
    """How identity was checked (R2.2.2)."""

    PHOTO_DOCUMENT = "photo-document"
    DOCUMENT_AND_QUESTIONS = "document-and-questions"


_ANSWERS = {"right": True, "wrong": False}


def question(typed: str) -> identity_pb2.AskedQuestion:
    """`ID=right` or `ID=wrong`. Raises :class:`Misused`."""
    name, _, answer = typed.partition("=")
    if not name or answer not in _ANSWERS:
        raise Misused(
            Text(
                ja="質問の種類の後に、=right（正しい）か=wrong（誤り）を付けて指定してください。",
                en="must be a question, and =right or =wrong behind it",
            )
        )
    return identity_pb2.AskedQuestion(question=name, answered_right=_ANSWERS[answer])


EvidenceOption = Annotated[EvidenceName, typer.Option("--evidence", help="How identity was shown.")]
DocumentOption = Annotated[
    str, typer.Option("--document", help="Kind of document, e.g. passport; never its number.")
]
FurtherOption = Annotated[
    list[str] | None,
    typer.Option("--also", help="Kind of another document that was shown; several times."),
]
QuestionOption = Annotated[
    list[identity_pb2.AskedQuestion] | None,
    typer.Option(
        "--question",
        metavar="QUESTION=right|wrong",
        parser=question,
        help="What was asked, and whether it was answered right; several times. Never the answer.",
    ),
]


def identity_check(
    evidence: EvidenceName,
    document: str,
    also: Sequence[str] | None = None,
    asked: Sequence[identity_pb2.AskedQuestion] | None = None,
) -> identity_pb2.IdentityCheck:
    """The contract's message for what an officer saw and asked."""
    return identity_pb2.IdentityCheck(
        evidence=identity_pb2.IdentityEvidence.Value(f"IDENTITY_EVIDENCE_{evidence.name}"),
        document_kind=document,
        further_documents=also or (),
        questions=asked or (),
    )


@reaching(PeerRole.REGISTRATION)
def documents(
    access: ServiceAccess, municipality: MunicipalityOption, officer: OfficerOption = "officer-1"
) -> None:
    """Which documents show who somebody is, and what is asked beside those without a photograph."""
    request = pb.GetWindowRulesRequest(municipality_code=municipality)
    with window_service(access, municipality, officer) as service:
        told = service.GetWindowRules(request)
    rows: list[dict[str, output.Value]] = [
        {
            "use": "--document",
            "id": one.document_kind,
            "japanese": one.name.ja,
            "english": one.name.en,
            "photo": one.photo,
            "needed": one.needed,
        }
        for one in told.documents
    ]
    rows += [
        {
            "use": "--question",
            "id": one.question,
            "japanese": one.name.ja,
            "english": one.name.en,
            "photo": None,
            "needed": told.right_answers,
        }
        for one in told.questions
    ]
    output.emit_rows(rows, title="Documents and questions")
