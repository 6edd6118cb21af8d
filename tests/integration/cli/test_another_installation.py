"""Window staff, operators and agencies reach services anywhere by address and credentials."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from openjpki.cli.exit_codes import ExitCode
from openjpki.domain.authority import AuthorityId
from openjpki.domain.officers import Officer
from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from tests.support.agreements import agree
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN, issue_request, person_key
from tests.support.governors import APPROVER, PROPOSER, enrol_second
from tests.support.installation import answer, openjpki, refusal
from tests.support.mesh import Mesh
from tests.support.ocsp_service import Pair, running_pair
from tests.support.officers import Register
from tests.support.registration_service import (
    TOYAMA_CITY,
    RunningRegistration,
    fill_register,
    residents_of,
    running_registration,
)
from tests.support.window_officers import window_officer, write_key_of

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

WINDOW = ("--municipality", TOYAMA_CITY)
SIGNED = {"submit", "check-identity", "present-key", "decide", "take-over", "revoke"}
"""Commands whose request an officer signs."""


@dataclass
class Deployment:
    """Three services that know nothing of an embedded installation."""

    folder: Path
    pair: Pair
    registration: RunningRegistration

    def credentials(self, role: PeerRole, scope: str, subject: str = "") -> Path:
        """A folder as an operator of the mesh hands it out."""
        folder = self.folder / f"{role.value}-{scope}-{subject}"
        if not folder.exists():
            self.pair.ca.mesh.issue(role, scope, subject).write(folder)
        return folder

    def run(self, credentials: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """The command, in an empty folder: nothing embedded is there to fall back on."""
        port = {
            "window": self.registration.port,
            "governor": self.pair.ca.service.server.port,
        }.get(words[0], self.pair.ocsp.service.server.port)
        return openjpki(
            *words, "--target", f"127.0.0.1:{port}", "--credentials", str(credentials),
            cwd=self.folder,
        )  # fmt: skip

    def officer(self, name: str, *words: str) -> Any:
        folder = self.credentials(PeerRole.WINDOW_OFFICER, TOYAMA_CITY, name)
        signing = self.signing(name) if words[0] in SIGNED else ()
        return answer(self.run(folder, "window", *words, *WINDOW, *signing))

    def signing(self, name: str) -> tuple[str, ...]:
        """The officer's own key, which ca's operators have enrolled: a file, and what opens it."""
        file = name.replace("/", "-")
        key, passphrase = (self.folder / f"{file}.{what}" for what in ("signing", "passphrase"))
        if not key.exists():
            write_private(passphrase, b"only for tests\n")
            officer = name if "/" in name else window_officer(TOYAMA_CITY, name)
            write_key_of(officer, key, b"only for tests")
        return ("--signing-key", str(key), "--signing-passphrase-file", str(passphrase))

    def operator(self, *words: str) -> Any:
        folder = self.credentials(PeerRole.OPERATOR, "ocsp", "operator-7")
        return answer(self.run(folder, "verifier", *words))

    def agency(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.credentials(PeerRole.VERIFIER, "pension-office"), *words)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    for each in ("ca", "registration", "user"):
        (folder / each).mkdir()
    register = f"sqlite:///{folder / 'register.db'}"
    fill_register(register, residents_of(TOYAMA_CITY, 4))
    rules = folder / "rules.json"
    rules.write_text('{"version": "2027-04", "fees": {"issue": 500, "reissue": 1000}}')
    urls = (f"sqlite:///{folder / 'ca.db'}", f"sqlite:///{folder / 'ocsp.db'}")
    with (
        running_pair(folder, *urls, authorities=(TOYAMA,)) as pair,
        running_registration(
            folder / "registration",
            pair.ca.mesh,
            pair.ca.service.server.port,
            database_url=f"sqlite:///{folder / 'registration.db'}",
            register_url=register,
            window_rules=rules,
        ) as registration,
    ):
        yield Deployment(folder / "user", pair, registration)


@pytest.mark.requirement("R2.5.1", "R4.2")
def test_a_certificates_life_by_command(deployment: Deployment) -> None:
    person = residents_of(TOYAMA_CITY, 1)[0]
    write_private(deployment.folder / "passphrase", b"only for tests\n")
    (deployment.folder / "letter").write_text("letter")
    secret = ("--passphrase-file", "passphrase")

    submitted = deployment.officer(
        "officer-1", "submit", "--name", person.name, "--romanised-name", person.romanised_name,
        "--birth-date", person.birth_date, "--sex", "female", "--address", person.address,
    )  # fmt: skip
    application = submitted["application"]
    deployment.officer("officer-1", "check-identity", application)
    made = openjpki(
        "window", "make-key", "--key", "key", "--request", "p10", *secret, cwd=deployment.folder
    )
    made_key = answer(made)
    deployment.officer("officer-1", "present-key", application, "--request", "p10")
    early = deployment.run(
        deployment.credentials(PeerRole.WINDOW_OFFICER, TOYAMA_CITY, "officer-2"),
        "window", "decide", application, *WINDOW, "--request", "p10",
        "--certificate", "absent/user.pem",
    )  # fmt: skip
    assert early.returncode == ExitCode.USAGE
    from_the_service = deployment.run(
        deployment.credentials(PeerRole.WINDOW_OFFICER, TOYAMA_CITY, "officer-2"),
        "window", "decide", application, *WINDOW,
    )  # fmt: skip
    assert refusal(from_the_service)["field"] == "--request"
    assert deployment.officer("officer-1", "show", application)["state"] == "key-presented"
    decided = deployment.officer(
        "officer-2", "decide", application, "--fingerprint", made_key["fingerprint"],
        "--certificate", "user.pem", "--authority", "authority.pem",
    )  # fmt: skip
    assert decided["state"] == "issued"
    again = deployment.officer("officer-1", "show", application, "--certificate", "again.pem")
    assert again.items() >= decided.items()
    files = [deployment.folder / name for name in ("user.pem", "again.pem")]
    assert files[0].read_bytes() == files[1].read_bytes()

    deployment.operator("put", "pension-office", "--name", "年金事務所", "--authority", TOYAMA)
    agree(deployment.pair.ocsp, "pension-office", TOYAMA)
    assert "pension-office" in [one["verifier"] for one in deployment.operator("list")]
    openjpki(
        "sign", "letter", "--certificate", "user.pem", "--key", "key", *secret,
        cwd=deployment.folder,
    )  # fmt: skip
    trusted = ("--authority", f"{TOYAMA}=authority.pem")
    verified = answer(deployment.agency("verify", "letter", "letter.p7s", *trusted))
    assert verified["valid"] is True
    deployment.officer("officer-1", "revoke", "--serial", decided["serial"])
    authority = ("--authority", TOYAMA)
    told = deployment.agency("verifier", "check", decided["serial"], *authority)
    (checked,) = answer(told, ExitCode.NOT_VALID)
    assert (checked["status"], checked["reason"]) == ("revoked", "cessation-of-operation")

    padded = f"00{decided['serial'][2:]}"
    for done, field, label in (
        (
            deployment.agency("verifier", "check", padded, *authority),
            "serials", "serial numbers",
        ),
        (deployment.run(
            deployment.credentials(PeerRole.WINDOW_OFFICER, TOYAMA_CITY, "officer-1"),
            "window", "revoke", "--serial", padded, *WINDOW, *deployment.signing("officer-1"),
        ), "serial", "serial number"),
    ):  # fmt: skip
        assert done.returncode == ExitCode.REFUSED
        told = refusal(done)
        assert (told["error"], told["field"]) == ("INVALID_FIELD", field)
        assert told["label"] == label

    deployment.pair.ca.service.publisher.publish(AuthorityId.parse(TOYAMA), TOYAMA_CITY)
    listed = answer(
        deployment.agency("verifier", "download-crl", TOYAMA_CITY, *authority, "--to", "list.der")
    )
    assert listed["entries"] == 1
    before = (deployment.folder / "list.der").read_bytes()
    onto = ("--to", "list.der", "--force")
    refused = deployment.agency("verifier", "download-crl", "99999", *authority, *onto)
    assert refusal(refused)["error"] == "PARTITION_NOT_FOUND"
    assert (deployment.folder / "list.der").read_bytes() == before
    deployment.operator("remove", "pension-office", "--end-agreements")
    told = refusal(deployment.agency("verifier", "check", decided["serial"], *authority))
    assert told["error"] == "UNKNOWN_VERIFIER"


def test_a_colleague_takes_over_what_a_dismissed_officer_took(deployment: Deployment) -> None:
    """As docs/operations.md says of an officer whose key is lost."""
    person = residents_of(TOYAMA_CITY, 2)[1]
    write_private(deployment.folder / "passphrase", b"only for tests\n")
    application = deployment.officer(
        "officer-3", "submit", "--name", person.name, "--romanised-name", person.romanised_name,
        "--birth-date", person.birth_date, "--sex", "female", "--address", person.address,
    )["application"]  # fmt: skip
    deployment.officer("officer-1", "check-identity", application)
    made = openjpki(
        "window", "make-key", "--key", "their-key", "--request", "their-p10",
        "--passphrase-file", "passphrase", cwd=deployment.folder,
    )  # fmt: skip
    assert made.returncode == ExitCode.OK
    deployment.officer("officer-1", "present-key", application, "--request", "their-p10")
    Register("ca", deployment.pair.ca.channel).revoke(
        Officer.parse(window_officer(TOYAMA_CITY, "officer-3"))
    )
    decide = ("decide", application, "--request", "their-p10")
    folder = deployment.credentials(PeerRole.WINDOW_OFFICER, TOYAMA_CITY, "officer-2")
    decided = deployment.run(folder, "window", *decide, *WINDOW, *deployment.signing("officer-2"))
    assert refusal(decided)["error"] == "OFFICER_REVOKED"
    unsigned = deployment.run(folder, "window", "take-over", application, *WINDOW)
    assert refusal(unsigned)["field"] == "--signing-key"
    taken = deployment.officer("officer-1", "take-over", application)
    assert (taken["application"], taken["state"]) == (application, "key-presented")
    assert deployment.officer("officer-2", *decide)["state"] == "issued"


@pytest.mark.requirement("R5.1.2")
def test_a_fee_is_paid_receipted_and_reconciled(deployment: Deployment) -> None:
    person = residents_of(TOYAMA_CITY, 4)[3]
    application = deployment.officer(
        "officer-1", "submit", "--name", person.name, "--romanised-name", person.romanised_name,
        "--birth-date", person.birth_date, "--sex", "female", "--address", person.address,
    )["application"]  # fmt: skip
    due = deployment.officer("officer-1", "fee", application)
    assert (due["ground"], due["yen"], due["receipts"]) == ("ordinary", 500, [])
    paid = deployment.officer("officer-1", "take-fee", application, "--yen", "500")
    assert (paid["application"], paid["yen"], paid["void"]) == (application, 500, None)
    printed = deployment.officer("officer-1", "receipt", application, "--pdf", "receipt.pdf")
    assert printed["number"] == paid["number"]
    (page,) = PdfReader(deployment.folder / "receipt.pdf").pages
    text = page.extract_text()
    for said in ("領収証書", person.name, "500円", application, "富山県富山市"):
        assert said in text
    assert f"第{paid['number'].rpartition('-')[2]}号" in text

    void = deployment.officer(
        "officer-2", "void-fee", paid["number"], "--reason", "repaid", "--window", "002B"
    )
    assert (void["void"], void["voided_by"]) == ("repaid", "officer-2")
    assert void["voided_window"] == f"{TOYAMA_CITY}002B"
    fee = deployment.officer("officer-1", "fee", application)
    assert fee["receipts"] == [void]
    *lines, of_all = deployment.officer("officer-1", "totals", "--csv", "totals.csv")
    told = [(one["window"], one["taken_yen"], one["repaid_yen"], one["net_yen"]) for one in lines]
    assert told == [(f"{TOYAMA_CITY}001A", 500, 0, 500), (f"{TOYAMA_CITY}002B", 0, 500, -500)]
    assert (of_all["taken_yen"], of_all["repaid_yen"], of_all["net_yen"]) == (500, 500, 0)
    written = (deployment.folder / "totals.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(written.splitlines()))
    assert [row["net_yen"] for row in rows] == ["500", "-500", "0"]
    misread = deployment.run(
        deployment.credentials(PeerRole.WINDOW_OFFICER, TOYAMA_CITY, "officer-1"),
        "window", "void-fee", "12", *WINDOW, "--reason", "repaid",
    )  # fmt: skip
    assert misread.returncode == ExitCode.USAGE


@pytest.mark.requirement("R3.1.2c")
def test_a_governors_officer_revokes_ex_officio(deployment: Deployment) -> None:
    serial = deployment.pair.ca.certificates().IssueCertificate(issue_request(person_key())).serial
    folder = deployment.credentials(PeerRole.GOVERNOR_OFFICER, TOYAMA, "mori")

    def revoke(authority: str, *options: str) -> subprocess.CompletedProcess[str]:
        return deployment.run(
            folder, "governor", "revoke", authority, serial.hex(), "--cause", "change-notice",
            *options,
        )  # fmt: skip

    unsigned = revoke("16")
    assert (unsigned.returncode, refusal(unsigned)["field"]) == (ExitCode.REFUSED, "--signing-key")
    signing = deployment.signing(f"governor-officer/{TOYAMA}/mori")
    assert refusal(revoke("37", *signing))["error"] == "OUT_OF_SCOPE"
    revoked = answer(revoke("16", *signing))
    assert (revoked["authority"], revoked["serial"]) == (TOYAMA, serial.hex())
    assert refusal(revoke("16", *signing))["error"] == "ALREADY_REVOKED"


@pytest.mark.requirement("R3.1.2c", "L3")
def test_two_governors_officers_revoke_for_a_false_application(deployment: Deployment) -> None:
    ca = deployment.pair.ca
    enrol_second(ca.service.ca.database)
    serial = ca.certificates().IssueCertificate(issue_request(person_key())).serial.hex()

    def governor(account: str, *words: str, signs: bool = True) -> subprocess.CompletedProcess[str]:
        folder = deployment.credentials(PeerRole.GOVERNOR_OFFICER, TOYAMA, account)
        signing = deployment.signing(f"governor-officer/{TOYAMA}/{account}") if signs else ()
        return deployment.run(folder, "governor", *words, *signing)

    cause = ("--cause", "false-application")
    proposed = answer(governor(PROPOSER, "propose-revocation", "16", serial, *cause))
    assert (proposed["state"], proposed["serial"]) == ("open", serial)
    waits = answer(governor(APPROVER, "proposals", "16", signs=False))
    assert proposed in waits
    approve = ("approve-revocation", "16", proposed["proposal"], "--serial", serial)
    assert refusal(governor(PROPOSER, *approve, *cause))["error"] == "SAME_OFFICER"
    mistaken = refusal(governor(APPROVER, *approve, "--cause", "fact-wrong"))
    assert mistaken["error"] == "EVIDENCE_SIGNATURE_INVALID"
    done = answer(governor(APPROVER, *approve, *cause))
    assert (done["state"], done["cause"]) == ("done", "false-application")
    withdraw = ("withdraw-revocation", "16", proposed["proposal"])
    late = refusal(governor(PROPOSER, *withdraw, signs=False))
    assert (late["error"], late["metadata"]["state"]) == ("WRONG_STATE", "done")
    of_it = answer(governor(PROPOSER, "proposals", "16", "--serial", serial, signs=False))
    assert of_it == [done]


def test_who_acts_is_who_the_certificate_names(deployment: Deployment) -> None:
    """Whatever --officer says: an agency's credentials are no officer's."""
    folder = deployment.credentials(PeerRole.VERIFIER, "pension-office")
    words = ("show", "00000000-0000-4000-8000-000000000000", "--officer", "officer-1")
    told = refusal(deployment.run(folder, "window", *words, *WINDOW))
    assert told["error"] == "ROLE_NOT_ALLOWED"


def test_strangers_are_told_so(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mesh of the same name with another authority, and the right one with another name."""
    monkeypatch.delenv("GRPC_VERBOSITY")
    stranger = Mesh(tmp_path, TRUST_DOMAIN).files(PeerRole.VERIFIER, "pension-office")
    own = deployment.credentials(PeerRole.VERIFIER, "pension-office")
    words = ("verifier", "check", "01", "--authority", TOYAMA)
    for folder, options, rule in [
        (stranger.certificate.parent, (), "no certificate of our mesh"),
        (own, ("--trust-domain", "elsewhere.example"), "another mesh"),
    ]:
        done = deployment.run(folder, *words, *options)
        assert done.returncode == ExitCode.UNAVAILABLE
        # One refusal, without anything that gRPC writes beside it.
        assert rule in refusal(done)["message"]


def test_a_host_name_nobody_has(deployment: Deployment) -> None:
    folder = deployment.credentials(PeerRole.VERIFIER, "pension-office")
    words = ("--target", "nowhere.invalid:1", "--credentials", str(folder))
    told = refusal(openjpki("verifier", "list", *words, cwd=deployment.folder))
    assert told["message"] == "the service's host name can't be resolved"


def test_credentials_that_are_none(deployment: Deployment, tmp_path: Path) -> None:
    good = deployment.credentials(PeerRole.VERIFIER, "pension-office")
    words = ("verifier", "check", "01", "--authority", "signing-16")

    def told_of(folder: Path) -> str:
        done = deployment.run(folder, *words)
        assert done.returncode == ExitCode.REFUSED
        told = refusal(done)
        assert told["field"] == "--credentials"
        return str(told["message"])

    assert told_of(tmp_path / "absent") == f"there is no tls.crt in {tmp_path / 'absent'}"
    for file, content, rule in [
        ("tls.crt", b"nonsense", "is no PEM certificate chain"),
        ("tls.key", b"nonsense", "is no unencrypted PEM private key"),
        ("ca.crt", b"nonsense", "is no PEM bundle of certificates"),
        ("tls.key", None, "can't be read (No such file or directory)"),
    ]:
        broken = tmp_path / "broken"
        shutil.copytree(good, broken)
        (broken / file).unlink()
        if content is not None:
            write_private(broken / file, content)
        assert told_of(broken) == f"{broken / file}: {rule}"
        shutil.rmtree(broken)


def test_a_key_that_others_can_read_is_nobodys_credential(
    deployment: Deployment, tmp_path: Path
) -> None:
    """Nor is one that they can write. A group may read: so a pod finds a Secret (fsGroup)."""
    shutil.copytree(deployment.credentials(PeerRole.OPERATOR, "ocsp", "operator-7"), tmp_path / "o")
    key = tmp_path / "o" / "tls.key"
    for mode in (0o644, 0o604, 0o602):
        key.chmod(mode)
        done = deployment.run(tmp_path / "o", "verifier", "list")
        told = refusal(done)
        assert (told["error"], told["field"]) == ("INVALID_FIELD", "--credentials")
        assert told["message"].startswith(f"{key}: is open to others")
    key.chmod(0o440)
    answer(deployment.run(tmp_path / "o", "verifier", "list"))


def test_a_target_alone_asks_for_credentials(deployment: Deployment) -> None:
    told = refusal(openjpki("verifier", "list", "--target", "127.0.0.1:1", cwd=deployment.folder))
    assert told["field"] == "--credentials"
    assert "tls.crt" in told["message"]


def test_the_environment_names_each_services_place(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "OPENJPKI_OCSP_TARGET", f"127.0.0.1:{deployment.pair.ocsp.service.server.port}"
    )
    monkeypatch.setenv("OPENJPKI_REGISTRATION_TARGET", "127.0.0.1:1")
    monkeypatch.setenv(
        "OPENJPKI_CREDENTIALS", str(deployment.credentials(PeerRole.OPERATOR, "ocsp", "operator-7"))
    )
    assert answer(openjpki("verifier", "list", cwd=deployment.folder))
