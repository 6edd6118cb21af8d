"""Characters that no certificate can hold, as a form asks for them."""

from __future__ import annotations

from openjpki.console.forms import NOTHING, Form
from openjpki.console.substitutes import substitutes, unheld
from openjpki.domain.characters import candidates

RARE = "\U00020bb7"
"""𠮷: outside JIS X 0208 and 0212, and 吉 is similar."""


def form(**fields: str) -> Form:
    return Form({name.replace("_", "-"): [value] for name, value in fields.items()}, b"")


def test_nothing_is_asked_of_a_name_that_can_be_certified() -> None:
    assert unheld(NOTHING) == []
    assert unheld(form(name="山田　花子", address="東京都千代田区架空町１番地")) == []


def test_each_is_asked_by_attribute_position_and_character() -> None:
    found = unheld(form(name=f"{RARE}田　花子", address=f"東京都千代田区{RARE}町"))
    assert [(one.attribute, one.position) for one in found] == [("name", 1), ("address", 8)]
    assert [list(one.similar) for one in found] == [[*candidates(RARE)]] * 2
    assert [one.typed for one in found] == ["", ""]


def test_what_is_chosen_is_for_this_character_alone() -> None:
    (asked,) = unheld(form(name=f"{RARE}田　花子"))
    chosen = {"name": [f"{RARE}田　花子"], asked.field: ["吉"]}
    (one,) = found = unheld(Form(chosen, b""))
    assert one.typed == "吉"
    (request,) = substitutes(found, "name")
    assert (request.position, request.text) == (1, "吉")
    assert substitutes(found, "address") == []
    (kana,) = unheld(Form({**chosen, f"{asked.field}-kana": ["よし"]}, b""))
    assert kana.typed == "よし"
    (other,) = unheld(Form({**chosen, "name": ["\U00029e3d田　花子"]}, b""))
    assert other.typed == ""
