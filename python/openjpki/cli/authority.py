"""`openjpki authority …`: acts on the machine with the authorities' keys, never over a network."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli import authority_generation, authority_policy, authority_revocation, output
from openjpki.cli.arguments import (
    PublishedOption,
    list_files,
    public_key_pem,
    serial_number,
    to_pem,
)
from openjpki.cli.authority_names import ExampleOption, own_values
from openjpki.cli.authority_policy import policy_in
from openjpki.cli.ca_here import AuthorityArgument, ca_here, opened
from openjpki.cli.checked import not_valid_unless_signed
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.evidence_files import write_signed
from openjpki.cli.files import writable, write
from openjpki.cli.left_out import LeftOutRows
from openjpki.cli.local_settings import SettingsOption, actor, settings_here
from openjpki.cli.words import word
from openjpki.config.ca import CaSettings
from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy import AuthorityPolicy
from openjpki.domain.policy.examples import in_policy
from openjpki.errors import OpenJpkiError
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca import service
from openjpki.services.ca.authorities.authority import (
    certificate_of,
    readable_authorities,
    require_authority,
)
from openjpki.services.ca.authorities.create_authority import create_authority, set_active
from openjpki.services.ca.crl.publication import Publisher
from openjpki.services.ca.issuance.signed_for import SignedFor, signed_for
from openjpki.services.ca.receipts.receipt_key import make_receipt_key
from openjpki.services.common.keys import open_keys

app = typer.Typer(
    help="Prefectural authorities (都道府県単位認証局), on the ca's own machine.",
    no_args_is_help=True,
)

app.add_typer(authority_generation.app, name="generation")
app.add_typer(authority_policy.app, name="policy")
app.add_typer(authority_revocation.app, name="revocation")

GenerationOption = Annotated[
    int | None, typer.Option(min=1, help="Of its key; else the one that issues.")
]


@app.command()
def init(
    authority: AuthorityArgument,
    policy: Annotated[
        typer.FileBinaryRead | None,
        typer.Option(help="Its policy, JSON; what is left out is usual; - for stdin."),
    ] = None,
    example: ExampleOption = False,  # noqa: FBT002 - typer's way to a flag
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Make an authority: its key in the key backend, its self-signed certificate, its lists."""
    asked = AuthorityPolicy() if policy is None else policy_in(policy)
    if not example:
        own_values(in_policy(asked), "policy")
    used = settings_here(CaSettings, PeerRole.CA, settings, home)
    with opened(used) as ca:
        made = create_authority(ca, authority, asked, actor=actor())
        lists = _first_lists(service.publisher_of(ca, used), made.authority_id)
    certified = certificate_of(made.current)
    output.emit(
        {
            "authority": str(made.authority_id),
            "subject": made.name.rfc4514_string(),
            "serial": f"{certified.serial_number:x}",
            "not_after": f"{made.current.not_after:%FT%TZ}",
            "lists_made": lists,
        }
    )


@app.command("list")
def list_authorities(settings: SettingsOption = None, home: HomeOption = HOME) -> None:
    """The authorities here that can be read, a row for each generation of their keys."""
    left_out = LeftOutRows()
    with ca_here(settings, home) as ca, ca.database.reading() as tx:
        found = readable_authorities(tx, left_out=left_out)
    output.emit_rows(
        [
            {
                "authority": str(each.authority_id),
                "subject": each.name.rfc4514_string(),
                "active": each.record.active,
                "generation": generation.number,
                "state": word(generation.state),
                "key": generation.key_label,
                "not_after": f"{generation.not_after:%FT%TZ}",
            }
            for each in found
            for generation in each.generations
        ],
        title="Authorities",
    )
    left_out.end()


@app.command()
def certificate(
    authority: AuthorityArgument,
    to: Annotated[Path, typer.Option("--to", help="File to write, PEM.", callback=writable)],
    generation: GenerationOption = None,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Write the self-signed certificate of an authority's generation."""
    with ca_here(settings, home) as ca, ca.database.reading() as tx:
        found = require_authority(tx, authority)
    chosen = found.current if generation is None else found.generation(generation)
    write(to, to_pem(chosen.certificate))
    output.emit({"authority": str(authority), "generation": chosen.number, "file": str(to)})


@app.command("receipt-key")
def receipt_key(
    to: Annotated[
        Path, typer.Option("--to", help="File for its public half, PEM.", callback=writable)
    ],
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Write the public half of the key that signs receipts; the key is made unless it is there."""
    used = settings_here(CaSettings, PeerRole.CA, settings, home, begun=False)
    with closing(open_keys(used.keys)) as backend:
        public = make_receipt_key(used.ca.signs_receipts, backend).public_key
    write(to, public_key_pem(public.spki_der))
    output.emit({"key_sha256": public.sha256.hex(), "file": str(to)})


@app.command()
def evidence(
    authority: AuthorityArgument,
    serial: Annotated[str, typer.Argument(help="Of the certificate, hexadecimal.")],
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            exists=True,
            file_okay=False,
            help="Folder for each as files: statement, COSE_Sign1, the officer's public key.",
        ),
    ] = None,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """What officers signed for a certificate and for its revocation, verified once more."""
    left_out = LeftOutRows()
    with ca_here(settings, home) as ca, not_valid_unless_signed():
        found = signed_for(ca, authority, serial_number(serial), left_out=left_out)
    for each in found if to is not None else ():
        write_signed(
            to or Path(),
            f"{serial}.{each.kept.kind}{_of_whom(each, found)}",
            statement=each.kept.octets,
            cose_sign1=each.kept.signature.signature,
            spki_der=each.spki_der,
        )
    output.emit_rows(
        [
            {
                "statement": each.kept.kind,
                "officer": str(each.kept.signature.occasion.officer),
                "signed_at": f"{each.kept.signature.occasion.signed_at:%FT%TZ}",
                "request_id": each.kept.signature.occasion.request_id,
                "key_sha256": each.kept.signature.key_sha256.hex(),
            }
            for each in found
        ],
        title="Evidence, verified",
    )
    left_out.end()


@app.command()
def stop(
    authority: AuthorityArgument, settings: SettingsOption = None, home: HomeOption = HOME
) -> None:
    """Stop an authority from issuing; status and lists go on."""
    with ca_here(settings, home) as ca:
        set_active(ca, authority, active=False, actor=actor())
    output.emit({"authority": str(authority), "active": False})


@app.command()
def resume(
    authority: AuthorityArgument, settings: SettingsOption = None, home: HomeOption = HOME
) -> None:
    """Let a stopped authority issue again."""
    with ca_here(settings, home) as ca:
        set_active(ca, authority, active=True, actor=actor())
    output.emit({"authority": str(authority), "active": True})


@app.command("publish-crl")
def publish_crl(
    authority: AuthorityArgument,
    partition: Annotated[
        str | None,
        typer.Option(help="Municipal code, or `authority` for authorities' certificates."),
    ] = None,
    generation: GenerationOption = None,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Make a revocation list now, or all of an authority's; otherwise they are made daily."""
    used = settings_here(CaSettings, PeerRole.CA, settings, home)
    with opened(used) as ca:
        publisher = service.publisher_of(ca, used)
        if partition is None:
            made = publisher.publish_authority(authority)
        else:
            made = int(publisher.publish(authority, partition, generation=generation) is not None)
    output.emit({"authority": str(authority), "lists_made": made})


@app.command("replace-crl")
def replace_crl(
    authority: AuthorityArgument,
    published: PublishedOption = None,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Make the next list of each scope whose newest one can't be read; the others are left alone.

    Numbers go on behind every one that was used.
    """
    used = settings_here(CaSettings, PeerRole.CA, settings, home)
    octets = list_files(published or (), "--list")
    with opened(used) as ca:
        publisher = service.publisher_of(ca, used)
        made = publisher.replace_unreadable(authority, octets, actor=actor())
    output.emit_rows(
        [
            {"generation": one.generation, "partition": one.partition, "crl_number": one.number}
            for one in made
        ],
        title="Lists made anew",
    )


def _of_whom(one: SignedFor, found: Sequence[SignedFor]) -> str:
    """What tells files apart where more than one officer signed the same."""
    if sum(each.kept.kind == one.kept.kind for each in found) == 1:
        return ""
    return f".{one.kept.signature.occasion.officer}".replace("/", ".")


def _first_lists(publisher: Publisher, authority: AuthorityId) -> int:
    """At once: a running service would make them, but up to a minute later."""
    try:
        return publisher.publish_authority(authority)
    except OpenJpkiError as error:
        error.metadata["authority"] = (
            f"is made; its lists are not: `openjpki authority publish-crl {authority}`"
        )
        raise
