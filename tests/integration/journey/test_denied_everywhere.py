"""Every service keeps a deny list, which its own operators change by the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.cli.exit_codes import ExitCode
from openjpki.rpc.identity.peer import read_certificate
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.layout import TRUST_DOMAIN
from tests.support.contracts import SERVERS
from tests.support.installation import answer, openjpki, refusal

if TYPE_CHECKING:
    from tests.support.installation import RunningInstallation

LEAVER = f"spiffe://{TRUST_DOMAIN}/operator"


@pytest.mark.parametrize("server", list(SERVERS), ids=str)
def test_one_operator_denies_and_another_allows(
    installation: RunningInstallation, server: PeerRole
) -> None:
    home = installation.installation.layout.root
    credential = f"{LEAVER}/{server.value}/operator-leaver"
    leaver = installation.peer(PeerRole.OPERATOR, server.value, "operator-leaver")
    own = ("--credentials", str(leaver.certificate.parent))

    def mesh(*words: str) -> tuple[str, ...]:
        return ("mesh", words[0], "--service", server.value, *words[1:])

    assert answer(openjpki(*mesh("denied", *own), home=home)) == []
    told = answer(openjpki(*mesh("deny", credential, "--cause", "left"), home=home))
    assert told["credential"] == credential
    assert told["denied_by"] == f"{LEAVER}/{server.value}/operator-1"
    out = openjpki(*mesh("denied", *own), home=home)
    assert refusal(out)["error"] == "CREDENTIAL_DENIED"
    same = openjpki(*mesh("allow", credential, "--operator", "operator-1"), home=home)
    assert same.returncode == ExitCode.REFUSED
    assert refusal(same)["error"] == "SAME_OPERATOR"
    answer(openjpki(*mesh("allow", credential), home=home))

    # By its certificate alone, which the file names.
    certificate = leaver.certificate
    told = answer(openjpki(*mesh("deny", str(certificate), "--cause", "compromised"), home=home))
    peer = read_certificate(certificate.read_bytes(), TRUST_DOMAIN)
    assert told["credential"] == peer.fingerprint
    assert refusal(openjpki(*mesh("denied", *own), home=home))["error"] == "CREDENTIAL_DENIED"
    answer(openjpki(*mesh("allow", peer.fingerprint), home=home))
    assert answer(openjpki(*mesh("denied", *own), home=home)) == []


def test_an_operator_has_no_word_at_another_service(installation: RunningInstallation) -> None:
    home = installation.installation.layout.root
    tls = installation.peer(PeerRole.OPERATOR, "ca", "operator-1")
    words = ("mesh", "denied", "--service", "ocsp", "--credentials", str(tls.certificate.parent))
    assert refusal(openjpki(*words, home=home))["error"] == "ROLE_NOT_ALLOWED"
