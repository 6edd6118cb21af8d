"""In which language the command line speaks: as told, or as the locale says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""In the order in which POSIX looks at them; the first that is not empty decides."""


VARIABLE = "OPENJPKI_LANGUAGE"
"""Goes before the locale."""


def of_run(asked: str | None, environment: Mapping[str, str]) -> Language:
    """As the words ask, else the variable, else the locale; what is no language says nothing, and
    whoever reads the words refuses it."""
    for said in (asked, environment.get(VARIABLE)):
        if said in set(Language):
            return Language(said)
    return of_locale(environment)


def of_locale(environment: Mapping[str, str]) -> Language:
    """Japanese under a Japanese locale (``ja_JP.UTF-8``), English under any other."""
    locale = next((environment[one] for one in _VARIABLES if environment.get(one)), "")
    return Language.JA if locale.split("_")[0].split(".")[0] == "ja" else Language.EN
