"""Authorities and their generations as the contract writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import generation_pb2

if TYPE_CHECKING:
    from openjpki.domain.generation import Generation
    from openjpki.services.ca.authorities.authority import Authority


def authority_message(authority: Authority) -> ca_pb2.Authority:
    """What every peer is told of an authority."""
    shown = authority.issuing or authority.generations[-1]
    return ca_pb2.Authority(
        authority_id=str(authority.authority_id),
        certificate=shown.certificate,
        active=authority.record.active and authority.issuing is not None,
        policy_oid=authority.policy.certificate_policy_oid,
        ocsp_response_lifetime=int(authority.policy.ocsp.response_lifetime.total_seconds()),
        ocsp_max_staleness=int(authority.policy.ocsp.max_staleness.total_seconds()),
        generation=shown.number,
        generations=map(generation_message, authority.generations),
    )


def generation_message(generation: Generation) -> generation_pb2.Generation:
    """One generation."""
    message = generation_pb2.Generation(
        number=generation.number,
        certificate=generation.certificate,
        state=generation_pb2.GenerationState.Value(f"GENERATION_STATE_{generation.state.name}"),
    )
    message.not_before.FromDatetime(generation.not_before)
    message.not_after.FromDatetime(generation.not_after)
    return message
