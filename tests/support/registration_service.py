"""A real registration service for tests, before a real ca service, over mutual TLS on loopback."""

from __future__ import annotations

import io
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from pydantic import SecretStr
from sqlalchemy import func, select

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.registration.v1 import registration_pb2_grpc
from openjpki.api.types.v1 import evidence_pb2, identity_pb2, person_pb2
from openjpki.cli.window_statements import (
    sign_check,
    sign_decision,
    sign_presentation,
    sign_revocation,
    sign_submission,
    sign_taking_over,
)
from openjpki.config.base import listening
from openjpki.config.clock import SystemClock
from openjpki.config.parts import DatabasePart, TlsPart
from openjpki.config.registration import RegistrationPart, RegistrationSettings
from openjpki.domain.evidence import OfficerSignature
from openjpki.domain.municipality import Municipality
from openjpki.domain.retention import RetentionClass
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import TypedChannel, open_channel
from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.officer_signature import to_message
from openjpki.services.registration.register.load_register import load_register
from openjpki.services.registration.service import RegistrationService
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.journal import Entry, SqlJournal
from openjpki.storage.registration.tables import metadata
from openjpki_devkit.register.synthetic import SyntheticResident
from openjpki_devkit.register.write_register import write_register
from tests.support.ca_service import TRUST_DOMAIN
from tests.support.mesh import usual_scope
from tests.support.receipt_key import receipt_keys
from tests.support.schemas import put_schema, put_schema_of
from tests.support.window_officers import LICENCE, signer_of, window_officer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from openjpki.domain.clock import Clock
    from openjpki.evidence.officer_signer import OfficerSigner
    from openjpki_devkit.mesh.authority import MeshAuthority

_Request = TypeVar(
    "_Request",
    pb.SubmitApplicationRequest,
    pb.RecordIdentityCheckRequest,
    pb.TakeOverApplicationRequest,
    pb.PresentPublicKeyRequest,
    pb.DecideApplicationRequest,
    pb.RevokeCertificateRequest,
)
TOYAMA_CITY, TAKAOKA, TAKAMATSU = "16201", "16202", "37201"
PERSON_KEY = bytes(range(64))
_GIVEN = "愛和花桜光恵京弘康昭清洋隆誠豊実茂勇進勝"


def residents_of(municipality_code: str, how_many: int) -> list[SyntheticResident]:
    """Residents who differ in name, birth date and address, so that a mix is nobody's."""
    municipality = Municipality(municipality_code)
    return [
        SyntheticResident(
            resident_id=f"{municipality_code}-{number:06d}",
            municipality_code=municipality_code,
            name=f"架空\u3000{_GIVEN[number % 20]}{_GIVEN[number // 20 % 20]}子",
            name_kana="カクウ\u3000ケイコ",
            romanised_name=f"KAKUU KEIKO{chr(65 + number // 26 % 26)}{chr(65 + number % 26)}",
            birth_date=(date(1950, 1, 1) + timedelta(days=37 * number)).isoformat(),
            sex="2",
            address=f"{municipality.prefecture.name}{municipality.name}架空町{number}番地".translate(
                str.maketrans("0123456789", "０１２３４５６７８９")
            ),
        )
        for number in range(how_many)
    ]


def form(person: SyntheticResident, **changes: Any) -> pb.SubmitApplicationRequest:
    """The application form of a resident; ``changes`` to attributes or fields."""
    stated: dict[str, Any] = {
        "name": person.name,
        "birth_date": person.birth_date,
        "sex": int(person.sex),
        "address": person.address,
    }
    stated |= {key: changes.pop(key) for key in list(changes) if key in stated}
    fields: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "municipality_code": person.municipality_code,
        "window_id": f"{person.municipality_code}001A",
        "romanised_name": person.romanised_name,
    }
    return pb.SubmitApplicationRequest(
        attributes=person_pb2.FourAttributes(**stated), **{**fields, **changes}
    )


UNANSWERED = {Reason.SERVICE_UNAVAILABLE, Reason.DEADLINE_EXCEEDED, Reason.CANCELLED}
"""What a caller is told of a service that went away: nothing of the request."""

_SIGNED: dict[tuple[str, bytes], Any] = {}
_SIGNING = Lock()


def signed(
    request: _Request, signer: OfficerSigner, sign: Callable[[_Request, OfficerSigner], None]
) -> _Request:
    """The request with the officer's signature: the same whenever it is made again, as a program
    that tries again sends what it sent. Where there is nothing to sign that could be, it is over
    nothing: such a request is refused for something else. A service that could not be asked says
    nothing of the request, which is then not signed at all."""
    plain = (str(signer.officer), request.SerializeToString(deterministic=True))
    with _SIGNING:
        if plain not in _SIGNED:
            try:
                sign(request, signer)
            except OpenJpkiError as refusal:
                if refusal.reason in UNANSWERED:
                    raise
                request.officer_signature.CopyFrom(empty_signature(signer, request.request_id))
            _SIGNED[plain] = request
    return _SIGNED[plain]  # type: ignore[no-any-return]


def empty_signature(signer: OfficerSigner, request_id: str) -> evidence_pb2.OfficerSignature:
    """In the form of a signature, and over nothing."""
    return to_message(
        OfficerSignature(
            occasion=signer.occasion(request_id),
            key_sha256=signer.key.public_key.sha256,
            signature=b"over nothing",
        )
    )


class Desk:
    """An officer at a window: the calls of the contract with less to write."""

    def __init__(
        self,
        stub: registration_pb2_grpc.WindowServiceStub,
        municipality: str,
        officer: str = "officer-1",
    ) -> None:
        self.stub = stub
        self.municipality = municipality
        self.officer = officer

    @property
    def signer(self) -> OfficerSigner:
        """This officer, with the key that the authority knows."""
        return signer_of(window_officer(self.municipality, self.officer))

    def _common(self, request_id: str | None) -> dict[str, Any]:
        return {
            "request_id": request_id or str(uuid.uuid4()),
            "municipality_code": self.municipality,
        }

    def submit(self, person: SyntheticResident, **changes: Any) -> pb.Application:
        return self.stub.SubmitApplication(self.signed_form(person, **changes)).application

    def signed_form(self, person: SyntheticResident, **changes: Any) -> pb.SubmitApplicationRequest:
        """The form of a resident, signed by this officer: as far as it can be, since some forms
        hold what no application may have."""
        return signed(form(person, **changes), self.signer, sign_submission)

    def check(
        self,
        application_id: str,
        check: identity_pb2.IdentityCheck = LICENCE,
        request_id: str | None = None,
    ) -> pb.Application:
        request = pb.RecordIdentityCheckRequest(
            **self._common(request_id), application_id=application_id, check=check
        )
        request = signed(
            request,
            self.signer,
            lambda asked, signer: sign_check(asked, self.get(application_id), signer),
        )
        return self.stub.RecordIdentityCheck(request).application

    def take_over(self, application_id: str, request_id: str | None = None) -> pb.Application:
        request = pb.TakeOverApplicationRequest(
            **self._common(request_id), application_id=application_id
        )
        request = signed(
            request,
            self.signer,
            lambda asked, signer: sign_taking_over(asked, self.get(application_id), signer),
        )
        return self.stub.TakeOverApplication(request).application

    def present(
        self,
        application_id: str,
        der: bytes,
        request_id: str | None = None,
        attestation: pb.KeyAttestation | None = None,
    ) -> pb.Application:
        request = pb.PresentPublicKeyRequest(
            **self._common(request_id),
            application_id=application_id,
            certification_request=der,
            attestation=attestation,
        )
        request = signed(
            request,
            self.signer,
            lambda asked, signer: sign_presentation(asked, self.get(application_id), signer),
        )
        return self.stub.PresentPublicKey(request).application

    def decide(
        self,
        application_id: str,
        decision: pb.Decision.ValueType = pb.DECISION_APPROVE,
        request_id: str | None = None,
        timeout: float | None = None,
        **why: Any,
    ) -> pb.DecideApplicationResponse:
        return self.stub.DecideApplication(
            self.decision(application_id, decision, request_id, **why), timeout=timeout
        )

    def decision(
        self,
        application_id: str,
        decision: pb.Decision.ValueType = pb.DECISION_APPROVE,
        request_id: str | None = None,
        **why: Any,
    ) -> pb.DecideApplicationRequest:
        """The request, signed: for the key that the service shows, which in these tests is the
        applicant's. ``why``: fields of a rejection, which has a reason also where none is given."""
        if decision == pb.DECISION_REJECT and not why:
            why = {"rejection_reason": pb.REJECTION_REASON_STATEMENT_WRONG}
        request = pb.DecideApplicationRequest(
            **self._common(request_id), application_id=application_id, decision=decision, **why
        )
        return signed(
            request,
            self.signer,
            lambda asked, signer: _sign_shown(asked, self.get(application_id), signer),
        )

    def withdraw(
        self, application_id: str, request_id: str | None = None, **why: Any
    ) -> pb.Application:
        return self.stub.WithdrawApplication(
            pb.WithdrawApplicationRequest(
                **self._common(request_id), application_id=application_id, **why
            )
        ).application

    def hand_over(
        self, application_id: str, request_id: str | None = None, **said: Any
    ) -> pb.Application:
        """On a card, to the applicant, unless something else is ``said``."""
        said = {
            "recipient": pb.RECIPIENT_APPLICANT,
            "medium": pb.CERTIFICATE_MEDIUM_CARD,
            **said,
        }
        return self.stub.HandOverCertificate(
            pb.HandOverCertificateRequest(
                **self._common(request_id), application_id=application_id, **said
            )
        ).application

    def get(self, application_id: str) -> pb.Application:
        return self.stub.GetApplication(
            pb.GetApplicationRequest(
                municipality_code=self.municipality, application_id=application_id
            )
        ).application

    def revoke(
        self,
        serial: bytes,
        cause: Any = 1,
        check: identity_pb2.IdentityCheck = LICENCE,
        request_id: str | None = None,
    ) -> pb.RevokeCertificateResponse:
        request = pb.RevokeCertificateRequest(
            **self._common(request_id), serial=serial, cause=cause, check=check
        )
        return self.stub.RevokeCertificate(signed(request, self.signer, sign_revocation))


def _sign_shown(
    request: pb.DecideApplicationRequest, shown: pb.Application, signer: OfficerSigner
) -> None:
    sign_decision(request, shown, signer, key_sha256=shown.key_sha256)


@dataclass
class RunningRegistration:
    """A started service, and a mesh whose peers may call it."""

    folder: Path
    mesh: MeshAuthority
    port: int
    database: Database
    service: RegistrationService | None = None
    patient: bool = True
    """Whether its callers wait and try again when the service is not there."""
    channels: list[TypedChannel] = field(default_factory=list)
    settings: RegistrationSettings | None = None

    def desk(self, officer: str = "officer-1", municipality: str = TOYAMA_CITY) -> Desk:
        """A window's officer."""
        return Desk(
            registration_pb2_grpc.WindowServiceStub(
                self.channel(PeerRole.WINDOW_OFFICER, municipality, officer)
            ),
            municipality,
            officer,
        )

    def channel(self, role: PeerRole, scope: str = "", subject: str = "") -> TypedChannel:
        """A channel of a peer of this role."""
        files = self.mesh.issue(role, scope or usual_scope(role), subject).write(
            self.folder / "peers" / uuid.uuid4().hex
        )
        channel = open_channel(
            f"127.0.0.1:{self.port}",
            files,
            expect_role=PeerRole.REGISTRATION,
            trust_domain=TRUST_DOMAIN,
            wait_for_ready=self.patient,
            retries=self.patient,
        )
        self.channels.append(channel)
        return channel

    def row_counts(self) -> dict[str, int]:
        """Rows of every table but the journal's: its time goes on by itself."""
        with self.database.reading() as tx:
            return {
                table.name: tx.connection.execute(
                    select(func.count()).select_from(table)
                ).scalar_one()
                for table in metadata.sorted_tables
                if not table.name.startswith("journal")
            }

    def journal(self, stream: str = TOYAMA_CITY, after: int = 0) -> list[Entry]:
        """The municipality's acts."""
        with self.database.reading() as tx:
            return list(
                SqlJournal().read(tx, stream, RetentionClass.USER_CERTIFICATES, after=after)
            )


def make_settings(
    folder: Path,
    mesh: MeshAuthority,
    ca_port: int,
    *,
    database_url: str,
    register_url: str,
    port: int = 0,
    window_rules: Path | None = None,
) -> RegistrationSettings:
    """Settings of a service on loopback, its files below ``folder``."""
    files = mesh.issue(PeerRole.REGISTRATION, NATIONWIDE, ip_addresses=["127.0.0.1"]).write(
        folder / "tls"
    )
    key_file = folder / "person.key"
    if not key_file.exists():
        write_private(key_file, PERSON_KEY)
    usual = listening(7100)
    address = type(usual.listen)
    return RegistrationSettings(
        service=usual.model_copy(
            update={
                "listen": address(f"127.0.0.1:{port}"),
                "health_listen": address("127.0.0.1:0"),
                "metrics_listen": address("127.0.0.1:0"),
            }
        ),
        tls=TlsPart(
            certificate=files.certificate,
            private_key=files.private_key,
            trust_bundle=files.trust_bundle,
            trust_domain=TRUST_DOMAIN,
        ),
        database=DatabasePart(url=SecretStr(database_url)),
        registration=RegistrationPart(
            ca=address(f"127.0.0.1:{ca_port}"),
            resident_register=DatabasePart(url=SecretStr(register_url)),
            person_key_file=key_file,
            receipt_keys=receipt_keys(folder),
            window_rules=window_rules,
        ),
    )


class Urls(TypedDict):
    """As :func:`running_registration` and :func:`make_settings` take them."""

    database_url: str
    register_url: str


def urls_in(folder: Path) -> Urls:
    """Of SQLite files in a folder."""
    return {
        "database_url": f"sqlite:///{folder / 'registration.db'}",
        "register_url": f"sqlite:///{folder / 'register.db'}",
    }


def fill_register(register_url: str, residents: Iterable[SyntheticResident]) -> None:
    """Load residents as the command line does: through a register file."""
    register = Database(register_url)
    put_schema(register, "resident_register")
    file = io.StringIO(newline="")
    write_register(file, residents)
    file.seek(0)
    load_register(register, file, clock=SystemClock(), actor="test")
    register.close()


@contextmanager
def running_registration(
    folder: Path,
    mesh: MeshAuthority,
    ca_port: int,
    *,
    database_url: str,
    register_url: str,
    clock: Clock | None = None,
    port: int = 0,
    window_rules: Path | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Iterator[RunningRegistration]:
    """A service in this process, stopped at the end. ``changes``: to its own part of settings."""
    settings = make_settings(
        folder,
        mesh,
        ca_port,
        database_url=database_url,
        register_url=register_url,
        port=port,
        window_rules=window_rules,
    )
    own = settings.registration.model_copy(update=changes)
    settings = settings.model_copy(update={"registration": own})
    put_schema_of(settings.database, "registration")
    service = RegistrationService(settings, clock or SystemClock())
    service.start()
    database = Database(database_url)
    running = RunningRegistration(
        folder, mesh, service.server.port, database, service, settings=settings
    )
    try:
        yield running
    finally:
        for channel in running.channels:
            channel.close()
        service.stop()
        database.close()


class People:
    """Residents, each handed out once, so that no test meets another's person."""

    def __init__(self, residents: list[SyntheticResident]) -> None:
        self.residents = residents
        self._next = {one.municipality_code: count() for one in residents}

    def another(self, municipality: str = TOYAMA_CITY) -> SyntheticResident:
        """A resident of the municipality nobody has applied for."""
        own = [one for one in self.residents if one.municipality_code == municipality]
        return own[next(self._next[municipality])]
