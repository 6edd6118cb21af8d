"""`openjpki window copy` and `guide`: what goes with a certificate on paper (2-4(2))."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli import output
from openjpki.cli.files import writable, write
from openjpki.cli.fonts import FONT, FontOption, NamesFontOption, names_font
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.window_caller import MunicipalityOption, OfficerOption, window_service
from openjpki.domain.municipality import Municipality
from openjpki.domain.window_rules import DocumentKind, Fees, Question, Terms, WindowRules
from openjpki.errors import Language, OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.x509.profiles.said_by_certificate import SaidByCertificate, said_by

if TYPE_CHECKING:
    from openjpki.cli.copy_pdf import Copied

PdfOption = Annotated[Path, typer.Option("--pdf", help="PDF to write.", callback=writable)]


@reaching(PeerRole.REGISTRATION)
def copy(
    access: ServiceAccess,
    application: Annotated[str, typer.Argument(help="Application id, from `window submit`.")],
    municipality: MunicipalityOption,
    pdf: PdfOption,
    font: FontOption = FONT,
    font_of_names: NamesFontOption = None,
    officer: OfficerOption = "officer-1",
) -> None:
    """⑦: the certificate's copy on paper (電子証明書の写し), for its holder."""
    request = pb.GetApplicationRequest(municipality_code=municipality, application_id=application)
    with window_service(access, municipality, officer) as service:
        found = service.GetApplication(request).application
    copied = copied_from(found, application, datetime.now(UTC))
    # Nobody else waits for what draws.
    from openjpki.cli.copy_pdf import copy_pdf  # noqa: PLC0415

    write(pdf, copy_pdf(copied, font, names_font(font_of_names, font)))
    output.emit(
        {
            "file": str(pdf),
            "application": found.application_id,
            "serial": found.serial.hex(),
            "fingerprint": copied.said.sha256.hex(),
        }
    )


@reaching(PeerRole.REGISTRATION)
def guide(
    access: ServiceAccess,
    municipality: MunicipalityOption,
    pdf: PdfOption,
    english: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool, typer.Option("--english", help="In English.")
    ] = False,
    font: FontOption = FONT,
    officer: OfficerOption = "officer-1",
) -> None:
    """⑦: the guide for holders (利用の手引): duties, loss, fees, and the terms in force."""
    request = pb.GetWindowRulesRequest(municipality_code=municipality)
    with window_service(access, municipality, officer) as service:
        told = service.GetWindowRules(request)
    # Nobody else waits for what draws.
    from openjpki.cli.guide_pdf import guide_pdf  # noqa: PLC0415

    octets = guide_pdf(
        rules_of(told),
        Municipality.parse(municipality),
        Language.EN if english else Language.JA,
        font,
        datetime.now(UTC).replace(microsecond=0),
    )
    write(pdf, octets)
    output.emit({"file": str(pdf), "rules": told.version, "terms": told.terms.version or None})


def copied_from(application: pb.Application, asked: str, made_at: datetime) -> Copied:
    """What goes on the copy of the application's certificate, ``asked``: the id that the officer
    named. Raises ``WRONG_STATE`` without one, and as :func:`require_meant`."""
    from openjpki.cli.copy_pdf import Copied  # noqa: PLC0415 - as above

    if not application.certificate:
        raise OpenJpkiError(Reason.WRONG_STATE, "has no certificate", field="application_id")
    said = said_by(application.certificate)
    require_meant(application, said, asked)
    return Copied(
        said=said,
        registered_name=application.registered_name,
        registered_address=application.registered_address,
        application_id=application.application_id,
        municipality=Municipality.parse(application.municipality_code),
        made_at=made_at.replace(microsecond=0),
    )


def rules_of(told: pb.GetWindowRulesResponse) -> WindowRules:
    """What the service says that windows go by."""
    terms = told.terms
    return WindowRules(
        version=told.version,
        documents=tuple(
            DocumentKind(one.document_kind, one.name.ja, one.name.en, one.photo, one.needed)
            for one in told.documents
        ),
        questions=tuple(Question(one.question, one.name.ja, one.name.en) for one in told.questions),
        right_answers=told.right_answers,
        # A service of a release before says none.
        renewal_months=told.renewal_months or WindowRules().renewal_months,
        terms=Terms(terms.version, terms.uri) if told.HasField("terms") else None,
        fees=Fees(
            issue=told.issue_fee_yen if told.HasField("issue_fee_yen") else None,
            reissue=told.reissue_fee_yen if told.HasField("reissue_fee_yen") else None,
        ),
    )


def require_meant(application: pb.Application, said: SaidByCertificate, asked: str) -> None:
    """Raises ``INVALID_FIELD`` for an answer about another application, or with a certificate of
    somebody else: what is printed is handed over."""
    stated = application.attributes
    if asked.lower() != application.application_id or (
        int.from_bytes(application.serial, "big"),
        stated.name,
        stated.birth_date,
        str(int(stated.sex)),
        stated.address,
        application.substitutions.name,
        application.substitutions.address,
    ) != (
        said.serial,
        said.name.text,
        said.birth_date.iso,
        said.person.sex,
        said.address.text,
        said.name.mask,
        said.address.mask,
    ):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "holds a certificate that is not the application's; the service is not to be trusted",
            field="certificate",
        )
