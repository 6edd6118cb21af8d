"""Makes the services' databases at the first start: no service makes its own."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from openjpki.cli.service_database import service_database
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade
from openjpki_devkit.embedded.layout import SERVICES

if TYPE_CHECKING:
    from openjpki_devkit.embedded.layout import Layout


def prepare_databases(layout: Layout) -> None:
    """Those that are not there; of others the services bring the schema forward."""
    for service in SERVICES:
        url = service_database(service, layout.settings(service), layout.root, begun=False)
        with closing(Database(url)) as database:
            if database.not_begun:
                upgrade(database, service.value)
