"""WindowService: from message to use case and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.registration.v1 import registration_pb2_grpc
from openjpki.rpc.current_call import peer_of
from openjpki.rpc.key_attestation import key_attestation_of
from openjpki.services.registration.applications import (
    conversions,
    hand_over_conversions,
    history_conversions,
    list_conversions,
)
from openjpki.services.registration.applications.answers import view, view_with_history
from openjpki.services.registration.applications.attributes_conversions import registered_attributes
from openjpki.services.registration.applications.decide_application import (
    approve_application,
    reject_application,
)
from openjpki.services.registration.applications.hand_over_certificate import (
    hand_over_certificate,
)
from openjpki.services.registration.applications.list_applications import (
    AT_MOST,
    list_applications,
    position_at,
)
from openjpki.services.registration.applications.present_public_key import present_public_key
from openjpki.services.registration.applications.submit_application import submit_application
from openjpki.services.registration.applications.take_over_application import (
    take_over_application,
)
from openjpki.services.registration.applications.withdraw_application import withdraw_application
from openjpki.services.registration.identity.record_identity_check import record_identity_check
from openjpki.services.registration.journal_refusals import recording_refusals
from openjpki.services.registration.revocation import (
    certificate_conversions,
    refusal_conversions,
)
from openjpki.services.registration.revocation.find_certificates import find_certificates
from openjpki.services.registration.revocation.list_refusals import list_refusals
from openjpki.services.registration.revocation.refuse_revocation import refuse_revocation
from openjpki.services.registration.revocation.revoke_certificate import revoke_certificate
from openjpki.services.registration.window_rules_conversions import rules_message

if TYPE_CHECKING:
    import grpc

    from openjpki.api.types.v1 import identity_pb2
    from openjpki.domain.application import IdentityCheck
    from openjpki.services.registration.applications.answers import (
        ApplicationAnswer,
        ApplicationView,
    )
    from openjpki.services.registration.applications.conversions import MutatingRequest
    from openjpki.services.registration.context import RegistrationContext, WindowCall


class WindowServicer(registration_pb2_grpc.WindowServiceServicer):
    """What window staff do."""

    def __init__(self, registration: RegistrationContext) -> None:
        self._registration = registration

    def SubmitApplication(  # noqa: N802
        self, request: pb.SubmitApplicationRequest, context: grpc.ServicerContext
    ) -> pb.SubmitApplicationResponse:
        """Takes an application, if the person is in the register (steps ① and ②)."""
        call = self._call("SubmitApplication", request, context)
        with recording_refusals(self._registration, call):
            form = conversions.application_form(request, call, self._registration.clock.now())
            answer = submit_application(self._registration, call, form)
        return pb.SubmitApplicationResponse(application=self._message(call, answer))

    def RecordIdentityCheck(  # noqa: N802
        self, request: pb.RecordIdentityCheckRequest, context: grpc.ServicerContext
    ) -> pb.RecordIdentityCheckResponse:
        """Records how the officer made sure that the applicant is that person (step ②)."""
        application_id = conversions.application_id(request)
        call = self._call("RecordIdentityCheck", request, context)
        with recording_refusals(self._registration, call, application_id):
            check = self._check(call, request.check)
            answer = record_identity_check(self._registration, call, application_id, check)
        return pb.RecordIdentityCheckResponse(application=self._message(call, answer))

    def PresentPublicKey(  # noqa: N802
        self, request: pb.PresentPublicKeyRequest, context: grpc.ServicerContext
    ) -> pb.PresentPublicKeyResponse:
        """Takes the applicant's public key with proof of possession (steps ③ and ④)."""
        application_id = conversions.application_id(request)
        call = self._call("PresentPublicKey", request, context)
        with recording_refusals(self._registration, call, application_id):
            presented = conversions.certification_request(request)
            attestation = key_attestation_of(request)
            answer = present_public_key(
                self._registration, call, application_id, presented, attestation
            )
        return pb.PresentPublicKeyResponse(application=self._message(call, answer))

    def DecideApplication(  # noqa: N802
        self, request: pb.DecideApplicationRequest, context: grpc.ServicerContext
    ) -> pb.DecideApplicationResponse:
        """Takes the second officer's decision; a yes brings the certificate (steps ⑤ to ⑦)."""
        application_id = conversions.application_id(request)
        call = self._call("DecideApplication", request, context)
        with recording_refusals(self._registration, call, application_id):
            rejection = conversions.rejection(request)
            if rejection is None:
                answer = approve_application(self._registration, call, application_id)
            else:
                answer = reject_application(self._registration, call, application_id, rejection)
        shown = self._view(call, answer)
        return pb.DecideApplicationResponse(
            application=conversions.application_message(shown),
            authority_certificate=shown.authority_certificate,
        )

    def TakeOverApplication(  # noqa: N802
        self, request: pb.TakeOverApplicationRequest, context: grpc.ServicerContext
    ) -> pb.TakeOverApplicationResponse:
        """Takes another officer's word in the place of who took the application."""
        application_id = conversions.application_id(request)
        call = self._call("TakeOverApplication", request, context)
        with recording_refusals(self._registration, call, application_id):
            answer = take_over_application(self._registration, call, application_id)
        return pb.TakeOverApplicationResponse(application=self._message(call, answer))

    def WithdrawApplication(  # noqa: N802
        self, request: pb.WithdrawApplicationRequest, context: grpc.ServicerContext
    ) -> pb.WithdrawApplicationResponse:
        """Ends an application that its applicant takes back, before the decision."""
        application_id = conversions.application_id(request)
        call = self._call("WithdrawApplication", request, context)
        with recording_refusals(self._registration, call, application_id):
            ending = conversions.withdrawal(request)
            answer = withdraw_application(self._registration, call, application_id, ending)
        return pb.WithdrawApplicationResponse(application=self._message(call, answer))

    def HandOverCertificate(  # noqa: N802
        self, request: pb.HandOverCertificateRequest, context: grpc.ServicerContext
    ) -> pb.HandOverCertificateResponse:
        """Records that the applicant got the certificate, and whether they found it right."""
        application_id = conversions.application_id(request)
        call = self._call("HandOverCertificate", request, context)
        with recording_refusals(self._registration, call, application_id):
            handing = hand_over_conversions.handing_of(request)
            answer = hand_over_certificate(
                self._registration, call, application_id, handing, accepted=request.accepted
            )
        return pb.HandOverCertificateResponse(application=self._message(call, answer))

    def GetApplication(  # noqa: N802
        self, request: pb.GetApplicationRequest, context: grpc.ServicerContext
    ) -> pb.GetApplicationResponse:
        """An application as it stands now, and what was done about it by whom."""
        del context
        shown, history = view_with_history(
            self._registration, request.municipality_code, conversions.application_id(request)
        )
        return pb.GetApplicationResponse(
            application=conversions.application_message(shown),
            checks=map(history_conversions.check_message, history.checks),
            history=map(history_conversions.step_message, history.steps),
        )

    def ListApplications(  # noqa: N802
        self, request: pb.ListApplicationsRequest, context: grpc.ServicerContext
    ) -> pb.ListApplicationsResponse:
        """A page of the municipality's applications, or of one person's."""
        reader = list_conversions.reader_of(
            peer_of(context), request.municipality_code, "ListApplications"
        )
        applicant = None
        now, policy = self._registration.clock.now(), self._registration.policy
        if request.HasField("applicant"):
            applicant = registered_attributes(
                request.applicant, reader.municipality, now, field="applicant"
            )
        page = list_applications(
            self._registration,
            reader,
            list_conversions.wanted_applications(request, reader.municipality, policy, now),
            applicant,
            after=position_at(request.page),
            at_most=request.page_size or AT_MOST,
        )
        return list_conversions.page_message(page, policy)

    def FindCertificates(  # noqa: N802
        self, request: pb.FindCertificatesRequest, context: grpc.ServicerContext
    ) -> pb.FindCertificatesResponse:
        """What was handed out to a person, for who has lost the card."""
        reader = list_conversions.reader_of(
            peer_of(context), request.municipality_code, "FindCertificates"
        )
        now = self._registration.clock.now()
        person = registered_attributes(request.person, reader.municipality, now, field="person")
        found = find_certificates(self._registration, reader, person)
        return pb.FindCertificatesResponse(
            certificates=map(certificate_conversions.certificate_message, found)
        )

    def GetWindowRules(  # noqa: N802
        self, request: pb.GetWindowRulesRequest, context: grpc.ServicerContext
    ) -> pb.GetWindowRulesResponse:
        """What windows go by."""
        del request, context
        return rules_message(self._registration.rules)

    def RevokeCertificate(  # noqa: N802
        self, request: pb.RevokeCertificateRequest, context: grpc.ServicerContext
    ) -> pb.RevokeCertificateResponse:
        """Revokes a certificate for the person at the window."""
        call = self._call("RevokeCertificate", request, context)
        with recording_refusals(self._registration, call, request.serial.hex()):
            revoked_at = revoke_certificate(
                self._registration,
                call,
                request.serial,
                conversions.revocation_cause(request.cause),
                self._check(call, request.check),
            )
        response = pb.RevokeCertificateResponse()
        response.revoked_at.FromDatetime(revoked_at)
        return response

    def RefuseRevocation(  # noqa: N802
        self, request: pb.RefuseRevocationRequest, context: grpc.ServicerContext
    ) -> pb.RefuseRevocationResponse:
        """Records that somebody who asked for a revocation was turned down, and why."""
        call = self._call("RefuseRevocation", request, context)
        with recording_refusals(self._registration, call, request.serial.hex() or None):
            check = self._check(call, request.check) if request.HasField("check") else None
            refusal = refusal_conversions.refusal_of(request, call, check)
            refused = refuse_revocation(self._registration, call, refusal)
        return pb.RefuseRevocationResponse(refused=refusal_conversions.refusal_message(refused))

    def ListRefusedRevocations(  # noqa: N802
        self, request: pb.ListRefusedRevocationsRequest, context: grpc.ServicerContext
    ) -> pb.ListRefusedRevocationsResponse:
        """A page of the municipality's."""
        reader = list_conversions.reader_of(
            peer_of(context), request.municipality_code, "ListRefusedRevocations"
        )
        page = list_refusals(
            self._registration,
            reader,
            refusal_conversions.wanted_refusals(request, reader.municipality),
            after=position_at(request.page),
            at_most=request.page_size or AT_MOST,
        )
        return refusal_conversions.refusals_message(page)

    def _call(
        self, method: str, request: MutatingRequest, context: grpc.ServicerContext
    ) -> WindowCall:
        return conversions.window_call(
            method, request, peer_of(context), self._registration.references
        )

    def _check(self, call: WindowCall, message: identity_pb2.IdentityCheck) -> IdentityCheck:
        registration = self._registration
        return conversions.identity_check(
            message, call, registration.clock.now(), registration.rules.version
        )

    def _view(self, call: WindowCall, answer: ApplicationAnswer) -> ApplicationView:
        return view(
            self._registration, call.municipality.code, answer.application_id, as_of=answer.state
        )

    def _message(self, call: WindowCall, answer: ApplicationAnswer) -> pb.Application:
        return conversions.application_message(self._view(call, answer))
