"""What is said of a certificate (RFC 6960 2.2), and how long (R3.2).

The numbers are those of the contract's ``CertificateStatus``; the feed, the tables and the index in
memory have the same, and a test holds them together.
"""

from __future__ import annotations

from datetime import timedelta
from enum import IntEnum

KEPT_AFTER_END = timedelta(days=1)
"""From a certificate's end of validity to its leaving the status index.

Revocation information is kept until the certificate would have expired (R3.2). A day more, because
clocks differ, because a list is in force for a day too, and because an entry stays until a list
made after the end (RFC 5280 3.3): whoever asks both is told the same.
"""


class CertificateStatus(IntEnum):
    """Whether a certificate still holds."""

    GOOD = 1
    """Issued and not revoked; says nothing of the validity period."""
    REVOKED = 2
    """Revoked, for good."""
    UNKNOWN = 3
    """Never issued, or its validity ended more than :data:`KEPT_AFTER_END` ago."""
