"""The embedded installation as one object: prepared, started, explained."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from openjpki.cli import output
from openjpki.config.clock import SystemClock
from openjpki.config.parts import Pkcs11KeysPart
from openjpki.domain.authority import AuthorityId
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.agency_folder import write_agency_folder
from openjpki_devkit.embedded.authorities import authority_certificates, prepare_authorities
from openjpki_devkit.embedded.databases import prepare_databases
from openjpki_devkit.embedded.guide import guide, guide_record
from openjpki_devkit.embedded.layout import SERVICES, KeyKind, Layout, Ports
from openjpki_devkit.embedded.officers import enrol_officers, usual_officers
from openjpki_devkit.embedded.peers import usual_peers, write_credentials
from openjpki_devkit.embedded.processes import Processes
from openjpki_devkit.embedded.receipt_key import prepare_receipt_key
from openjpki_devkit.embedded.residents import next_resident, prepare_register
from openjpki_devkit.embedded.responders import prepare_responders
from openjpki_devkit.embedded.settings_files import write_settings
from openjpki_devkit.embedded.softhsm import SoftHsm, find_module
from openjpki_devkit.embedded.usual_verifier import register_usual_verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


__all__ = ["MUNICIPALITIES", "Installation", "KeyKind"]

MUNICIPALITIES = ("13101", "13104", "27100", "27140")
"""千代田区, 新宿区, 大阪市, 堺市."""

_DEVICE = "authorities"
"""Name of the token."""


@dataclasses.dataclass(frozen=True, slots=True)
class Installation:
    """Everything on this machine, below one folder."""

    layout: Layout
    ports: Mapping[PeerRole, Ports]
    keys: KeyKind
    authorities: Sequence[AuthorityId]
    municipalities: Sequence[str]
    """Whose windows have officers and whose residents are made up."""

    @classmethod
    def usual(cls, folder: Path, keys: KeyKind) -> Installation:
        """Tokyo and Osaka, on the documented ports."""
        return cls._of(folder, keys, {service: Ports.usual(service) for service in SERVICES})

    @classmethod
    def beside(cls, folder: Path, keys: KeyKind) -> Installation:
        """The same on free ports, so that it disturbs nothing that runs already."""
        return cls._of(folder, keys, {service: Ports.free() for service in SERVICES})

    @classmethod
    def _of(cls, folder: Path, keys: KeyKind, ports: Mapping[PeerRole, Ports]) -> Installation:
        authorities = sorted({AuthorityId.signing(code[:2]) for code in MUNICIPALITIES})
        return cls(Layout(folder.resolve()), ports, keys, authorities, MUNICIPALITIES)

    def prepare(self, progress: Callable[[str], None]) -> None:
        """Makes what is missing: credentials, settings, authorities, residents. Safe to repeat;
        what exists already stays, except credentials, which are made anew."""
        self.layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        progress("mesh credentials")
        write_credentials(
            self.layout, SystemClock(), usual_peers(self.municipalities, self.authorities)
        )
        progress("settings")
        write_settings(self.layout, self.ports, self._device())
        progress("databases")
        prepare_databases(self.layout)
        progress("key of the receipts")
        prepare_receipt_key(self.layout)
        for authority_id in self.authorities:
            progress(f"authority {authority_id}: key and self-signed certificate")
            prepare_authorities(self.layout, [authority_id])
        progress("keys of the OCSP responders")
        prepare_responders(self.layout, self.authorities)
        progress("resident register")
        prepare_register(self.layout, self.municipalities)

    def processes(self) -> Processes:
        """The services, not yet started."""
        return Processes(self.layout, self.ports, self._environment())

    def write_endpoints(self) -> None:
        """Says where the running services are, for other commands of `openjpki`."""
        ports = {service.value: dataclasses.asdict(own) for service, own in self.ports.items()}
        self.layout.endpoints.write_text(json.dumps(ports, indent=2))

    def enrol_usual_officers(self) -> None:
        """Has ca and bridge know the officers here by their signing keys; safe to repeat."""
        officers = usual_officers(self.municipalities, self.authorities)
        enrol_officers(self.layout, self.ports, officers)

    def register_usual_verifier(self) -> None:
        """Lets the tax office ask about every authority here, and writes its program's folder."""
        register_usual_verifier(self.layout, self.ports, self.authorities)
        certificates = authority_certificates(self.layout)
        write_agency_folder(self.layout, self.ports[PeerRole.OCSP], certificates)

    def print_guide(self) -> None:
        """Prints what runs where and what to do next."""
        resident = next_resident(self.layout)
        if output.is_json():
            output.emit(guide_record(self.layout, self.ports, resident))
        else:
            output.stdout.print(guide(self.layout, self.ports, resident))

    def _device(self) -> Pkcs11KeysPart | None:
        if self.keys is KeyKind.SOFTWARE:
            return None
        hsm = SoftHsm.create(self.layout.softhsm)
        hsm.use()
        pin_file = hsm.pin_file(_DEVICE)
        if not pin_file.exists():
            hsm.add_token(_DEVICE)
        return Pkcs11KeysPart(
            kind="pkcs11", module_path=find_module(), token_label=_DEVICE, pin_file=pin_file
        )

    def _environment(self) -> dict[str, str]:
        if self.keys is KeyKind.SOFTWARE:
            return {}
        return SoftHsm(self.layout.softhsm).environment
