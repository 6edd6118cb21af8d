"""RevocationListDownloadService: which CRLs there are, and the newest of a partition, for
registered verifiers (R4.1.2).

Nothing is kept here: each download reads from ca what is newest when it begins, so a verifier
never gets an older CRL than ca has published. A stream that ends without error is the whole CRL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.domain.agreements import Way
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.current_call import peer_of
from openjpki.services.ocsp.crl.newest_lists_client import NOT_THERE
from openjpki.services.ocsp.crl.which_lists_client import which_lists
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import grpc

    from openjpki.services.ocsp.ca_client import CaClient
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.signer_core import OcspReservation

DOWNLOAD_TIMEOUT_SECONDS = 600.0
"""Seconds a download may take where the caller sets no deadline."""

_OF_THE_CALLER = NOT_THERE | {
    Reason.SERVICE_UNAVAILABLE,
    Reason.DEADLINE_EXCEEDED,
    Reason.AGREEMENT_QUOTA_EXCEEDED,
}
_log = get_logger("crl")


class RevocationListDownloadServicer(ocsp_pb2_grpc.RevocationListDownloadServiceServicer):
    """Passes CRLs on."""

    def __init__(
        self,
        ocsp: OcspContext,
        ca: CaClient,
        reserve: Callable[[str, AuthorityId], OcspReservation],
    ) -> None:
        """``reserve``: takes a list that a verifier is to be sent, of an authority, from its quota;
        raises where nothing is left."""
        self._ocsp = ocsp
        self._ca = ca
        self._reserve = reserve

    def ListRevocationLists(  # noqa: N802
        self, request: ocsp_pb2.ListRevocationListsRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.ListRevocationListsResponse:
        """Passes on which CRLs there are."""
        self._require(request.authority_id, context)
        try:
            return which_lists(self._ca, request.authority_id, waits=True)
        except OpenJpkiError as error:
            raise _told(error) from error

    def DownloadRevocationList(  # noqa: N802
        self, request: ocsp_pb2.DownloadRevocationListRequest, context: grpc.ServicerContext
    ) -> Iterator[ocsp_pb2.DownloadRevocationListResponse]:
        """Passes on the newest CRL of a partition, piece by piece as ca sends it."""
        authority_id = self._require(request.authority_id, context)
        of = peer_of(context).scope, authority_id
        # Where nothing is left nothing is fetched. A list is counted when it begins to come: there
        # may be none, and then what was taken for it is given back.
        reserved = self._reserve(*of)
        stream = self._ca.stubs.crls.GetRevocationList(
            ca_pb2.GetRevocationListRequest(
                authority_id=request.authority_id,
                partition=request.partition,
                generation=request.generation,
                sha256=request.sha256,
                offset=request.offset,
                delta=request.delta,
            ),
            timeout=DOWNLOAD_TIMEOUT_SECONDS,
            wait_for_ready=False,
        )
        try:
            for piece in stream:
                reserved.tell()
                yield ocsp_pb2.DownloadRevocationListResponse(chunk=piece.chunk)
        except OpenJpkiError as error:
            raise _told(error) from error
        finally:
            stream.cancel()
            reserved.give_back()

    def _require(self, authority_id: str, context: grpc.ServicerContext) -> AuthorityId:
        """Raises unless the caller has agreed on lists with an authority that is served here."""
        asked = AuthorityId.parse(authority_id)
        self._ocsp.registry.require(
            peer_of(context).scope, asked, Way.LISTS, self._ocsp.clock.now()
        )
        self._ocsp.statuses.require(asked)
        return asked


def _told(error: OpenJpkiError) -> OpenJpkiError:
    """What the verifier is told of a refusal of ca's."""
    if error.reason in _OF_THE_CALLER:
        return error
    # When ca refuses, it refuses this service: the verifier did nothing wrong.
    _log.error("CRL not read", reason=error.reason.name)
    return OpenJpkiError(Reason.INTERNAL, "the revocation list could not be read")
