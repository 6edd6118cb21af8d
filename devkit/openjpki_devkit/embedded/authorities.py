"""Makes the installation's authorities at its first start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.config.ca import CaSettings
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.domain.policy import AuthorityPolicy
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca import service
from openjpki.services.ca.authorities.create_authority import create_authority
from openjpki.storage.ca import authorities, generations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.domain.authority import AuthorityId
    from openjpki_devkit.embedded.layout import Layout


def prepare_authorities(layout: Layout, wanted: Iterable[AuthorityId]) -> None:
    """Creates those of these authorities that are not there yet."""
    settings = load_settings(CaSettings, layout.settings(PeerRole.CA))
    ca = service.open_context(settings, SystemClock())
    try:
        for authority_id in wanted:
            try:
                create_authority(ca, authority_id, AuthorityPolicy(), actor="console/embedded")
            except OpenJpkiError as error:
                if error.reason is not Reason.AUTHORITY_EXISTS:
                    raise
    finally:
        service.close_context(ca)


def authority_certificates(layout: Layout) -> dict[str, list[bytes]]:
    """Self-signed certificates to trust, X.509 DER, of each generation, by the authority's id."""
    ca = service.open_context(
        load_settings(CaSettings, layout.settings(PeerRole.CA)), SystemClock()
    )
    try:
        with ca.database.reading() as tx:
            return {
                str(each.authority_id): [
                    one.certificate
                    for one in generations.of(tx, each.authority_id)
                    if one.is_anchor
                ]
                for each in authorities.all_of(tx)
            }
    finally:
        service.close_context(ca)
