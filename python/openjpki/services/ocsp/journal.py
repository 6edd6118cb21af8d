"""The acts of the ocsp service: every change of who may ask for status.

The entries of the registry of verifiers belong to the books on how the service is run.
"""

from __future__ import annotations

from openjpki.domain.retention import RetentionClass
from openjpki.storage.kernel.acts import AUTHORITY, SHA256, Act, list_of, optional, text

STREAM = "verifiers"
"""The journal's stream of every change to the registry."""

_GRANTED = {
    "authority_ids": list_of(AUTHORITY, at_most=95),
    "signers_sha256": optional(list_of(SHA256, at_most=10)),
    "closed_networks": optional(list_of(text(r"[0-9a-f:.]+/[0-9]{1,3}"), at_most=20)),
}

VERIFIER_REGISTERED = Act("verifier.registered", RetentionClass.ADMINISTRATION, _GRANTED)
VERIFIER_REPLACED = Act("verifier.replaced", RetentionClass.ADMINISTRATION, _GRANTED)
VERIFIER_REMOVED = Act("verifier.removed", RetentionClass.ADMINISTRATION)
