"""Words of what a service answers."""

from __future__ import annotations

import ast
from pathlib import Path

from openjpki.api.ca.v1 import ca_pb2
from openjpki.cli.words import word_of


def test_a_value_of_a_newer_release_ends_no_list() -> None:
    state = ca_pb2.ResponderKeyState
    prefix = "RESPONDER_KEY_STATE_"
    assert word_of(state, ca_pb2.RESPONDER_KEY_STATE_PROPOSED, prefix) == "proposed"
    assert word_of(state, 99, prefix) == "other-99"


def test_whatever_is_answered_is_said_so() -> None:
    """`Name` itself is asked only about what this program sends."""
    asked = {
        file.name
        for file in (Path(__file__).parents[3] / "python/openjpki/cli").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "Name"
        and ast.unparse(node.value) != "x509"
    }
    assert asked == {"words.py", "window_statements.py"}
