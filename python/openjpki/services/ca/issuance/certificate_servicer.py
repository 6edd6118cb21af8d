"""CertificateService: user certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.services.ca.issuance.get_certificate import GetCertificate
from openjpki.services.ca.issuance.issue_certificate import IssueCertificate
from openjpki.services.ca.revocation.revoke_certificate import RevokeCertificate
from openjpki.services.common.request_key import request_key

if TYPE_CHECKING:
    import grpc

    from openjpki.services.ca.context import CaContext

_SERVICE = "openjpki.api.ca.v1.CertificateService"


class CertificateServicer(ca_pb2_grpc.CertificateServiceServicer):
    """Hands each call to its use case."""

    def __init__(self, ca: CaContext) -> None:
        self._issue = IssueCertificate(ca)
        self._revoke = RevokeCertificate(ca)
        self._get = GetCertificate(ca)

    def IssueCertificate(  # noqa: N802
        self, request: ca_pb2.IssueCertificateRequest, context: grpc.ServicerContext
    ) -> ca_pb2.IssueCertificateResponse:
        """See the contract."""
        key = request_key(request, context, f"{_SERVICE}/IssueCertificate")
        return ca_pb2.IssueCertificateResponse.FromString(self._issue(request, key))

    def RevokeCertificate(  # noqa: N802
        self, request: ca_pb2.RevokeCertificateRequest, context: grpc.ServicerContext
    ) -> ca_pb2.RevokeCertificateResponse:
        """See the contract."""
        key = request_key(request, context, f"{_SERVICE}/RevokeCertificate")
        return ca_pb2.RevokeCertificateResponse.FromString(self._revoke(request, key))

    def GetCertificate(  # noqa: N802
        self, request: ca_pb2.GetCertificateRequest, context: grpc.ServicerContext
    ) -> ca_pb2.GetCertificateResponse:
        """See the contract."""
        del context
        return self._get(request)
