"""The rules of windows as the contract's message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2

if TYPE_CHECKING:
    from openjpki.domain.window_rules import WindowRules


def rules_message(rules: WindowRules) -> registration_pb2.GetWindowRulesResponse:
    """All of it."""
    message = registration_pb2.GetWindowRulesResponse(
        version=rules.version,
        issue_fee_yen=rules.fees.issue,
        reissue_fee_yen=rules.fees.reissue,
    )
    if rules.terms is not None:
        message.terms.version = rules.terms.version
        message.terms.uri = rules.terms.uri
    return message
