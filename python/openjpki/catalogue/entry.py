"""What the catalogue says of one reason, and what every reason can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openjpki.catalogue.audience import Audience


class Language(StrEnum):
    """A language that the service speaks to people (ISO 639-1)."""

    JA = "ja"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in every language."""

    ja: str
    en: str

    def in_language(self, language: Language) -> str:
        """The words in one of them."""
        return self.ja if language is Language.JA else self.en


@dataclass(frozen=True, slots=True)
class Entry:
    """What reason.proto says of a reason; see ``CatalogueEntry`` there."""

    number: int
    """Of the enum's value: two reasons never have one, so that no member becomes an alias."""
    code: str
    audience: Audience
    retryable: bool
    text: Text
    next_step: Text


class CataloguedReason(Enum):
    """A reason, asked for what its entry says."""

    @property
    def entry(self) -> Entry:
        """What the catalogue says of it."""
        value = self.value
        if not isinstance(value, Entry):
            raise TypeError("a reason's value is its entry")
        return value

    @property
    def grpc_code(self) -> str:
        """Name of the gRPC status code, e.g. ``INVALID_ARGUMENT``."""
        return self.entry.code

    @property
    def audience(self) -> Audience:
        """Who can put it right."""
        return self.entry.audience

    @property
    def retryable(self) -> bool:
        """Whether the same call, made again later, may succeed."""
        return self.entry.retryable

    def text(self, language: Language) -> str:
        """What is wrong, in one sentence for people."""
        return self.entry.text.in_language(language)

    def next_step(self, language: Language) -> str:
        """What to do about it, in a sentence or two for people."""
        return self.entry.next_step.in_language(language)


@dataclass(frozen=True, slots=True)
class PathEntry:
    """What path.proto says of a reason against a path."""

    number: int
    """Of the enum's value."""
    text: Text


class CataloguedPathReason(Enum):
    """A reason against a path, asked for its words."""

    @property
    def stable_name(self) -> str:
        """As what decides writes it, and JSON: ``name_excluded``."""
        return self.name.lower()

    @property
    def number(self) -> int:
        """Of the contract's value."""
        return self._entry.number

    def text(self, language: Language) -> str:
        """What is wrong, in one sentence for people."""
        return self._entry.text.in_language(language)

    @property
    def _entry(self) -> PathEntry:
        value = self.value
        if not isinstance(value, PathEntry):
            raise TypeError("a reason's value is its entry")
        return value
