"""An officer's window of the installation: what it sends is signed, as by the officers' command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.window_statements import (
    sign_check,
    sign_decision,
    sign_presentation,
    sign_revocation,
    sign_submission,
    sign_taking_over,
)
from openjpki.config.clock import SystemClock
from openjpki.domain.officers import Officer
from openjpki.evidence.officer_signer import OfficerSigner
from openjpki.keys.secret import FileSecret
from openjpki.keys.statements.file_key import FileStatementKey
from openjpki.x509.foreign.csr import parse_csr

if TYPE_CHECKING:
    from openjpki.api.registration.v1.registration_pb2_grpc import WindowServiceStub
    from openjpki.cli.home import Home


def officers_signer(home: Home, municipality: str, account: str) -> OfficerSigner:
    """A window's officer with the key that the installation's ca knows."""
    officer = Officer.parse(f"window-officer/{municipality}/{account}")
    key = FileStatementKey.open(home.officer_key(officer), FileSecret(home.officers_passphrase))
    return OfficerSigner(officer, key, SystemClock())


class SigningWindow:
    """The window's service; requests that need an officer's signature get it on the way."""

    def __init__(self, stub: WindowServiceStub, signer: OfficerSigner) -> None:
        self._stub = stub
        self._signer = signer

    def SubmitApplication(  # noqa: N802
        self, request: pb.SubmitApplicationRequest
    ) -> pb.SubmitApplicationResponse:
        """Signed over what the request says."""
        signed = _copy(request)
        sign_submission(signed, self._signer)
        return self._stub.SubmitApplication(signed)

    def RecordIdentityCheck(  # noqa: N802
        self, request: pb.RecordIdentityCheckRequest
    ) -> pb.RecordIdentityCheckResponse:
        """Signed over the application as it is shown now."""
        signed = _copy(request)
        sign_check(signed, self._shown(request), self._signer)
        return self._stub.RecordIdentityCheck(signed)

    def TakeOverApplication(  # noqa: N802
        self, request: pb.TakeOverApplicationRequest
    ) -> pb.TakeOverApplicationResponse:
        """Signed over the application as it is shown now."""
        signed = _copy(request)
        sign_taking_over(signed, self._shown(request), self._signer)
        return self._stub.TakeOverApplication(signed)

    def PresentPublicKey(  # noqa: N802
        self, request: pb.PresentPublicKeyRequest
    ) -> pb.PresentPublicKeyResponse:
        """Signed over the key in the request, for the person who is shown now."""
        signed = _copy(request)
        sign_presentation(signed, self._shown(request), self._signer)
        return self._stub.PresentPublicKey(signed)

    def DecideApplication(  # noqa: N802
        self, request: pb.DecideApplicationRequest, certification_request: bytes | None = None
    ) -> pb.DecideApplicationResponse:
        """Signed over the application as it is shown now; an approval, over the key in the
        applicant's PKCS#10 (DER)."""
        signed = _copy(request)
        key = certification_request and parse_csr(
            certification_request, field="certification_request"
        )
        sign_decision(
            signed,
            self._shown(request),
            self._signer,
            key_sha256=key.fingerprint if key else None,
        )
        return self._stub.DecideApplication(signed)

    def RevokeCertificate(  # noqa: N802
        self, request: pb.RevokeCertificateRequest
    ) -> pb.RevokeCertificateResponse:
        """Signed over what the request says."""
        signed = _copy(request)
        sign_revocation(signed, self._signer)
        return self._stub.RevokeCertificate(signed)

    def __getattr__(self, name: str) -> Any:
        """What needs no signature."""
        return getattr(self._stub, name)

    def _shown(
        self,
        request: pb.TakeOverApplicationRequest
        | pb.RecordIdentityCheckRequest
        | pb.PresentPublicKeyRequest
        | pb.DecideApplicationRequest,
    ) -> pb.Application:
        asked = pb.GetApplicationRequest(
            municipality_code=request.municipality_code, application_id=request.application_id
        )
        return self._stub.GetApplication(asked).application


def _copy(request: Any) -> Any:
    copied = type(request)()
    copied.CopyFrom(request)
    return copied
