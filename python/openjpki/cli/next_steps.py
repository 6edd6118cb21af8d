"""What to do about a refusal, for the one who reads it at a terminal: the catalogue's words, and
the command of ours that does it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from openjpki.errors import Language, OpenJpkiError, Reason, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMANDS = {
    Reason.UNAUTHENTICATED: "--credentials FOLDER",
    Reason.SAME_OFFICER: "--officer",
    Reason.UNKNOWN_VERIFIER: "openjpki verifier put",
    Reason.AGREEMENT_NOT_FOUND: "openjpki agreement list",
    Reason.LIVE_CERTIFICATE_EXISTS: "openjpki window submit --renew, openjpki window revoke",
    Reason.APPLICATION_OPEN: "openjpki window withdraw",
    Reason.APPLICATION_NOT_FOUND: "openjpki window list",
    Reason.WRONG_STATE: "openjpki window show",
    Reason.KEY_WEAK: "openjpki window make-key",
    Reason.KEY_ALREADY_USED: "openjpki window make-key",
    Reason.CSR_SIGNATURE_INVALID: "openjpki window make-key",
    Reason.AUTHORITY_NOT_FOUND: "openjpki authority list",
    Reason.AUTHORITY_EXISTS: "openjpki authority list",
    Reason.CRL_NOT_FOUND: "openjpki authority publish-crl",
    Reason.CERTIFICATE_NOT_FOUND: "openssl x509 -serial",
    Reason.SETTINGS_REFUSED: "--settings FILE, OPENJPKI_TLS__CERTIFICATE=…",
}
"""Where one command shows or does what the step says."""


SCHEMA = "schema"
"""In a refusal's metadata: of which there is no database yet."""

OUTCOME, LOOK, AGAIN = "outcome", "look", "again"
"""In a refusal's metadata: how things stand after an act that failed; absent where it is settled
that nothing was done. And the command that shows it, or what the same command would do."""
UNKNOWN = "unknown"
"""The outcome that nobody could tell."""
DONE = "done"
"""The outcome where all that is missing is the answer on stdout."""


class Again(StrEnum):
    """What the same command does once more."""

    SAFE = "safe"
    """Nothing: what was done already is refused, or stays as it is."""
    SECOND_PROPOSAL = "second-proposal"
    """At worst it opens another proposal."""


INTERRUPTED = Text(ja="Ctrl-C により中断しました。", en="Ctrl-C ended the command.")
_LOOK = Text(
    ja="処理が行われたかどうか分かりません。もう一度行う前に、状態を確認してください。",
    en="It may have been done, or be done yet: look before you do it again.",
)
_AGAIN = {
    Again.SAFE: Text(
        ja="処理が行われたかどうか分かりません。同じコマンドをもう一度実行しても、"
        "処理が二重に行われることはありません。",
        en="It may have been done. The same command again is safe: nothing is done twice.",
    ),
    Again.SECOND_PROPOSAL: Text(
        ja="処理が行われたかどうか分かりません。同じコマンドをもう一度実行すると、"
        "申請が２件になることがあります。その場合は一方を却下してください。",
        en="It may have been done. The same command again may open a second proposal; reject one.",
    ),
}
_DONE = Text(
    ja="処理は完了しています。結果が表示されなかっただけです。",
    en="What was asked for is done; only its result was not shown.",
)
_STANDS = Text(
    ja="現在の状態を確認し、まだ済んでいないことだけを行ってください。",
    en="The outcome says how it stands now: do only what is still missing.",
)


_SYNC = Text(
    ja="失効情報ファイルの写しを最新にしてください。[openjpki verifier sync]",
    en="Bring the copy of the revocation lists up to date. [openjpki verifier sync]",
)


def next_step(error: OpenJpkiError, language: Language) -> str:
    """What the catalogue says to do, and with which command or option."""
    step = error.reason.next_step(language)
    if OUTCOME in error.metadata:
        said = _unsettled(error.metadata).in_language(language)
        # "Again, under the same id" is for programs, which have the id still.
        return said if error.reason.retryable else f"{step} {said}"
    command = _COMMANDS.get(error.reason)
    if error.reason is Reason.APPLICATION_OPEN and "application_id" in error.metadata:
        command = f"openjpki window show {error.metadata['application_id']}"
    if error.reason is Reason.FEED_NOT_READY and error.field == "lists":
        # Nobody was asked: the copy is to be brought up to date.
        return _SYNC.in_language(language)
    if error.reason is Reason.SETTINGS_REFUSED and SCHEMA in error.metadata:
        command = f"openjpki database forward {error.metadata[SCHEMA]} --url-file FILE"
    return f"{step} [{command}]" if command else step


def after_interruption(stands: Mapping[str, str], language: Language) -> str | None:
    """What to do after Ctrl-C; ``None`` where nothing had been asked for that changes anything."""
    if OUTCOME not in stands:
        return None
    return (_DONE if stands[OUTCOME] == DONE else _unsettled(stands)).in_language(language)


def _unsettled(metadata: Mapping[str, str]) -> Text:
    if metadata[OUTCOME] != UNKNOWN:
        return _STANDS
    again = metadata.get(AGAIN)
    return _LOOK if again is None else _AGAIN[Again(again)]
