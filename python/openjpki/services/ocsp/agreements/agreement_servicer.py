"""AgreementService: what governors agree with verifiers (R4.2, R4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.domain.agreements.standing import Standing
from openjpki.domain.authority import AuthorityId
from openjpki.rpc.current_call import caller_of
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.request_key import request_key_of
from openjpki.services.ocsp.agreements.answer_conversions import (
    agreement_message,
    listed_message,
    quota_number_message,
)
from openjpki.services.ocsp.agreements.conversions import named_agreement, proposed_agreement
from openjpki.services.ocsp.agreements.decide import (
    NamedAgreement,
    approve_agreement,
    reject_agreement,
    require_agreement,
)
from openjpki.services.ocsp.agreements.propose import propose_agreement
from openjpki.services.ocsp.agreements.stop import end_agreement, suspend_agreement
from openjpki.storage.ocsp import agreements

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import grpc

    from openjpki.domain.agreements.standing import QuotaNumber
    from openjpki.services.ocsp.context import OcspContext

_SERVICE = "openjpki.api.ocsp.v1.AgreementService"
_PAGE = 500


class AgreementServicer(ocsp_pb2_grpc.AgreementServiceServicer):
    """Hands each call to its use case."""

    def __init__(
        self, ocsp: OcspContext, standing: Callable[[AuthorityId], Sequence[QuotaNumber]]
    ) -> None:
        """``standing``: how an authority's quotas stand, by verifier."""
        self._ocsp = ocsp
        self._standing = standing

    def ProposeAgreement(  # noqa: N802
        self, request: ocsp_pb2.ProposeAgreementRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.ProposeAgreementResponse:
        """One officer's proposal."""
        request_key = request_key_of(request, context, f"{_SERVICE}/ProposeAgreement")
        wanted = proposed_agreement(request)
        proposed_with = caller_of(context).fingerprint
        answer = propose_agreement(self._ocsp, wanted, request_key, proposed_with=proposed_with)
        return ocsp_pb2.ProposeAgreementResponse(agreement=ocsp_pb2.Agreement.FromString(answer))

    def ApproveAgreement(  # noqa: N802
        self, request: ocsp_pb2.ApproveAgreementRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.ApproveAgreementResponse:
        """Another officer's approval."""
        request_key = request_key_of(request, context, f"{_SERVICE}/ApproveAgreement")
        answer = approve_agreement(self._ocsp, named_agreement(request), request_key)
        return ocsp_pb2.ApproveAgreementResponse(agreement=ocsp_pb2.Agreement.FromString(answer))

    def RejectAgreement(  # noqa: N802
        self, request: ocsp_pb2.RejectAgreementRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.RejectAgreementResponse:
        """Ends a proposal."""
        request_key = request_key_of(request, context, f"{_SERVICE}/RejectAgreement")
        answer = reject_agreement(self._ocsp, named_agreement(request), request_key)
        return ocsp_pb2.RejectAgreementResponse(agreement=ocsp_pb2.Agreement.FromString(answer))

    def SuspendAgreement(  # noqa: N802
        self, request: ocsp_pb2.SuspendAgreementRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.SuspendAgreementResponse:
        """Stops access until another version is approved."""
        request_key = request_key_of(request, context, f"{_SERVICE}/SuspendAgreement")
        of = (request.verifier_id, AuthorityId.parse(request.authority_id))
        response = ocsp_pb2.SuspendAgreementResponse()
        response.at.FromDatetime(suspend_agreement(self._ocsp, *of, request_key))
        return response

    def EndAgreement(  # noqa: N802
        self, request: ocsp_pb2.EndAgreementRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.EndAgreementResponse:
        """Ends an agreement before its time."""
        request_key = request_key_of(request, context, f"{_SERVICE}/EndAgreement")
        of = (request.verifier_id, AuthorityId.parse(request.authority_id))
        response = ocsp_pb2.EndAgreementResponse()
        response.at.FromDatetime(end_agreement(self._ocsp, *of, request_key))
        return response

    def ListAgreements(  # noqa: N802
        self, request: ocsp_pb2.ListAgreementsRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.ListAgreementsResponse:
        """Versions of an authority's agreements, so many at a time."""
        del context
        with self._ocsp.database.reading() as tx:
            found = agreements.page(
                tx,
                AuthorityId.parse(request.authority_id),
                verifier_id=request.verifier_id or None,
                after=(request.after_verifier_id, request.after_version),
                limit=_PAGE,
                left_out=tell_left_out,
            )
        return ocsp_pb2.ListAgreementsResponse(agreements=map(listed_message, found))

    def GetAgreement(  # noqa: N802
        self, request: ocsp_pb2.GetAgreementRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.GetAgreementResponse:
        """One version with all its words."""
        del context
        authority_id = AuthorityId.parse(request.authority_id)
        named = NamedAgreement(request.verifier_id, authority_id, request.version)
        with self._ocsp.database.reading() as tx:
            found = require_agreement(tx, named)
        return ocsp_pb2.GetAgreementResponse(agreement=agreement_message(found))

    def ListQuotas(  # noqa: N802
        self, request: ocsp_pb2.ListQuotasRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.ListQuotasResponse:
        """How quotas stand, so many verifiers at a time."""
        del context
        found = [
            one
            for one in self._standing(AuthorityId.parse(request.authority_id))
            if one.verifier_id > request.after_verifier_id
            and (request.within or one.standing is not Standing.WITHIN)
        ]
        # Of the last verifier all: the next answer begins behind it.
        last = found[:_PAGE][-1].verifier_id if found else ""
        return ocsp_pb2.ListQuotasResponse(
            quotas=[quota_number_message(one) for one in found if one.verifier_id <= last]
        )
