"""What a credential of the mesh reaches: the scope of services and operators (docs/identities.md).

    municipal  = "nationwide" / area *( "." area )            ; registration
    area       = prefecture / municipality                    ; 13, 13101
    status     = "nationwide" / authority *( "." authority )  ; ocsp: signing-13.signing-27
    operated   = service *( "." authority )                   ; operator: ca, ca.signing-13

Each scope has one spelling: items rise and none repeats or lies within another, so that two ids are
never the same credential. Nothing means everything by being left out, but for an operator's
authorities: who operates a service without naming any operates it for all.
"""

from __future__ import annotations

from dataclasses import dataclass

from openjpki.domain.authority import AuthorityId
from openjpki.domain.municipality import Municipality, Prefecture
from openjpki.errors import OpenJpkiError, Reason

NATIONWIDE = "nationwide"
"""The scope of a credential that serves every municipality or authority."""

_JOINT = "."
_PREFECTURE_DIGITS = 2


@dataclass(frozen=True, slots=True)
class ServedScope:
    """Municipalities and authorities that a credential may speak for."""

    everything: bool = False
    authorities: frozenset[AuthorityId] = frozenset()
    prefectures: frozenset[Prefecture] = frozenset()
    municipalities: frozenset[Municipality] = frozenset()

    @classmethod
    def of_municipalities(cls, text: str) -> ServedScope:
        """A registration service's. Raises ``INVALID_FIELD``, ``UNKNOWN_MUNICIPALITY``."""
        if text == NATIONWIDE:
            return EVERYTHING
        items = _items(text)
        prefectures = frozenset(Prefecture(one) for one in items if len(one) == _PREFECTURE_DIGITS)
        codes = (one for one in items if len(one) != _PREFECTURE_DIGITS)
        municipalities = frozenset(Municipality(code) for code in codes)
        if any(one.prefecture in prefectures for one in municipalities):
            raise _refused("names a municipality beside its prefecture")
        return cls(prefectures=prefectures, municipalities=municipalities)

    @classmethod
    def of_authorities(cls, text: str) -> ServedScope:
        """A status service's. Raises ``INVALID_FIELD``."""
        if text == NATIONWIDE:
            return EVERYTHING
        return cls(authorities=_authorities(_items(text)))

    def covers(self, other: ServedScope) -> bool:
        """Whether all that the other reaches is within this one, and it reaches something."""
        if self.everything or other.everything:
            return self.everything
        reached = [
            *map(self.serves_authority, other.authorities),
            *map(self.serves_municipality, other.municipalities),
            *(self._serves_prefecture(one) for one in other.prefectures),
        ]
        return bool(reached) and all(reached)

    def _serves_prefecture(self, prefecture: Prefecture) -> bool:
        return prefecture in self.prefectures or any(
            one.prefecture == prefecture for one in self.authorities
        )

    def serves_authority(self, authority_id: AuthorityId) -> bool:
        """Whether it may speak to this authority: a municipality may to those of its prefecture."""
        if self.everything or authority_id in self.authorities:
            return True
        prefecture = authority_id.prefecture
        return prefecture is not None and (
            prefecture in self.prefectures
            or any(one.prefecture == prefecture for one in self.municipalities)
        )

    def serves_municipality(self, municipality: Municipality) -> bool:
        """Whether it may speak for this municipality: an authority may for its prefecture's."""
        return (
            self.everything
            or municipality in self.municipalities
            or municipality.prefecture in self.prefectures
            or any(one.prefecture == municipality.prefecture for one in self.authorities)
        )


EVERYTHING = ServedScope(everything=True)
"""Every municipality and every authority."""


@dataclass(frozen=True, slots=True)
class OperatedScope:
    """What an operator operates."""

    service: str
    """The service's role, as ids spell it."""
    reach: ServedScope
    """For which of the authorities there."""

    @classmethod
    def parse(cls, text: str) -> OperatedScope:
        """An operator's scope. Raises ``INVALID_FIELD``; whether there is such a service is for
        the caller to say."""
        service, joint, rest = text.partition(_JOINT)
        if not joint:
            return cls(service, EVERYTHING)
        return cls(service, ServedScope(authorities=_authorities(_items(rest))))


def _items(text: str) -> list[str]:
    items = text.split(_JOINT)
    if items != sorted(set(items)):
        raise _refused("must name each once, in rising order")
    return items


def _authorities(items: list[str]) -> frozenset[AuthorityId]:
    return frozenset(AuthorityId.parse(one, field="scope") for one in items)


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field="scope")
