"""`openjpki agreement …`: what a governor agrees with verifiers (取決め, R4.3), at ocsp."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import AgreementServiceStub
from openjpki.cli import output
from openjpki.cli.arguments import authority_id
from openjpki.cli.fonts import FONT, FontOption
from openjpki.cli.months import MonthOption
from openjpki.cli.quota import (
    BeyondOption,
    DownloadsPerDayOption,
    DownloadsPerMonthOption,
    StatusesPerDayOption,
    StatusesPerMonthOption,
    quota_of,
)
from openjpki.cli.quota import shown as shown_quota
from openjpki.cli.quota_standing import WithinOption
from openjpki.cli.quota_standing import show as show_quotas
from openjpki.cli.reading import octets_of
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.unsettled import changing
from openjpki.cli.usage_counts import Asked, ByDayOption
from openjpki.cli.usage_counts import show as show_usage
from openjpki.cli.usage_statement import (
    FormatOption,
    StatementFormat,
    StatementOption,
)
from openjpki.cli.usage_statement import write as write_usage
from openjpki.cli.words import word_of
from openjpki.domain.authority import AuthorityId
from openjpki.domain.stated_time import stated_moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole

app = typer.Typer(
    help="A governor's agreements with verifiers (取決め), made by two officers.",
    no_args_is_help=True,
)

AuthorityArgument = Annotated[
    AuthorityId,
    typer.Argument(metavar="AUTHORITY", parser=authority_id, help="Authority, e.g. signing-13."),
]
VerifierArgument = Annotated[str, typer.Argument(help="Verifier id, e.g. tax-office.")]
VersionArgument = Annotated[int, typer.Argument(min=1, help="Version, as `list` shows it.")]
OfficerOption = Annotated[str, typer.Option("--officer", help="Who acts, in the embedded mesh.")]


class KindName(StrEnum):
    """What a verifier is."""

    GOVERNMENT_BODY = "government-body"
    ACCREDITED = "accredited"
    APPROVED = "approved"


class WayName(StrEnum):
    """How status is provided."""

    OCSP_HTTP = "ocsp-http"
    LISTS = "lists"
    GRPC = "grpc"


_KINDS = {
    KindName.GOVERNMENT_BODY: pb.VERIFIER_KIND_GOVERNMENT_BODY,
    KindName.ACCREDITED: pb.VERIFIER_KIND_ACCREDITED,
    KindName.APPROVED: pb.VERIFIER_KIND_APPROVED,
}
_WAYS = {
    WayName.OCSP_HTTP: pb.PROVIDING_WAY_OCSP_HTTP,
    WayName.LISTS: pb.PROVIDING_WAY_LISTS,
    WayName.GRPC: pb.PROVIDING_WAY_GRPC,
}
_RESUMED = {
    pb.AGREEMENT_STATE_IN_FORCE,
    pb.AGREEMENT_STATE_SUSPENDED,
    pb.AGREEMENT_STATE_ENDED,
}


@app.command()
@reaching(PeerRole.OCSP)
def propose(
    access: ServiceAccess,
    authority: AuthorityArgument,
    verifier: VerifierArgument,
    name: Annotated[str, typer.Option("--name", help="Its name and seat, as it notified them.")],
    kind: Annotated[KindName, typer.Option("--kind", help="What the verifier is.")],
    notified_by: Annotated[
        str, typer.Option("--notified-by", help="Office that notified; no person's name.")
    ],
    way: Annotated[list[WayName], typer.Option("--way", help="How to provide; several times.")],
    not_after: Annotated[
        str, typer.Option("--not-after", help="From when on it gives no access, ISO 8601.")
    ],
    purpose: Annotated[str, typer.Option("--purpose", help="What answers may be used for.")],
    safety: Annotated[str, typer.Option("--safety", help="Measures of safety.")],
    secrecy: Annotated[str, typer.Option("--secrecy", help="What binds its staff to secrecy.")],
    notified_at: Annotated[
        str | None, typer.Option("--notified-at", help="When, ISO 8601; default: now.")
    ] = None,
    accreditation: Annotated[
        str | None, typer.Option("--accreditation", help="Of a business: which.")
    ] = None,
    accredited_until: Annotated[
        str | None,
        typer.Option("--accredited-until", help="Of a business: when it ends, ISO 8601."),
    ] = None,
    not_before: Annotated[
        str | None, typer.Option("--not-before", help="From when on, ISO 8601; default: now.")
    ] = None,
    liability_cap: Annotated[
        int | None, typer.Option("--liability-cap", min=0, help="Most paid for damages, in yen.")
    ] = None,
    document: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="File of the paper; its digest is kept."),
    ] = None,
    statuses_per_day: StatusesPerDayOption = None,
    statuses_per_month: StatusesPerMonthOption = None,
    downloads_per_day: DownloadsPerDayOption = None,
    downloads_per_month: DownloadsPerMonthOption = None,
    beyond: BeyondOption = None,
    officer: OfficerOption = "officer-1",
) -> None:
    """Enter a notification and the next version of an agreement, for another officer to approve."""
    now = f"{datetime.now(UTC):%FT%TZ}"
    request = pb.ProposeAgreementRequest(
        request_id=str(uuid.uuid4()),
        verifier_id=verifier,
        authority_id=str(authority),
        notification=pb.VerifierNotification(
            name=name, kind=_KINDS[kind], accreditation=accreditation or "", notified_by=notified_by
        ),
        terms=pb.AgreementTerms(
            ways=[_WAYS[one] for one in dict.fromkeys(way)],
            purpose=purpose,
            liability_cap_yen=liability_cap,
            safety=safety,
            secrecy=secrecy,
            quota=quota_of(
                (statuses_per_day, statuses_per_month),
                (downloads_per_day, downloads_per_month),
                beyond,
            ),
        ),
    )
    if document is not None:
        request.terms.document_sha256 = hashlib.sha256(octets_of(document)).digest()
    said, terms = request.notification, request.terms
    said.notified_at.FromDatetime(stated_moment(notified_at or now, field="--notified-at"))
    terms.not_before.FromDatetime(stated_moment(not_before or now, field="--not-before"))
    terms.not_after.FromDatetime(stated_moment(not_after, field="--not-after"))
    if accredited_until is not None:
        until = stated_moment(accredited_until, field="--accredited-until")
        said.accredited_until.FromDatetime(until)
    with _officer(access, authority, officer) as stub, changing(_look(authority)):
        answer = stub.ProposeAgreement(request)
    output.emit(_shown(answer.agreement))


@app.command()
@reaching(PeerRole.OCSP)
def resume(
    access: ServiceAccess,
    authority: AuthorityArgument,
    verifier: VerifierArgument,
    version: VersionArgument,
    officer: OfficerOption = "officer-1",
) -> None:
    """Propose a version again, from now on, so that another officer's approval resumes it."""
    with _officer(access, authority, officer) as stub:
        before = _got(stub, authority, verifier, version)
        if not before.HasField("notification") or before.state not in _RESUMED:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "was never in force with a notification: it must be proposed",
                field="VERSION",
            )
        request = pb.ProposeAgreementRequest(
            request_id=str(uuid.uuid4()),
            verifier_id=verifier,
            authority_id=str(authority),
            notification=before.notification,
            terms=before.terms,
        )
        # From now on where it had begun: what is agreed anew changes nothing of what was before.
        now = datetime.now(UTC).replace(microsecond=0)
        if request.terms.not_before.ToDatetime(UTC) < now:
            request.terms.not_before.FromDatetime(now)
        with changing(_look(authority)):
            answer = stub.ProposeAgreement(request)
    output.emit(_shown(answer.agreement))


@app.command()
@reaching(PeerRole.OCSP)
def approve(
    access: ServiceAccess,
    authority: AuthorityArgument,
    verifier: VerifierArgument,
    version: VersionArgument,
    content: Annotated[
        str, typer.Option("--content", help="SHA-256 of its content, as `show` has it.")
    ],
    officer: OfficerOption = "officer-2",
) -> None:
    """Put in force what another officer has proposed, and you have read."""
    request = pb.ApproveAgreementRequest(
        request_id=str(uuid.uuid4()),
        verifier_id=verifier,
        authority_id=str(authority),
        version=version,
        content_sha256=_sha256(content),
    )
    with _officer(access, authority, officer) as stub, changing(_look(authority)):
        answer = stub.ApproveAgreement(request)
    output.emit(_shown(answer.agreement))


@app.command()
@reaching(PeerRole.OCSP)
def reject(
    access: ServiceAccess,
    authority: AuthorityArgument,
    verifier: VerifierArgument,
    version: VersionArgument,
    officer: OfficerOption = "officer-2",
) -> None:
    """End what was proposed and is not to be."""
    request = pb.RejectAgreementRequest(
        request_id=str(uuid.uuid4()),
        verifier_id=verifier,
        authority_id=str(authority),
        version=version,
    )
    with _officer(access, authority, officer) as stub, changing(_look(authority)):
        answer = stub.RejectAgreement(request)
    output.emit(_shown(answer.agreement))


@app.command()
@reaching(PeerRole.OCSP)
def suspend(
    access: ServiceAccess,
    authority: AuthorityArgument,
    verifier: VerifierArgument,
    officer: OfficerOption = "officer-1",
) -> None:
    """Stop a verifier's access at once; what is proposed is rejected."""
    request = pb.SuspendAgreementRequest(
        request_id=str(uuid.uuid4()), verifier_id=verifier, authority_id=str(authority)
    )
    with _officer(access, authority, officer) as stub, changing(_look(authority)):
        at = stub.SuspendAgreement(request).at
    output.emit({"verifier": verifier, "authority": str(authority), "at": at.ToJsonString()})


@app.command()
@reaching(PeerRole.OCSP)
def end(
    access: ServiceAccess,
    authority: AuthorityArgument,
    verifier: VerifierArgument,
    officer: OfficerOption = "officer-1",
) -> None:
    """End an agreement for good before its time."""
    request = pb.EndAgreementRequest(
        request_id=str(uuid.uuid4()), verifier_id=verifier, authority_id=str(authority)
    )
    with _officer(access, authority, officer) as stub, changing(_look(authority)):
        at = stub.EndAgreement(request).at
    output.emit({"verifier": verifier, "authority": str(authority), "at": at.ToJsonString()})


@app.command("list")
@reaching(PeerRole.OCSP)
def list_agreements(
    access: ServiceAccess,
    authority: AuthorityArgument,
    verifier: Annotated[str, typer.Option("--verifier", help="Of this verifier alone.")] = "",
    officer: OfficerOption = "officer-1",
) -> None:
    """Every version of an authority's agreements."""
    with _officer(access, authority, officer) as stub:
        found = _listed(stub, authority, verifier)
    output.emit_rows([_row(one) for one in found], title="Agreements")


@app.command()
@reaching(PeerRole.OCSP)
def show(
    access: ServiceAccess,
    authority: AuthorityArgument,
    verifier: VerifierArgument,
    version: VersionArgument,
    officer: OfficerOption = "officer-1",
) -> None:
    """One version: what was notified and agreed."""
    with _officer(access, authority, officer) as stub:
        found = _got(stub, authority, verifier, version)
    output.emit(_shown(found))


@app.command()
@reaching(PeerRole.OCSP)
def usage(
    access: ServiceAccess,
    authority: AuthorityArgument,
    verifier: Annotated[str, typer.Option("--verifier", help="Of this verifier alone.")] = "",
    month: MonthOption = None,
    officer: OfficerOption = "officer-1",
    *,
    by_day: ByDayOption = False,
) -> None:
    """How much verifiers were told about an authority's certificates, by the way they asked."""
    asked = Asked(authority_id=str(authority), verifier_id=verifier, month=month, by_day=by_day)
    with access.open(PeerRole.GOVERNOR_OFFICER, str(authority), officer) as channel:
        show_usage(channel, asked)


@app.command()
@reaching(PeerRole.OCSP)
def statement(
    access: ServiceAccess,
    authority: AuthorityArgument,
    to: StatementOption,
    verifier: Annotated[str, typer.Option("--verifier", help="Of this verifier alone.")] = "",
    month: MonthOption = None,
    officer: OfficerOption = "officer-1",
    form: FormatOption = StatementFormat.CSV,
    font: FontOption = FONT,
    *,
    by_day: ByDayOption = False,
) -> None:
    """Write how much verifiers were told in a month, for what they pay."""
    asked = Asked(authority_id=str(authority), verifier_id=verifier, month=month, by_day=by_day)
    with access.open(PeerRole.GOVERNOR_OFFICER, str(authority), officer) as channel:
        write_usage(channel, asked, to, form, font)


@app.command()
@reaching(PeerRole.OCSP)
def quotas(
    access: ServiceAccess,
    authority: AuthorityArgument,
    officer: OfficerOption = "officer-1",
    *,
    within: WithinOption = False,
) -> None:
    """Which verifiers are near a quota of theirs in this day or month, or have reached it."""
    with _officer(access, authority, officer) as stub:
        show_quotas(stub, [str(authority)], within=within)


def _got(
    stub: AgreementServiceStub, authority: AuthorityId, verifier: str, version: int
) -> pb.Agreement:
    request = pb.GetAgreementRequest(
        authority_id=str(authority), verifier_id=verifier, version=version
    )
    return stub.GetAgreement(request).agreement


def _listed(
    stub: AgreementServiceStub, authority: AuthorityId, verifier: str
) -> list[pb.Agreement]:
    request = pb.ListAgreementsRequest(authority_id=str(authority), verifier_id=verifier)
    found: list[pb.Agreement] = []
    while page := stub.ListAgreements(request).agreements:
        found += page
        request.after_verifier_id = page[-1].verifier_id
        request.after_version = page[-1].version
    return found


def _look(authority: AuthorityId) -> str:
    """The command that shows how an authority's agreements stand."""
    return f"openjpki agreement list {authority}"


def _sha256(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be 64 hexadecimal digits", field="--content"
        ) from error


def _row(one: pb.Agreement) -> dict[str, output.Value]:
    return {
        "verifier": one.verifier_id,
        "version": one.version,
        "state": word_of(pb.AgreementState, one.state, "AGREEMENT_STATE_"),
        "ways": [word_of(pb.ProvidingWay, way, "PROVIDING_WAY_") for way in one.terms.ways],
        "not_before": one.terms.not_before.ToJsonString(),
        "ends_at": one.ends_at.ToJsonString() if one.HasField("ends_at") else None,
        "proposed_by": one.proposed_by,
        "proposed_at": one.proposed_at.ToJsonString(),
        "decided_by": one.decided_by or None,
        "decided_at": one.decided_at.ToJsonString() if one.HasField("decided_at") else None,
    }


def _shown(one: pb.Agreement) -> dict[str, output.Value]:
    said, terms = one.notification, one.terms
    known = one.HasField("notification")
    businesslike = said.HasField("accredited_until")
    capped = terms.HasField("liability_cap_yen")
    return {
        "authority": one.authority_id,
        **_row(one),
        "stopped_by": one.stopped_by or None,
        "stopped_at": one.stopped_at.ToJsonString() if one.HasField("stopped_at") else None,
        "name": said.name or None,
        "kind": word_of(pb.VerifierKind, said.kind, "VERIFIER_KIND_") if known else None,
        "accreditation": said.accreditation or None,
        "accredited_until": said.accredited_until.ToJsonString() if businesslike else None,
        "notified_by": said.notified_by or None,
        "notified_at": said.notified_at.ToJsonString() if known else None,
        "not_after": terms.not_after.ToJsonString() if terms.HasField("not_after") else None,
        "purpose": terms.purpose or None,
        "liability_cap_yen": terms.liability_cap_yen if capped else None,
        **shown_quota(terms),
        "safety": terms.safety or None,
        "secrecy": terms.secrecy or None,
        "document_sha256": terms.document_sha256.hex() or None,
        "content_sha256": one.content_sha256.hex() or None,
    }


@contextmanager
def _officer(
    access: ServiceAccess, authority: AuthorityId, officer: str
) -> Iterator[AgreementServiceStub]:
    with access.open(PeerRole.GOVERNOR_OFFICER, str(authority), officer) as channel:
        yield AgreementServiceStub(channel)
