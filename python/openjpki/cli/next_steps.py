"""What to do about a refusal, for the one who reads it at a terminal: the catalogue's words, and
the command of ours that does it."""

from __future__ import annotations

from openjpki.errors import Language, OpenJpkiError, Reason

_COMMANDS = {
    Reason.UNAUTHENTICATED: "--credentials FOLDER",
    Reason.SAME_OFFICER: "--officer",
    Reason.UNKNOWN_VERIFIER: "openjpki verifier put",
    Reason.LIVE_CERTIFICATE_EXISTS: "openjpki window revoke",
    Reason.APPLICATION_OPEN: "openjpki window withdraw",
    Reason.APPLICATION_NOT_FOUND: "openjpki window submit",
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


def next_step(error: OpenJpkiError, language: Language) -> str:
    """What the catalogue says to do, and with which command or option."""
    step = error.reason.next_step(language)
    command = _COMMANDS.get(error.reason)
    return f"{step} [{command}]" if command else step
