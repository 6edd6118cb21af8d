"""A refusal as it stands on a page: what was refused, by which rule, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.cli.japanese.rules.in_japanese import in_japanese
from openjpki.cli.unsettled import UNSETTLED
from openjpki.errors import Language
from openjpki.rpc.invalid_message import InvalidMessageError

if TYPE_CHECKING:
    from openjpki.console.words import Words
    from openjpki.errors import OpenJpkiError


@dataclass(frozen=True, slots=True)
class Refused:
    """For a page."""

    reason: str
    text: str
    rules: list[tuple[str, str]]
    """The field as on the form, or nothing, and the rule."""
    application: str
    """Id of another application that it is about, or nothing."""
    next_step: str
    unsettled: bool
    """Whether it may have been done all the same."""


def refused(error: OpenJpkiError, words: Words, *, acted: bool) -> Refused:
    """In the language of these words. ``acted``: whether something was to be done."""
    return Refused(
        reason=error.reason.name,
        text=error.reason.text(words.language),
        rules=[
            (_label(error, field, words), _rule(error, field, rule, words))
            for field, rule in _rules(error)
        ],
        application=error.metadata.get("application_id", ""),
        next_step=error.reason.next_step(words.language),
        unsettled=acted and error.reason.grpc_code in UNSETTLED,
    )


def _rules(error: OpenJpkiError) -> list[tuple[str | None, str]]:
    if isinstance(error, InvalidMessageError):
        return list(error.violations)
    others = [field for field in error.labels if field != error.field]
    return [(error.field, error.message), *((field, "") for field in others)]


def _label(error: OpenJpkiError, field: str | None, words: Words) -> str:
    label = error.labels.get(field) if field else None
    return label.in_language(words.language) if label else ""


def _rule(error: OpenJpkiError, field: str | None, rule: str, words: Words) -> str:
    if words.language is not Language.JA or not rule:
        return rule
    return (error.expects_ja.get(field) if field else None) or in_japanese(rule) or rule
