"""Makes the key of ca's receipts at the first start, and tells registration of it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from openjpki.cli.arguments import public_key_pem
from openjpki.config.ca import CaSettings
from openjpki.config.loading import load_settings
from openjpki.rpc.identity.private_files import write_public
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.receipts.receipt_key import make_receipt_key
from openjpki.services.common.keys import open_keys

if TYPE_CHECKING:
    from openjpki_devkit.embedded.layout import Layout


def prepare_receipt_key(layout: Layout) -> None:
    """The key of ca's settings, unless it is there; its public half where registration looks."""
    settings = load_settings(CaSettings, layout.settings(PeerRole.CA))
    with closing(open_keys(settings.keys)) as backend:
        public = make_receipt_key(settings.ca.signs_receipts, backend).public_key
    layout.receipt_keys.mkdir(mode=0o700, exist_ok=True)
    write_public(layout.receipt_keys / "ca-1.pem", public_key_pem(public.spki_der))
