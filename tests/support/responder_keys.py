"""Keys of OCSP responders as two operators enrol them, without the calls."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from openjpki.domain.authority import AuthorityId
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.keys.label import KeyLabel
from openjpki.rpc.identity.peer import read_certificate
from openjpki.services.common.keys import make_or_take_up, open_keys
from openjpki.services.ocsp.responders.responder_keys import KEY_BITS
from openjpki.storage.ca import authorities, responder_keys
from openjpki.storage.ca.responder_keys import ResponderKey, ResponderKeyState
from openjpki.storage.kernel.database import Database
from tests.support.key_files import key_named, put_key

if TYPE_CHECKING:
    from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
    from openjpki.config.ocsp import OcspSettings

REPLICA = "replica-1"
REPLICA_NAME = f"{NATIONWIDE}/{REPLICA}"
"""As ca calls it."""
"""As the credentials of tests name it."""


def enrol(
    database: Database, authority_id: str, spki: bytes, replica: str = REPLICA_NAME
) -> ResponderKey:
    """In ca's database."""
    key = ResponderKey(
        authority_id=AuthorityId.parse(authority_id),
        key_sha256=hashlib.sha256(spki).digest(),
        replica=replica,
        state=ResponderKeyState.ENROLLED,
        proposed_by="spiffe://test/operator/ca/operator-1",
        proposed_at=datetime.now(UTC),
    )
    database.run(lambda tx: responder_keys.add(tx, key))
    return key


def enrol_replica(ca_url: str, settings: OcspSettings) -> None:
    """The keys that a replica with these settings uses for every authority of ca's database, made
    where it would make them."""
    tls = settings.tls
    replica = read_certificate(tls.certificate.read_bytes(), tls.trust_domain).identity.replica
    database = Database(ca_url)
    backend = open_keys(settings.keys)
    try:
        with database.reading() as tx:
            found = [one.authority_id for one in authorities.all_of(tx)]
            enrolled = {one: len(responder_keys.of(tx, one)) for one in found}
        for authority_id, others in enrolled.items():
            label = str(KeyLabel("responder", str(authority_id), 1))
            # Of each replica another one.
            put_key(settings.keys, label, key_named(f"{label} {others}", KEY_BITS))
            key = make_or_take_up(backend, label, KEY_BITS)
            enrol(database, str(authority_id), key.spki_der, replica)
    finally:
        backend.close()
        database.close()


class EnrollingAuthorities:
    """AuthorityService as ocsp calls it; each key that asks is enrolled first."""

    def __init__(self, stub: ca_pb2_grpc.AuthorityServiceStub, database: Database) -> None:
        self._stub = stub
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stub, name)

    def IssueResponderCertificate(  # noqa: N802
        self, request: ca_pb2.IssueResponderCertificateRequest, **more: Any
    ) -> ca_pb2.IssueResponderCertificateResponse:
        """Of a key that operators know."""
        csr = x509.load_der_x509_csr(request.certification_request)
        spki = csr.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        enrol(self._database, request.authority_id, spki)
        answer: ca_pb2.IssueResponderCertificateResponse = self._stub.IssueResponderCertificate(
            request, **more
        )
        return answer
