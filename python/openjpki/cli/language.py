"""In which language the command line speaks of refusals: as told, or as the locale says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""In the order in which POSIX looks at them; the first that is not empty decides."""


def of_locale(environment: Mapping[str, str]) -> Language:
    """Japanese under a Japanese locale (``ja_JP.UTF-8``), English under any other."""
    locale = next((environment[one] for one in _VARIABLES if environment.get(one)), "")
    return Language.JA if locale.split("_")[0].split(".")[0] == "ja" else Language.EN
