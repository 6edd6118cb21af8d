"""From the contract's message to a partner that is to be registered."""

from __future__ import annotations

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.services.bridge.partners.register_partner import PartnerRegistration
from openjpki.storage.bridge.kinds import PartnerKind

_KINDS = {
    pb.PARTNER_KIND_PREFECTURAL_AUTHORITY: PartnerKind.PREFECTURAL,
    pb.PARTNER_KIND_FOREIGN: PartnerKind.FOREIGN,
}


def registration(request: pb.RegisterPartnerRequest) -> PartnerRegistration:
    """What an officer registers."""
    return PartnerRegistration(
        partner_id=request.partner_id,
        kind=_KINDS[request.kind],
        display_name=request.display_name,
        certificate=request.certificate or None,
    )
