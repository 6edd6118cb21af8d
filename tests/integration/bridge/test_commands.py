"""Officers, a partner and a user do everything by command."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli.exit_codes import ExitCode
from openjpki.domain.officers import Officer
from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.secret import FileSecret
from openjpki.keys.statements.file_key import FileStatementKey
from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.demo.foreign_pki import PolicyPair
from tests.support.bridge_officers import keep_key
from tests.support.bridge_process import write_settings
from tests.support.bridge_service import GOVERNOR_POLICY, make_settings
from tests.support.ca_service import KAGAWA, TOYAMA, TRUST_DOMAIN
from tests.support.foreign_authorities import (
    BRIDGE_POLICY,
    GOVERNMENT_POLICY,
    TO_MINISTRY,
)
from tests.support.officers import Signer
from tests.support.schemas import put_schema_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge
    from tests.support.ca_service import RunningCa


@pytest.fixture
def run(
    bridge: RunningBridge, tmp_path: Path, command: Callable[..., tuple[object, Any]]
) -> Callable[..., Any]:
    """``run(role, scope, subject, *words)``: the command's JSON, run as this peer."""

    def as_peer(role: PeerRole, scope: str, subject: str, *words: object) -> Any:
        folder = tmp_path / "credentials" / f"{role.value}-{scope}-{subject}"
        if not folder.exists():
            bridge.mesh.issue(role, scope, subject).write(folder)
        reach = ["--target", f"127.0.0.1:{bridge.port}", "--credentials", str(folder)]
        reach += ["--trust-domain", TRUST_DOMAIN]
        code, answer = command("bridge", *words, *reach)
        return answer if code == 0 else (code, answer)

    return as_peer


def signing(
    folder: Path, bridge: RunningBridge, name: str, ca: RunningCa | None = None
) -> list[str]:
    """The options that say with which key an officer signs; it is enrolled, also at ca if named."""
    key, passphrase = folder / f"{name}.pem", folder / "officers-passphrase"
    if not passphrase.exists():
        write_private(passphrase, b"officers battery staple\n")
    if not key.exists():
        made = FileStatementKey.generate(key, FileSecret(passphrase))
        enrol_key(bridge, name, made)
        if ca is not None:
            one = Signer(Officer.parse(f"bridge-officer/bridge/{name}"), made)
            ca.service.ca.database.run(partial(keep_key, one=one))
    return ["--signing-key", str(key), "--signing-passphrase-file", str(passphrase)]


def enrol_key(bridge: RunningBridge, name: str, key: FileStatementKey) -> None:
    officer = Officer.parse(f"bridge-officer/bridge/{name}")
    assert bridge.service is not None
    bridge.service.bridge.database.run(lambda tx: keep_key(tx, Signer(officer, key)))


def test_a_cross_certificate_is_revoked_by_command(
    run: Any, bridge: RunningBridge, tmp_path: Path
) -> None:
    def officer(name: str, *words: object) -> Any:
        return run(PeerRole.BRIDGE_OFFICER, "bridge", name, *words, "--officer", name)

    pair = f"{BRIDGE_POLICY}:{GOVERNOR_POLICY}"
    proposed = officer("one", "propose", KAGAWA, "--direction", "to-partner", "--map", pair)
    identifier = proposed["cross_certification"]
    for name in ("one", "two"):
        approved = officer(name, "approve", KAGAWA, identifier, *signing(tmp_path, bridge, name))
    assert approved["revocation"] is None
    cause = ("--cause", "replaced")
    one, two = (signing(tmp_path, bridge, name) for name in ("one", "two"))
    named = (KAGAWA, identifier, *cause)
    wrong = ("--certificate-sha256", "00" * 32)
    with pytest.raises(OpenJpkiError) as refusal:
        officer("one", "propose-revocation", *named, *one, *wrong)
    assert refusal.value.field == "--certificate-sha256"
    asked = officer("one", "propose-revocation", *named, *one)
    assert asked["state"] == "issued"
    assert asked["revocation"]["approved_by"] is None
    (waits,) = [
        one for one in officer("two", "pending") if one["cross_certification"] == identifier
    ]
    assert (waits["signed_by"], waits["cause"]) == (["bridge-officer/bridge/one"], "replaced")
    assert len(waits["certificate_sha256"]) == 64
    with pytest.raises(OpenJpkiError) as refusal:
        officer("one", "approve-revocation", *named, *one)
    assert refusal.value.reason is Reason.ALREADY_APPROVED_BY_OFFICER
    with pytest.raises(OpenJpkiError) as refusal:
        # An account has one spelling: no officer who signs is called so.
        officer("One", "approve-revocation", *named, *one)
    assert refusal.value.field == "--credentials"
    ended = officer("two", "approve-revocation", *named, *two)
    assert ended["state"] == "revoked"
    assert ended["revocation"]["cause"] == "replaced"
    assert ended["revocation"]["approved_by"] == "bridge-officer/bridge/two"
    assert ended["revocation"]["at"]


@pytest.mark.requirement("R4.4", "R4.5")
def test_everything_by_command(
    run: Any, bridge: RunningBridge, abroad: Abroad, tmp_path: Path
) -> None:
    partner, government, ministry = abroad.partner_id, abroad.government, abroad.ministry

    def officer(name: str, *words: object) -> Any:
        return run(PeerRole.BRIDGE_OFFICER, "bridge", name, *words, "--officer", name)

    def theirs(*words: object) -> Any:
        return run(PeerRole.PARTNER, partner, "", *words)

    def approve(proposed: dict[str, str]) -> str:
        identifier = proposed["cross_certification"]
        assert proposed["state"] == "pending"
        wrong = ("--key-sha256", "00" * 32, *signing(tmp_path, bridge, "officer-1"))
        with pytest.raises(OpenJpkiError) as refusal:
            officer("officer-1", "approve", partner, identifier, *wrong)
        assert refusal.value.field == "--key-sha256"
        for name, state in (("officer-1", "pending"), ("officer-2", "issued")):
            (waits,) = [
                one for one in officer(name, "pending") if one["cross_certification"] == identifier
            ]
            signed = ["bridge-officer/bridge/officer-1"] if name == "officer-2" else []
            assert (waits["signed_by"], waits["cause"]) == (signed, None)
            assert len(waits["key_sha256"]) == 64
            key = signing(tmp_path, bridge, name)
            assert officer(name, "approve", partner, identifier, *key)["state"] == state
        return identifier

    registered = officer(
        "officer-1", "register", partner, "--name", "政府", "--certificate",
        government.certificate_pem,
    )  # fmt: skip
    assert registered["kind"] == "foreign"
    government.certification_request()
    to = theirs(
        "propose", partner, "--direction", "to-partner",
        "--request", government.folder / "request.pem",
        "--map", f"{BRIDGE_POLICY}:{GOVERNMENT_POLICY}",
    )  # fmt: skip
    identifier = approve(to)
    pem = tmp_path / "cross.pem"
    shown = theirs("show", partner, identifier, "--certificate", pem)
    assert shown["approved_by"] == [f"bridge-officer/bridge/officer-{n}" for n in (1, 2)]
    assert shown["direction"] == "to-partner"
    assert pem.read_bytes().startswith(b"-----BEGIN CERTIFICATE")

    request = tmp_path / "service-bridge.p10"
    theirs("get-request", partner, "--to", request)
    pair = PolicyPair(GOVERNMENT_POLICY, BRIDGE_POLICY)
    government.cross_certify(request.read_bytes(), [pair], "to-service-bridge")
    back = theirs(
        "propose", partner, "--direction", "from-partner",
        "--certificate", government.folder / "to-service-bridge.pem",
    )  # fmt: skip
    assert back["policies"] == [f"{GOVERNMENT_POLICY}:{BRIDGE_POLICY}"]
    approve(back)

    government.cross_certify(ministry.certification_request(), [TO_MINISTRY], "to-ministry")
    theirs("submit-certificate", partner, government.folder / "to-ministry.pem")
    for authority in (government, ministry):
        der = tmp_path / f"{authority.folder.name}.crl"
        der.write_bytes(authority.revocation_list())
        theirs("submit-crl", partner, der)

    def validate(*options: object) -> Any:
        return run(
            PeerRole.VERIFIER, "tax-office", "",
            "validate", abroad.official_pem, "--authority", TOYAMA, *options,
        )  # fmt: skip

    path = tmp_path / "path.pem"
    answer = validate("--path", path)
    assert answer["valid"]
    assert answer["policies"] == [GOVERNOR_POLICY]
    assert path.read_bytes().count(b"BEGIN CERTIFICATE") == answer["path_length"] == 5
    code, refused = validate("--at", "2099-01-01")
    assert code == ExitCode.NOT_VALID
    assert "expired" in " ".join(refused["refusals"])
    code, refused = validate("--policy", "1.2.3.4")
    assert code == ExitCode.NOT_VALID

    folder = tmp_path / "pool"
    counted = run(PeerRole.VERIFIER, "tax-office", "", "pool", "--to", folder)
    assert len(list(folder.glob("*.pem"))) == counted["certificates"]
    assert len(list(folder.glob("*.crl"))) == counted["revocation_lists"]

    again = officer(
        "officer-1", "propose", KAGAWA, "--direction", "to-partner",
        "--map", f"{BRIDGE_POLICY}:{GOVERNOR_POLICY}",
    )  # fmt: skip
    assert officer("officer-2", "reject", again["cross_certification"])["state"] == "rejected"


def test_key_is_made_offline(
    bridge: RunningBridge, tmp_path: Path, command: Callable[..., tuple[object, Any]]
) -> None:
    nobody_listens = 1
    settings = make_settings(
        tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", bridge.mesh, nobody_listens
    )
    file = write_settings(tmp_path / "settings.toml", settings)
    put_schema_of(settings.database, "bridge")
    with pytest.raises(OpenJpkiError) as refused:
        command("bridge", "init", "--settings", file)
    assert refused.value.field == "bridge.policy_oid"
    answers = [command("bridge", "init", "--settings", file, "--example") for _ in range(2)]
    assert answers[0] == answers[1]
    code, made = answers[0]
    assert (code, made["key"]) == (0, "bridge/service/1")


def test_mapping_must_name_two_policies(run: Any) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        run(
            PeerRole.BRIDGE_OFFICER, "bridge", "officer-1", "propose", TOYAMA,
            "--direction", "to-partner", "--map", BRIDGE_POLICY, "--officer", "officer-1",
        )  # fmt: skip
    assert refusal.value.reason is Reason.INVALID_FIELD
