"""Foreign infrastructures for tests, made with openssl, also such as nobody should trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki_devkit.demo.foreign_pki import ForeignAuthority, PolicyPair
from tests.support.openssl import openssl

if TYPE_CHECKING:
    from pathlib import Path

BRIDGE_POLICY = "1.3.6.1.4.1.32473.8.2.1"
GOVERNMENT_POLICY = "1.3.6.1.4.1.32473.9.1.1"
MINISTRY_POLICY = "1.3.6.1.4.1.32473.9.2.1"
TO_MINISTRY = PolicyPair(GOVERNMENT_POLICY, MINISTRY_POLICY)


@dataclass(frozen=True)
class OddAuthority(ForeignAuthority):
    """A foreign authority that also does what it should not."""

    def certify(self, request: bytes, name: str, extensions: str, *, days: int = 1825) -> bytes:
        """A certificate with just these extensions (openssl's configuration), DER."""
        (self.folder / f"{name}.request.der").write_bytes(request)
        (self.folder / f"{name}.ext").write_text(extensions)
        self.run(
            f"x509 -req -inform DER -in {name}.request.der -sha256 -days {days} -CA authority.pem"
            f" -CAkey key.pem -extfile {name}.ext -out {name}.pem"
        )
        return self.der("x509", name)

    def odd_cross(
        self,
        request: bytes,
        name: str,
        pair: PolicyPair = TO_MINISTRY,
        *,
        constraints: str = "CA:TRUE",
        usage: str = "keyCertSign, cRLSign",
        days: int = 1825,
    ) -> bytes:
        """A cross certificate, as good as it is told to be; DER."""
        extensions = f"""
            basicConstraints = critical, {constraints}
            keyUsage = critical, {usage}
            certificatePolicies = critical, {pair.issuer}
            policyMappings = {pair.issuer}:{pair.subject}
            policyConstraints = critical, requireExplicitPolicy:0
            subjectKeyIdentifier = hash
            authorityKeyIdentifier = keyid
            """
        return self.certify(request, name, extensions, days=days)

    def odd_list(self, options: str) -> bytes:
        """A list made with these options of ``openssl ca``, DER."""
        self.run(f"ca -config openssl.cnf -gencrl {options} -out odd.pem")
        return self.der("crl", "odd")

    def der(self, kind: str, name: str) -> bytes:
        """A PEM file of this authority's folder as DER."""
        self.run(f"{kind} -in {name}.pem -outform DER -out {name}.der")
        return (self.folder / f"{name}.der").read_bytes()

    def run(self, arguments: str) -> None:
        """openssl in this authority's folder."""
        done = openssl(self.folder, arguments)
        assert done.returncode == 0, done.stderr


def authority(folder: Path, name: str, policy: str) -> OddAuthority:
    """A new authority ``OU=<name>``."""
    made = OddAuthority(folder / name, f"/C=JP/O=Example Government/OU={name}", policy)
    made.create()
    return made
