"""Every reason the validator knows has its place in the contract, with a text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from openjpki import signer_core
from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.types.v1 import path_pb2
from openjpki.catalogue.path_reason import PathReason
from openjpki.errors import Language
from openjpki.pki_path.verdict import PathRefusal
from openjpki.services.bridge.validation.conversions import COARSE, refusal_message


def refusal(reason: PathReason) -> PathRefusal:
    return PathRefusal(
        reason=reason, rule="breaks the rule", certificate=bytes(32), subject="O=X", place=2
    )


@pytest.mark.parametrize("reason", PathReason)
def test_each_reason_is_told(reason: PathReason) -> None:
    told = refusal_message(refusal(reason))
    assert told.reason != pb.REFUSAL_REASON_UNSPECIFIED
    assert path_pb2.PathReason.Name(told.path_reason) == f"PATH_REASON_{reason.name}"
    assert told.certificate_sha256 == bytes(32)
    assert told.text


def test_reasons_are_those_of_what_decides() -> None:
    assert [one.stable_name for one in PathReason] == list(signer_core.PATH_REASONS)


def test_mapping_is_the_contracts() -> None:
    assert COARSE.keys() == {*PathReason}
    assert COARSE[PathReason.REVOCATION_UNKNOWN] == pb.REFUSAL_REASON_REVOCATION_UNKNOWN
    for no_authority in (PathReason.KEY_USAGE, PathReason.NOT_AN_AUTHORITY):
        assert COARSE[no_authority] == pb.REFUSAL_REASON_NOT_AN_AUTHORITY


def test_text_names_certificate_and_rule() -> None:
    told = refusal_message(refusal(PathReason.POLICY_REQUIRED))
    words = PathReason.POLICY_REQUIRED.text(Language.EN)
    assert (told.subject, told.text) == ("O=X", f"O=X: {words} (breaks the rule)")
    assert told.rule == "breaks the rule"
    revoked = replace(
        refusal(PathReason.REVOKED),
        revoked_at=datetime(2026, 4, 1, tzinfo=UTC),
        revocation_reason="keyCompromise",
    )
    assert refusal_message(revoked).text == "O=X: revoked at 2026-04-01T00:00:00Z (keyCompromise)"


def test_path_as_a_whole_blames_nobody() -> None:
    told = refusal_message(
        replace(refusal(PathReason.LIMIT_REACHED), certificate=None, subject="", place=None)
    )
    assert (told.reason, told.subject) == (pb.REFUSAL_REASON_NO_PATH, "")
    assert told.text.endswith("(breaks the rule)")
