"""`openjpki path …`: certification paths of any PKI, judged on this machine; nothing is fetched."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli import output
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.reading import named
from openjpki.cli.standard_streams import require_reader
from openjpki.errors import OpenJpkiError, Reason
from openjpki.pki_path.batch.files import BatchFiles
from openjpki.pki_path.batch.line import OID, SHA256, LineError, parse_time
from openjpki.pki_path.batch.stream import Batch
from openjpki.pki_path.policy import PathPolicy
from openjpki.pki_path.validate import validate_certificate
from openjpki.pki_path.verdict import PathEvidence, PathVerdict

app = typer.Typer(
    help="Certification paths of any PKI, judged on this machine.", no_args_is_help=True
)


@app.command()
def validate(
    target: Annotated[str, typer.Argument(path_type=str, help="The certificate, PEM or DER.")],
    anchor: Annotated[
        list[str],
        typer.Option(
            "--anchor",
            path_type=str,
            help="Whom you trust: certificates, PEM or DER; again for more.",
        ),
    ],
    pool: Annotated[
        list[str] | None,
        typer.Option(
            "--pool",
            path_type=str,
            help="A file or a folder with certificates, revocation lists and OCSP responses, PEM "
            "or DER; again for more.",
        ),
    ] = None,
    moment: Annotated[
        str | None,
        typer.Option("--time", metavar="TIME", help="As of this time, RFC 3339; default: now."),
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", help="An acceptable policy, dotted; again for more; else any."),
    ] = None,
    explicit_policy: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool, typer.Option("--explicit-policy", help="A policy must be left at the end.")
    ] = False,
    inhibit_mapping: Annotated[  # noqa: FBT002
        bool, typer.Option("--inhibit-mapping", help="No policy is mapped to another.")
    ] = False,
    inhibit_any: Annotated[  # noqa: FBT002
        bool, typer.Option("--inhibit-any", help="anyPolicy stands for no other.")
    ] = False,
    no_revocation: Annotated[  # noqa: FBT002
        bool, typer.Option("--no-revocation", help="Nothing is asked about revocation.")
    ] = False,
    accept_renumbered: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-renumbered",
            metavar="SHA256",
            help="From this list of the pool on its issuer's numbers count anew; again for more.",
        ),
    ] = None,
) -> None:
    """Find a valid path from an anchor to a certificate, or say why there is none (RFC 5280)."""
    files = BatchFiles()
    at = _moment(moment)
    anchors = files.anchors(tuple(anchor))
    if not anchors:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must hold a certificate that can be read", field="--anchor"
        )
    found, left_out = files.pool(tuple(pool or ()), all_there=True)
    begun = time.perf_counter()
    verdict = validate_certificate(
        anchors=anchors,
        target=files.target(target),
        pool=found,
        at=at,
        policy=PathPolicy(
            initial_policies=frozenset(map(_oid, policy or ())),
            explicit_policy=explicit_policy,
            inhibit_policy_mapping=inhibit_mapping,
            inhibit_any_policy=inhibit_any,
            revocation=not no_revocation,
            # As `batch` asks: other infrastructures have their lists signed as they please.
            delegated_lists=True,
            accept_renumbered=frozenset(map(_sha256, accept_renumbered or ())),
        ),
    )
    milliseconds = round((time.perf_counter() - begun) * 1000, 3)
    output.emit(
        {
            **_record(verdict),
            "checked_at": at.isoformat().replace("+00:00", "Z"),
            "left_out": left_out,
            "ms": milliseconds,
        },
        title="valid" if verdict.valid else "NOT VALID",
    )
    if not verdict.valid:
        raise typer.Exit(ExitCode.NOT_VALID)


@app.command()
def batch(
    file: Annotated[
        Path | None, typer.Argument(help="One question a line, JSON; else standard input.")
    ] = None,
) -> None:
    """Answer many questions, a JSON object a line in and one out (docs/path-validation.md)."""
    descriptor = _input(file)
    try:
        with named(file or "standard input"):
            Batch(write=_write, now=lambda: int(time.time())).run(descriptor)
    except BrokenPipeError:
        # Nobody reads any more: questions are left without an answer.
        output.discard_stdout()
        raise typer.Exit(ExitCode.REFUSED) from None
    finally:
        if file is not None:
            os.close(descriptor)


def _input(file: Path | None) -> int:
    """The descriptor that questions are read from. Raises ``OSError`` by its name."""
    if file is None:
        return sys.stdin.fileno()
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    return descriptor


def _write(lines: bytes) -> None:
    require_reader()
    with named("standard output"):
        sys.stdout.buffer.write(lines)
        sys.stdout.buffer.flush()


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(parse_time(text), UTC)
    except LineError as error:
        raise OpenJpkiError(Reason.INVALID_FIELD, error.rule, field="--time") from error


def _oid(text: str) -> str:
    if not OID.fullmatch(text):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be a dotted object identifier", field="--policy"
        )
    return text


def _sha256(text: str) -> bytes:
    if not SHA256.fullmatch(text):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be a SHA-256, hexadecimal", field="--accept-renumbered"
        )
    return bytes.fromhex(text)


def _record(verdict: PathVerdict) -> dict[str, output.Value]:
    """The same keys for a path that holds and for one that does not."""
    refusal = verdict.refusal
    return {
        "verdict": "accept" if refusal is None else "reject",
        "reason": refusal.reason.stable_name if refusal else None,
        "text": refusal.reason.text(output.language()) if refusal else None,
        "rule": refusal.rule if refusal else None,
        "certificate": refusal.certificate.hex() if refusal and refusal.certificate else None,
        "subject": refusal.subject if refusal and refusal.subject else None,
        "path": list(verdict.path_sha256),
        "authority_policies": list(verdict.authority_policies),
        "user_policies": list(verdict.user_policies),
        "evidence": [_evidence(one) for one in verdict.evidence],
    }


def _evidence(evidence: PathEvidence) -> dict[str, output.Value]:
    response = evidence.ocsp_response
    return {
        "certificate": evidence.certificate.hex(),
        "revocation_lists": [one.hex() for one in evidence.lists],
        "ocsp_response": response.hex() if response else None,
        "renumbered": evidence.renumbered,
    }
