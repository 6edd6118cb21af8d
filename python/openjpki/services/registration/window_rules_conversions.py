"""The rules of windows as the contract's message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2
from openjpki.api.types.v1 import text_pb2

if TYPE_CHECKING:
    from openjpki.domain.window_rules import WindowRules


def rules_message(rules: WindowRules) -> registration_pb2.GetWindowRulesResponse:
    """All of it."""
    message = registration_pb2.GetWindowRulesResponse(
        version=rules.version,
        issue_fee_yen=rules.fees.issue,
        reissue_fee_yen=rules.fees.reissue,
        documents=[
            registration_pb2.DocumentKind(
                document_kind=one.id,
                name=text_pb2.Text(ja=one.ja, en=one.en),
                photo=one.photo,
                needed=one.needed,
            )
            for one in rules.documents
        ],
        questions=[
            registration_pb2.WindowQuestion(
                question=one.id, name=text_pb2.Text(ja=one.ja, en=one.en)
            )
            for one in rules.questions
        ],
        right_answers=rules.right_answers,
        renewal_months=rules.renewal_months,
        keys_attested=rules.keys.attested,
        keys_in_files=rules.keys.files,
    )
    if rules.terms is not None:
        message.terms.version = rules.terms.version
        message.terms.uri = rules.terms.uri
    return message
