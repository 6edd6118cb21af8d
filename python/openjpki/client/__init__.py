"""What an agency imports: is this document signed by whom it says, and does it still hold?

>>> from openjpki.client import AgencyClient
"""

from openjpki.client.agency import AgencyClient
from openjpki.client.authorities import TrustedAuthority
from openjpki.client.offline import OfflineVerifier
from openjpki.client.status import ListedStatus, LiveStatus
from openjpki.client.verification import Check, CheckName, Outcome, Verification
from openjpki.rpc.identity.credentials import TlsFiles as Credentials

__all__ = [
    "AgencyClient",
    "Check",
    "CheckName",
    "Credentials",
    "ListedStatus",
    "LiveStatus",
    "OfflineVerifier",
    "Outcome",
    "TrustedAuthority",
    "Verification",
]
