"""AuthorityService: what authorities there are, and certificates for other services.

Beside the service's rooms, not in one: it hands on to authorities, issuance and revocation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.domain.authority import AuthorityId
from openjpki.rpc.current_call import peer_of
from openjpki.services.ca.authorities import conversions
from openjpki.services.ca.authorities.authority import readable_authorities
from openjpki.services.ca.authorities.certification_request import certification_request_of
from openjpki.services.ca.issuance import conversions as issuance
from openjpki.services.ca.issuance.issue_cross import issue_cross
from openjpki.services.ca.issuance.issue_responder import issue_responder
from openjpki.services.ca.revocation.answer_conversions import (
    cross_message_of,
    responder_message_of,
)
from openjpki.services.ca.revocation.conversions import cross_revocation, responder_revocation
from openjpki.services.ca.revocation.revoke_cross import revoke_cross
from openjpki.services.ca.revocation.revoke_responder import revoke_responder
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.request_key import request_key_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    import grpc

    from openjpki.services.ca.context import CaContext

_SERVICE = "openjpki.api.ca.v1.AuthorityService"


class AuthorityServicer(ca_pb2_grpc.AuthorityServiceServicer):
    """Hands each call to its use case."""

    def __init__(
        self,
        ca: CaContext,
        *,
        responder_lifetime: timedelta,
        publish_changes: Callable[[], object],
    ) -> None:
        """``publish_changes``: called when a revocation is durable that a list is to have now."""
        self._ca = ca
        self._responder_lifetime = responder_lifetime
        self._publish_changes = publish_changes

    def ListAuthorities(  # noqa: N802
        self, request: ca_pb2.ListAuthoritiesRequest, context: grpc.ServicerContext
    ) -> ca_pb2.ListAuthoritiesResponse:
        """Every authority here that can be read, with the generations of its key."""
        del request, context
        with self._ca.database.reading() as tx:
            found = readable_authorities(tx, left_out=tell_left_out)
        return ca_pb2.ListAuthoritiesResponse(
            authorities=[conversions.authority_message(one) for one in found]
        )

    def IssueResponderCertificate(  # noqa: N802
        self, request: ca_pb2.IssueResponderCertificateRequest, context: grpc.ServicerContext
    ) -> ca_pb2.IssueResponderCertificateResponse:
        """Certify a delegated OCSP responder's key."""
        request_key = request_key_of(request, context, f"{_SERVICE}/IssueResponderCertificate")
        order = issuance.responder_order(request, peer_of(context).replica)
        issued = issue_responder(self._ca, self._responder_lifetime, order, request_key)
        return issuance.responder_response(issued)

    def RevokeResponderCertificate(  # noqa: N802
        self, request: ca_pb2.RevokeResponderCertificateRequest, context: grpc.ServicerContext
    ) -> ca_pb2.RevokeResponderCertificateResponse:
        """End a responder's certificate, and publish that at once."""
        request_key = request_key_of(request, context, f"{_SERVICE}/RevokeResponderCertificate")
        revoked = revoke_responder(self._ca, responder_revocation(request), request_key)
        self._publish_changes()
        return responder_message_of(revoked)

    def GetCertificationRequest(  # noqa: N802
        self, request: ca_pb2.GetCertificationRequestRequest, context: grpc.ServicerContext
    ) -> ca_pb2.GetCertificationRequestResponse:
        """The authority's own PKCS#10, for a partner to certify."""
        del context
        return ca_pb2.GetCertificationRequestResponse(
            certification_request=certification_request_of(
                self._ca, AuthorityId.parse(request.authority_id)
            )
        )

    def IssueCrossCertificate(  # noqa: N802
        self, request: ca_pb2.IssueCrossCertificateRequest, context: grpc.ServicerContext
    ) -> ca_pb2.IssueCrossCertificateResponse:
        """Certify a partner's authority, as two officers approved at the bridge."""
        request_key = request_key_of(request, context, f"{_SERVICE}/IssueCrossCertificate")
        issued = issue_cross(self._ca, issuance.cross_order(request), request_key)
        return issuance.cross_response(issued)

    def RevokeCrossCertificate(  # noqa: N802
        self, request: ca_pb2.RevokeCrossCertificateRequest, context: grpc.ServicerContext
    ) -> ca_pb2.RevokeCrossCertificateResponse:
        """End a cross certificate, and publish that at once."""
        request_key = request_key_of(request, context, f"{_SERVICE}/RevokeCrossCertificate")
        revoked = revoke_cross(self._ca, cross_revocation(request), request_key)
        self._publish_changes()
        return cross_message_of(revoked)
