"""An authority, its list and its key, for the tests of lists."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.x509.crl.encoding import CrlProfile
from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der
from openjpki.x509.profiles import names
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from tests.support.made_certificates import make_authority_certificate

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.made_certificates import HasCore

TOKYO = names.authority_name("Tokyo")
CHIYODA = names.partition_name(TOKYO, "13101")
SCOPE = issuing_distribution_point_der(CHIYODA, Covers.USERS)


def tokyo_certificate(key: HasCore, now: datetime) -> bytes:
    """The authority's own certificate, DER."""
    profile = AuthorityProfile(
        name=TOKYO,
        alternative_name=names.authority_name_ja("東京都"),
        serial=1 << 64,
        not_before=now,
    )
    return make_authority_certificate(profile, key)


def chiyoda_list(now: datetime) -> CrlProfile:
    """List number 8 of a partition's users, for two days."""
    return CrlProfile(
        number=8, this_update=now, next_update=now + timedelta(hours=48), scope_der=SCOPE
    )
