"""Links of people who applied before links were kept, or whose application is known again after a
restore: made from the register, for whoever is still in it."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from openjpki.storage.registration import register_links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.kernel.transaction import Transaction

_AT_ONCE = 1_000


def link_residents(registration: RegistrationContext) -> int:
    """How many links were made. Whoever has left the register gets none, and is counted in the
    monthly reconciliation. Raises ``SERVICE_UNAVAILABLE``."""
    with registration.database.reading() as tx:
        unlinked = register_links.unlinked(tx)
    made = 0
    for code, persons in sorted(unlinked.items()):
        links = _links(registration, code, persons)
        while some := list(islice(links, _AT_ONCE)):
            registration.database.run(partial(_keep, code, some))
            made += len(some)
    return made


_Link = tuple[bytes, bytes]
"""A link and the reference of the person."""


def _keep(code: str, links: list[_Link], tx: Transaction) -> None:
    for link, person in links:
        register_links.add(tx, code, link, person)


def _links(registration: RegistrationContext, code: str, persons: set[bytes]) -> Iterator[_Link]:
    references = registration.references
    for number in registration.register.numbers_of(code):
        person = references.of(number)
        if person in persons:
            yield references.link(code, number), person
