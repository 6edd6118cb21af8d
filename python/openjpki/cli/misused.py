"""Values of the command line that can't be taken."""

from __future__ import annotations

import sys
from typing import Any

import typer

from openjpki.errors import Text


class Misused(typer.BadParameter):
    """A value that can't be taken, and the rule in both languages."""

    def __init__(self, rule: Text, **where: Any) -> None:
        super().__init__(rule.en, **where)
        self.rule = rule


def no_characters(parameter: Any, context: Any) -> Misused:
    """Of a value that was typed, or written into a script, in another encoding."""
    encoding = sys.getfilesystemencoding()
    return Misused(
        Text(
            ja=f"この環境の文字コード（{encoding}）では文字になりません。"
            "LANGまたはLC_ALLの文字コードで指定してください。",
            en=f"holds octets that are no characters in this locale's encoding ({encoding})",
        ),
        param=parameter,
        ctx=context,
    )
