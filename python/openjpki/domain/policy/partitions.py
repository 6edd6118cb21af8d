"""Partitions of the users' revocation list: one per municipality, several for large cities."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003  the policy document reads field types
from dataclasses import dataclass, field

from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason

MAX_PARTITIONS = 999
_PARTITION = re.compile(r"([0-9]{5})(?:-([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Partition:
    """The scope of one list; written ``13101``, or ``14100-2`` where a city has several.

    Fixed in a certificate when it is issued.
    """

    municipality: Municipality
    number: int | None = None
    """1 to 999; None for a municipality that is not divided."""

    def __post_init__(self) -> None:
        if self.number is not None and not 1 <= self.number <= MAX_PARTITIONS:
            raise OpenJpkiError(Reason.PARTITION_NOT_FOUND, "must be 1 to 999", field="partition")

    @classmethod
    def parse(cls, text: str, *, field: str = "partition") -> Partition:
        """Raises PARTITION_NOT_FOUND for another shape, UNKNOWN_MUNICIPALITY for its code."""
        match = _PARTITION.fullmatch(text)
        if match is None:
            raise OpenJpkiError(
                Reason.PARTITION_NOT_FOUND,
                "must be a municipal code, and a hyphen and 1 to 999 where there are several",
                field=field,
            )
        code, number = match.groups()
        return cls(Municipality.parse(code, field=field), int(number) if number else None)

    @property
    def text(self) -> str:
        """``<municipal code>`` or ``<municipal code>-<number>``."""
        code = self.municipality.code
        return code if self.number is None else f"{code}-{self.number}"


@dataclass(frozen=True, slots=True)
class PartitionPolicy:
    """How many partitions each municipality has at present."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """Number by five-digit municipal code, where it is not one."""

    def of(self, municipality: Municipality) -> tuple[Partition, ...]:
        """The partitions new certificates of ``municipality`` are spread over."""
        count = self.counts.get(municipality.code, 1)
        if count == 1:
            return (Partition(municipality),)
        return tuple(Partition(municipality, number) for number in range(1, count + 1))

    def assign(self, municipality: Municipality, serial: int) -> Partition:
        """The partition of a new certificate, spread evenly by its (random) serial.

        Counts may change later, so the answer is stored with the certificate and never recomputed.
        """
        partitions = self.of(municipality)
        return partitions[serial % len(partitions)]
