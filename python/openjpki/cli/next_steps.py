"""What to do about a refusal, for the one who reads it at a terminal."""

from __future__ import annotations

from openjpki.errors import OpenJpkiError, Reason

_AGAIN = "The same command may succeed later: nothing was left half-made."

_STEPS = {
    Reason.UNAUTHENTICATED: "Say --credentials with a folder whose certificate this mesh issued.",
    Reason.ROLE_NOT_ALLOWED: "Act with the credentials of a role that may do this.",
    Reason.OUT_OF_SCOPE: "Act for your own municipality or authority only.",
    Reason.SAME_OFFICER: "Another officer must decide: say --officer.",
    Reason.UNKNOWN_VERIFIER: "An operator registers verifiers: `openjpki verifier put`.",
    Reason.NAME_NOT_IN_REPERTOIRE: "Choose a similar character of the repertoire, or kana.",
    Reason.NOT_IN_REGISTER: "Only residents of this municipality can apply at its windows.",
    Reason.REGISTER_MISMATCH: "Compare the form with the document; the register decides.",
    Reason.LIVE_CERTIFICATE_EXISTS: "Revoke the old certificate first: `openjpki window revoke`.",
    Reason.APPLICATION_OPEN: "Go on with the open application, or `openjpki window withdraw` it.",
    Reason.APPLICATION_NOT_FOUND: "The id is in the answer of `openjpki window submit`.",
    Reason.WRONG_STATE: "See where it stands: `openjpki window show`.",
    Reason.KEY_WEAK: "Make a new key pair: `openjpki window make-key`.",
    Reason.KEY_ALREADY_USED: "Make a new key pair: `openjpki window make-key`.",
    Reason.CSR_SIGNATURE_INVALID: "Make the request again with the key it is for.",
    Reason.AUTHORITY_NOT_FOUND: "See which there are: `openjpki authority list`.",
    Reason.AUTHORITY_EXISTS: "See which there are: `openjpki authority list`.",
    Reason.CRL_NOT_FOUND: "Lists are made daily; make one now: `openjpki authority publish-crl`.",
    Reason.PARTITION_NOT_FOUND: "A partition is a municipality's code, or `authority`.",
    Reason.CERTIFICATE_NOT_FOUND: "The number is in the certificate: `openssl x509 -serial`.",
    Reason.KEY_CREDENTIAL_REFUSED: "Try again with the right passphrase.",
    Reason.INTERNAL: "Look at the service's log; this is a fault of ours.",
}


def next_step(error: OpenJpkiError) -> str | None:
    """One sentence; None where the refusal itself says all there is."""
    if error.message.startswith("settings refused"):
        return "Say --settings FILE, or set variables such as OPENJPKI_TLS__CERTIFICATE."
    if error.reason in _STEPS:
        return _STEPS[error.reason]
    return _AGAIN if error.reason.retryable else None
