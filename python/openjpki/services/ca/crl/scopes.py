"""What revocation lists an authority makes: one per partition, and the authority list (R4.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import lists
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION
from openjpki.x509.crl.scope import Covers, freshest_der, issuing_distribution_point_der
from openjpki.x509.profiles.names import partition_name

if TYPE_CHECKING:
    from openjpki.domain.generation import Generation
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.storage.kernel.transaction import Reading


@dataclass(frozen=True, slots=True)
class Scope:
    """What one list covers."""

    partition: str
    """As in a certificate, or ``authority``."""
    der: bytes
    """Value of issuingDistributionPoint."""
    freshest: bytes | None = None
    """Value of freshestCRL; None where policy has no delta lists, or of the authority list, which
    is made at every change."""


def partitions_of(tx: Reading, authority: Authority, generation: Generation) -> list[str]:
    """Every partition that needs a generation's list, also those without any entry, sorted.

    Those of today's policy for every municipality of the prefecture, those of earlier ones that
    certificates may still point to, and the authority list.
    """
    by_policy = {
        partition.text
        for municipality in authority.prefecture.municipalities
        for partition in authority.policy.partitions.of(municipality)
    }
    in_use = lists.partitions_in_use(tx, authority.authority_id, generation.number)
    return sorted(by_policy | in_use | {AUTHORITY_PARTITION})


def require_partition(
    tx: Reading, authority: Authority, generation: Generation, partition: str
) -> str:
    """A partition of this authority. Raises ``PARTITION_NOT_FOUND``."""
    if partition not in partitions_of(tx, authority, generation):
        raise OpenJpkiError(
            Reason.PARTITION_NOT_FOUND, "is not a partition of this authority", field="partition"
        )
    return partition


def scope_of(authority: Authority, generation: Generation, partition: str) -> Scope:
    """The scope of a partition's list, equal to the distribution point of its certificates.

    The name in it is the same for every generation, whose lists differ in key identifier,
    signature and, where they have one, address.
    """
    if partition == AUTHORITY_PARTITION:
        return Scope(partition, issuing_distribution_point_der(authority.name, Covers.AUTHORITIES))
    point = partition_name(authority.name, partition)
    policy = authority.policy
    address = policy.list_address(partition, generation.number)
    freshest = (
        freshest_der(point, uri=policy.delta_list_address(partition, generation.number))
        if policy.crl.delta_period is not None
        else None
    )
    return Scope(
        partition, issuing_distribution_point_der(point, Covers.USERS, uri=address), freshest
    )
