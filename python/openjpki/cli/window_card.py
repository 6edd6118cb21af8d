"""`openjpki window write-card`: the certificate and the governor's own onto the card (R2.4.2)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated

import typer
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli import output
from openjpki.cli.card import CardModuleOption, PinFileOption, open_card
from openjpki.cli.card import write_card as write_to
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.trusted import TrustedOption, trusted
from openjpki.cli.window_caller import MunicipalityOption, OfficerOption, window_service
from openjpki.cli.window_paper import require_meant
from openjpki.client.authorities import find_issuer
from openjpki.domain.authority import AuthorityId
from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.profiles.said_by_certificate import said_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.client import TrustedAuthority


@reaching(PeerRole.REGISTRATION)
def write_card(
    access: ServiceAccess,
    application: Annotated[str, typer.Argument(help="Application id, from `window submit`.")],
    municipality: MunicipalityOption,
    authority: TrustedOption,
    card: Annotated[
        str, typer.Option("--card", help="Label of the PKCS#11 token that has the key.")
    ],
    card_module: CardModuleOption = None,
    pin_file: PinFileOption = None,
    officer: OfficerOption = "officer-1",
) -> None:
    """⑦: write the certificate and the governor's own to the card, and read them back."""
    authorities = trusted(authority)
    request = pb.GetApplicationRequest(municipality_code=municipality, application_id=application)
    with window_service(access, municipality, officer) as service:
        found = service.GetApplication(request).application
    if not found.certificate:
        raise OpenJpkiError(Reason.WRONG_STATE, "has no certificate", field="application_id")
    require_meant(found, said_by(found.certificate), application)
    issuer = governor_of(found.certificate, authorities, Municipality.parse(municipality))
    with open_card(card, card_module, pin_file) as opened:
        write_to(opened, found.certificate, issuer)
    output.emit(
        {
            "application": found.application_id,
            "serial": found.serial.hex(),
            "card": card,
            "certificate_sha256": hashlib.sha256(found.certificate).hexdigest(),
            "authority_sha256": hashlib.sha256(issuer).hexdigest(),
        }
    )


def governor_of(
    certificate: bytes, authorities: Iterable[TrustedAuthority], municipality: Municipality
) -> bytes:
    """The self-signed certificate, DER, of the governor who issued the certificate: the one whose
    key signed it among those that are trusted, never one that comes with it.

    Raises ``CERTIFICATE_REFUSED`` where none of the prefecture's did.
    """
    own = AuthorityId.signing(municipality.prefecture.number)
    issuer = find_issuer(
        read_certificate(certificate), [one for one in authorities if one.authority_id == own]
    )
    if issuer is None:
        raise OpenJpkiError(
            Reason.CERTIFICATE_REFUSED,
            f"did not issue the certificate; name {own} with its own certificate",
            field="--authority",
        )
    return issuer.certificate.public_bytes(Encoding.DER)
