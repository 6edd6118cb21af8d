"""`openjpki officer …`: keys that officers sign with, and the register of whose count."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from openjpki.api.officers.v1 import officers_pb2 as pb
from openjpki.api.officers.v1.officers_pb2_grpc import OfficerRegisterServiceStub
from openjpki.cli import output
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.files import writable
from openjpki.cli.home import Home
from openjpki.cli.officer_key import (
    CardModuleOption,
    GenerationOption,
    KeyFileOption,
    PassphraseFileOption,
    PinFileOption,
    TokenOption,
    make_officer_key,
    officer_signer,
)
from openjpki.cli.officer_request import OfficerRequest
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.unsettled import changing, keeping
from openjpki.cli.words import word_of
from openjpki.config.clock import SystemClock
from openjpki.domain.officers import Officer
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.officer_signer import OfficerSigner
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.officer_signature import to_message

app = typer.Typer(
    help="Officers' signing keys (職員の署名用の鍵), and whose count.", no_args_is_help=True
)

_SERVICES = (PeerRole.CA, PeerRole.BRIDGE, PeerRole.REGISTRATION)
_register = reaching(*_SERVICES)

OfficerArgument = Annotated[
    str, typer.Argument(metavar="OFFICER", help="E.g. window-officer/13101/tanaka.")
]
RequestArgument = Annotated[
    Path,
    typer.Argument(
        metavar="REQUEST", exists=True, dir_okay=False, help="What `officer key` wrote."
    ),
]
ProposalArgument = Annotated[str, typer.Argument(metavar="PROPOSAL", help="Id of the proposal.")]
ProposerOption = Annotated[
    str, typer.Option("--operator", help="Who proposes, in the embedded mesh.")
]
DeciderOption = Annotated[
    str, typer.Option("--operator", help="Who decides, in the embedded mesh: another.")
]
_DAY = "%Y-%m-%d"
FromOption = Annotated[
    datetime | None,
    typer.Option("--from", formats=[_DAY], metavar="YYYY-MM-DD", help="Default: now. UTC."),
]
UntilOption = Annotated[
    datetime | None,
    typer.Option(
        "--until", formats=[_DAY], metavar="YYYY-MM-DD", help="Default: a year later. UTC."
    ),
]


class ServiceName(StrEnum):
    """Services that keep a register of officers."""

    CA = "ca"
    BRIDGE = "bridge"
    REGISTRATION = "registration"
    """Of key generators (鍵ペアの生成装置)."""


class CauseName(StrEnum):
    """Why an officer's keys are revoked."""

    LEFT = "left"
    KEY_COMPROMISE = "key-compromise"
    MISUSE = "misuse"


@app.command()
def key(
    officer: OfficerArgument,
    request: Annotated[
        Path,
        typer.Option("--request", help="File for the operator to enrol.", callback=writable),
    ],
    to: Annotated[
        list[ServiceName] | None,
        typer.Option(help="Service that is to know the key; several times. Default: ca."),
    ] = None,
    key_file: KeyFileOption = None,
    passphrase_file: PassphraseFileOption = None,
    token: TokenOption = None,
    card_module: CardModuleOption = None,
    pin_file: PinFileOption = None,
    generation: GenerationOption = 1,
    existing: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool, typer.Option("--existing", help="Present a key that is there, make none.")
    ] = False,
    home: HomeOption = HOME,
) -> None:
    """Make your signing key, and the request with which an operator enrols it."""
    who = Officer.parse(officer, field="OFFICER")
    services = [one.value for one in to or [ServiceName.CA]]
    place = {
        "key": key_file,
        "passphrase_file": passphrase_file,
        "token": token,
        "module": card_module,
        "pin_file": pin_file,
    }
    if existing:
        with officer_signer(Home(home), who, **place, generation=generation) as signer:  # type: ignore[arg-type]
            made = OfficerRequest.make(signer, services)
    else:
        with make_officer_key(**place, generation=generation) as new:  # type: ignore[arg-type]
            made = OfficerRequest.make(OfficerSigner(who, new, SystemClock()), services)
    with keeping("openjpki officer key … --existing"):
        made.write(request)
    sha256 = next(iter(made.presented.values())).key_sha256.hex()
    output.emit(
        {"officer": str(who), "key_sha256": sha256, "to": services, "request": str(request)}
    )


@app.command()
@_register
def enrol(
    access: ServiceAccess,
    request: RequestArgument,
    begin: FromOption = None,
    end: UntilOption = None,
    operator: ProposerOption = "operator-1",
) -> None:
    """Propose to know an officer by a first key; another operator approves."""
    with _open(access, operator) as register:
        _propose(register, access, request, begin, end)


@app.command()
@_register
def renew(
    access: ServiceAccess,
    request: RequestArgument,
    replaces: Annotated[
        str | None,
        typer.Option(metavar="SHA256", help="Fingerprint of the old key; default: the only one."),
    ] = None,
    begin: FromOption = None,
    end: UntilOption = None,
    operator: ProposerOption = "operator-1",
) -> None:
    """Propose a key in place of an old one, which counts for 30 days more."""
    with _open(access, operator) as register:
        old = _fingerprint(replaces) if replaces else _only_key(register, request)
        _propose(register, access, request, begin, end, replaces=old)


@app.command()
@_register
def approve(
    access: ServiceAccess, proposal: ProposalArgument, operator: DeciderOption = "operator-2"
) -> None:
    """Carry out what another operator proposed."""
    with _open(access, operator) as register, changing():
        answer = register.ApproveOfficer(
            pb.ApproveOfficerRequest(request_id=str(uuid.uuid4()), proposal_id=proposal)
        )
    output.emit_rows([_key_row(one) for one in answer.keys])


@app.command()
@_register
def reject(
    access: ServiceAccess, proposal: ProposalArgument, operator: DeciderOption = "operator-2"
) -> None:
    """End a proposal; of a revocation, let the officer's keys count again."""
    with _open(access, operator) as register, changing():
        answer = register.RejectOfficer(
            pb.RejectOfficerRequest(request_id=str(uuid.uuid4()), proposal_id=proposal)
        )
    output.emit_rows([_key_row(one) for one in answer.keys])


@app.command()
@_register
def revoke(
    access: ServiceAccess,
    officer: OfficerArgument,
    cause: Annotated[CauseName, typer.Option(help="Why.")],
    operator: ProposerOption = "operator-1",
) -> None:
    """Suspend an officer's keys at once; another operator makes it final or lifts it."""
    number = pb.OfficerRevocationCause.Value(f"OFFICER_REVOCATION_CAUSE_{cause.name}")
    with _open(access, operator) as register, changing(_look(access)):
        answer = register.RevokeOfficer(
            pb.RevokeOfficerRequest(request_id=str(uuid.uuid4()), officer=officer, cause=number)
        )
    output.emit(_proposal_row(answer.proposal))


@app.command("list")
@_register
def list_officers(
    access: ServiceAccess,
    officer: Annotated[str, typer.Option(help="Only this officer's keys.")] = "",
    ending_within: Annotated[
        int | None,
        typer.Option(min=1, metavar="DAYS", help="Only keys to renew: they end by then."),
    ] = None,
    proposals: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool, typer.Option("--proposals", help="What waits for a second operator, instead.")
    ] = False,
    operator: ProposerOption = "operator-1",
) -> None:
    """Officers' keys, or the proposals that wait."""
    with _open(access, operator) as register:
        if proposals:
            waiting = register.ListProposals(pb.ListProposalsRequest())
            rows = [_proposal_row(one) for one in waiting.proposals]
            rows += [_unreadable_row(one) for one in waiting.unreadable]
            output.emit_rows(rows, title="Proposals")
            return
        keys = _all_keys(register, officer)
    if ending_within is not None:
        until = SystemClock().now() + timedelta(days=ending_within)
        keys = [one for one in keys if _is_to_renew(one, until)]
    keys.sort(key=lambda one: (one.officer, one.not_before.seconds))
    output.emit_rows([_key_row(one) for one in keys], title="Officers")


@contextmanager
def _open(access: ServiceAccess, operator: str) -> Iterator[OfficerRegisterServiceStub]:
    with access.open(PeerRole.OPERATOR, access.service.value, operator) as channel:
        yield OfficerRegisterServiceStub(channel)


def _propose(
    register: OfficerRegisterServiceStub,
    access: ServiceAccess,
    request: Path,
    begin: datetime | None,
    end: datetime | None,
    *,
    replaces: bytes = b"",
) -> None:
    read = OfficerRequest.read(request)
    message = pb.ProposeOfficerRequest(
        request_id=str(uuid.uuid4()),
        public_key=read.public_key,
        presented=to_message(read.to(access.service.value)),
        replaces=replaces,
    )
    if begin is not None:
        message.not_before.FromDatetime(begin.replace(tzinfo=UTC))
    if end is not None:
        message.not_after.FromDatetime(end.replace(tzinfo=UTC))
    with changing(_look(access)):
        answer = register.ProposeOfficer(message)
    output.emit(_proposal_row(answer.proposal))


def _look(access: ServiceAccess) -> str:
    """The command that shows what was proposed."""
    return f"openjpki officer list --proposals --service {access.service.value}"


def _all_keys(register: OfficerRegisterServiceStub, officer: str) -> list[pb.OfficerKey]:
    keys: list[pb.OfficerKey] = []
    page = b""
    while True:
        answer = register.ListOfficers(pb.ListOfficersRequest(officer=officer, page=page))
        keys += answer.keys
        page = answer.next_page
        if not page:
            return keys


def _is_to_renew(one: pb.OfficerKey, until: datetime) -> bool:
    """Whether the key counts still, has no successor and ends before that moment."""
    ends = one.not_after.ToDatetime(tzinfo=UTC)
    counts = one.state == pb.OFFICER_KEY_STATE_ENROLLED and not one.replaced_by
    return counts and SystemClock().now() < ends <= until


def _only_key(register: OfficerRegisterServiceStub, request: Path) -> bytes:
    """The fingerprint of the one key that can be replaced. Raises ``INVALID_FIELD``."""
    officer = OfficerRequest.read(request).officer
    counting = [
        one.key_sha256
        for one in _all_keys(register, str(officer))
        if one.state == pb.OFFICER_KEY_STATE_ENROLLED and not one.replaced_by
    ]
    if len(counting) != 1:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"must say which: {len(counting)} keys of {officer} could be replaced",
            field="--replaces",
        )
    return counting[0]


def _fingerprint(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be hexadecimal", field="--replaces"
        ) from None


def _key_row(one: pb.OfficerKey) -> dict[str, output.Value]:
    return {
        "officer": one.officer,
        "state": word_of(pb.OfficerKeyState, one.state, "OFFICER_KEY_STATE_"),
        "from": one.not_before.ToJsonString(),
        "until": one.not_after.ToJsonString(),
        "key_sha256": one.key_sha256.hex(),
        "replaced_by": one.replaced_by.hex() or None,
    }


def _unreadable_row(one: pb.UnreadableProposal) -> dict[str, output.Value]:
    row = dict.fromkeys(_proposal_row(pb.Proposal()))
    kind = "unreadable-revocation" if one.revokes else "unreadable"
    return row | {
        "proposal": one.proposal_id,
        "kind": kind,
        "proposed_by": one.proposed_by,
    }


def _proposal_row(one: pb.Proposal) -> dict[str, output.Value]:
    row: dict[str, output.Value] = {
        "proposal": one.proposal_id,
        "kind": word_of(pb.ProposalKind, one.kind, "PROPOSAL_KIND_"),
        "officer": one.officer,
        "key_sha256": one.key_sha256.hex() or None,
        "replaces": one.replaces.hex() or None,
        "from": one.not_before.ToJsonString() if one.HasField("not_before") else None,
        "until": one.not_after.ToJsonString() if one.HasField("not_after") else None,
        "cause": None,
        "proposed_by": one.proposed_by,
        "proposed_at": one.proposed_at.ToJsonString(),
    }
    if one.cause:
        row["cause"] = word_of(pb.OfficerRevocationCause, one.cause, "OFFICER_REVOCATION_CAUSE_")
    return row
