"""Rules that refusals carry, and tables, in Japanese: found in the source and not listed here."""

from __future__ import annotations

import ast
import json
import re
import string
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import openjpki.cli
from openjpki.cli import output
from openjpki.cli.japanese import tables
from openjpki.cli.japanese.rules import compiled
from openjpki.cli.japanese.rules.in_japanese import RULES, TABLES, in_japanese
from openjpki.cli.japanese.templates import PLACE
from openjpki.cli.japanese.values import VALUES
from openjpki.cli.words import word
from openjpki.client.mirrored import MirrorOutcome
from openjpki.domain.application import ApplicationEvent, ApplicationState
from openjpki.domain.generation import GenerationState
from openjpki.domain.issue_limits import Period, Whose
from openjpki.domain.officers.enrolled import KeyState
from openjpki.domain.officers.officer import OfficerRole
from openjpki.domain.policy import baseline
from openjpki.errors import Language, OpenJpkiError, Reason
from openjpki.pki_path.batch import line
from openjpki.rpc import grpc_failures
from openjpki.rpc.invalid_message import InvalidMessageError
from openjpki.rpc.server import validation
from openjpki.storage.bridge import kinds
from openjpki.storage.ca import responder_keys
from openjpki.storage.kernel import failures
from tests.support.field_rules import field_rules, wordings
from tests.support.rules_raised import PACKAGE, rules_raised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import Enum

    from google.protobuf.descriptor import Descriptor

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs/json.md"

ELSEWHERE = {
    ("domain/policy/baseline.py", "rule"): {rule for _, rule, _ in baseline._RULES},
    ("storage/kernel/failures.py", "words"): {
        words for reason, words in failures._WORDS.values() if reason is not Reason.INTERNAL
    },
    (
        "rpc/grpc_failures.py",
        "next((told for words, told in UNREACHED if words in details), text)",
    ): {
        *(told for _, told in grpc_failures.UNREACHED),
        *(text for _, text in grpc_failures._BY_CODE.values()),
    },
    # What `parse_time` refuses by.
    ("cli/path.py", "error.rule"): {"time must be as in RFC 3339, with an offset", line._NO_TIME},
}
"""Where the walk finds an expression and no text: the tables that it is from."""

RAISED_BEFORE = re.compile(r".*\.message|(violation|one)\.rule")
"""A refusal raised once more, or what was listed as a violation: its text was found where it was
made."""
OF_OTHERS = {
    # What the compiled module and pydantic say of octets and of documents, in English.
    ("x509/native_errors.py", "error.rule"),
    ("x509/native_errors.py", "str(error)"),
    ("keys/key_errors.py", "str(error)"),
    ("pki_path/validate.py", "str(error)"),
    ("services/bridge/pool/submissions.py", "certificate.key_fault"),
    ("domain/policy/document.py", "first['msg']"),
    ("domain/window_rules/parsing.py", "first['msg']"),
}
OF_RAISED = {
    # `OpenToOthersError`, which the walk follows where it is raised.
    ("cli/secret_input.py", "str(error)"),
    ("cli/register_notices.py", "str(error)"),
    ("keys/secret.py", "str(error)"),
    ("rpc/identity/credentials.py", "str(error)"),
    ("services/registration/register/person_references.py", "str(error)"),
    # What a message breaks: the contracts' rules.
    ("rpc/invalid_message.py", "rule"),
}


def _status_calls() -> set[str]:
    """What the signing core says to callers of StatusService, with {} where it has a value."""
    said = r'(?:let text = |Refusal::new\(\s*"[A-Z_]+",\s*)(?:format!\(\s*)?"([^"]+)"'
    texts: set[str] = set()
    for source in (ROOT / "signer_core/dataplane/src/grpc").glob("*.rs"):
        texts.update(re.findall(said, source.read_text("utf-8").partition("#[cfg(test)]")[0]))
    assert len(texts) > 20
    return {re.sub(r"\{[^}]*\}", "{}", text) for text in texts}


def _contracts() -> set[str]:
    """The rules of every field of every contract."""
    found = {validation._NO_NUL.removesuffix(" (string.no_nul)")}
    for path in sorted((PACKAGE / "api").rglob("*_pb2.py")):
        module = import_module(
            f"openjpki.{'.'.join(path.relative_to(PACKAGE).with_suffix('').parts)}"
        )
        for message in _messages(module.DESCRIPTOR.message_types_by_name.values()):
            for field in message.fields:
                found.update(wordings(field_rules(field)))
    return found


def _messages(messages: object) -> Iterator[Descriptor]:
    for one in messages:  # type: ignore[attr-defined]
        yield one
        yield from _messages(one.nested_types_by_name.values())


def test_every_rule_of_the_tree_has_its_japanese() -> None:
    raised = list(rules_raised())
    texts = {one.text for one in raised if one.text is not None}
    unknown = {(one.file, one.expression) for one in raised if one.text is None}
    assert len(texts) > 400
    open_ends = {each for each in unknown if not RAISED_BEFORE.fullmatch(each[1])}
    assert open_ends == ELSEWHERE.keys() | OF_OTHERS | OF_RAISED
    said = texts.union(_contracts(), compiled.TEXTS, _status_calls(), *ELSEWHERE.values())
    assert sorted(said - set(RULES)) == []
    assert sorted(set(RULES) - said) == []


def test_what_the_compiled_module_says_stands_in_its_source() -> None:
    core = ROOT / "signer_core/formats/src"
    parsers = [(core / f"cms/{name}.rs").read_text("utf-8") for name in ("parse", "attributes")]
    errors = (core / "error.rs").read_text("utf-8")
    not_der = errors[errors.index("pub fn not_der") : errors.index("pub fn invalid")]
    said = {
        rule for text in (*parsers, not_der) for rule in re.findall(r'"((?:is|has) [^"]+)"', text)
    }
    # How the reader of BER ends; nobody hears of that.
    said.remove("is not read")
    assert {english.removeprefix("{}: ") for english in compiled.TEXTS} == said


def test_each_rule_stands_in_one_table_in_japanese() -> None:
    often = Counter(english for table in TABLES for english in table.TEXTS)
    assert [english for english, times in often.items() if times > 1] == []
    # Those that are nothing but values have nothing to translate.
    said = {english: text for english, text in RULES.items() if re.search("[a-z]", english)}
    assert [english for english, text in said.items() if text.isascii()] == []


@pytest.mark.parametrize("texts", [RULES, tables.TITLES.texts], ids=["rules", "titles"])
def test_japanese_has_the_values_of_the_english(texts: dict[str, str]) -> None:
    for english, japanese in texts.items():
        values = sorted(place for place, _ in PLACE.findall(japanese))
        assert values == [str(each) for each in range(english.count("{}"))], english


@pytest.mark.parametrize(
    ("rule", "japanese"),
    [
        ("must be one of 1, 2", "次のいずれかを指定してください: 1, 2"),
        ("must be at most 64 characters (string.max_len)", "64文字以内で入力してください。"),
        ("value is required (required)", "必ず指定してください。"),
        ("differs from the register: name, address", "住民基本台帳の記録と異なります: 氏名、住所"),
        ("keys/a.pem: must be hexadecimal", "keys/a.pem: 16進数で指定してください。"),
        (
            "an application that is key_presented cannot take_over",
            "「公開鍵提示済み」の状態の申請には、「引継ぎ」を行えません。",
        ),
        (
            "must be an http or https URI in ASCII with {partition} and {generation} in it",
            "httpまたはhttpsのURI（ASCII）に、{partition}と{generation}を含めて指定してください。",
        ),
        ("is revoked already", "既に「失効」の状態です。"),
        ("is done, no longer pending", "状態は「完了」で、もう決定を待っていません。"),
        # What somebody has to type stays as it is typed.
        (
            "must be role/place/account, the role one of window-officer, bridge-officer",
            "「役割/場所/アカウント」の形で指定してください。役割は次のいずれかです: "
            "window-officer, bridge-officer",
        ),
        ("must name name, name_kana", "次の列が必要です: name, name_kana"),
        ("must be 1 to 99", "1から99までの数で指定してください。"),
        (
            "character 2 (U+1F600) is in neither JIS X 0208 nor JIS X 0212; substitutes to choose "
            "from: kana",
            "2文字目（U+1F600）は、JIS X 0208にもJIS X 0212にもない文字です。"
            "代わりに使える文字: かな",
        ),
        (
            "the service can't be reached; the service there is ca, not the status service",
            "サービスに接続できません。"
            "接続先はサービスcaで、証明書の有効性を確認するサービスではありません。",
        ),
        # What a newer service may say: nothing is made up of a part of it.
        (
            "SignedData: is not BER of its type",
            "SignedDataとして読み取れません（BERの構造が違います）。",
        ),
        ("is not BER of its type", None),
        ("is empty", None),
        ("is something that nobody knew", None),
        ("must be: of another kind", None),
        ("must name its subject in full", None),
        ("must be able to x", None),
        ("is not active", None),
        ("was issued", None),
        ("must be active", None),
        ("", None),
    ],
)
def test_values_stand_where_the_japanese_has_them(rule: str, japanese: str | None) -> None:
    assert in_japanese(rule) == japanese


@pytest.mark.parametrize(
    "words",
    [
        ApplicationState,
        ApplicationEvent,
        GenerationState,
        KeyState,
        responder_keys.ResponderKeyState,
        kinds.State,
        kinds.RevocationState,
        OfficerRole,
        Whose,
        Period,
    ],
)
def test_every_word_that_stands_for_a_value_has_its_japanese(words: type[Enum]) -> None:
    assert [one.value for one in words if one.value not in VALUES] == []


def test_what_became_of_a_copied_list_has_its_japanese() -> None:
    assert [one for one in MirrorOutcome if word(one) not in VALUES] == []


@given(st.text(alphabet=f"{string.ascii_lowercase}:; {{}}()0", max_size=500))
def test_any_text_of_a_service_is_looked_up_and_never_in_the_way(text: str) -> None:
    in_japanese(text)


def _titles() -> set[str]:
    """Of tables: what commands give `emit` and `emit_rows`."""
    found: set[str] = set()
    for file in Path(openjpki.cli.__file__).parent.glob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                for keyword in node.keywords:
                    if keyword.arg == "title":
                        found.update(_texts(keyword.value, tree))
    return found


def _texts(value: ast.expr, tree: ast.Module) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(
                str(one.value) if isinstance(one, ast.Constant) else "{}" for one in parts
            )
        case ast.IfExp(body=body, orelse=other):
            yield from _texts(body, tree)
            yield from _texts(other, tree)
        case ast.Call(func=ast.Name(id=name)):
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and node.name == name:
                    for one in ast.walk(node):
                        if isinstance(one, ast.Return) and one.value is not None:
                            yield from _texts(one.value, tree)


def test_every_title_of_a_table_has_its_japanese() -> None:
    # `openjpki bench` is of another distribution.
    of_bench = {one for one in tables.TITLES.texts if one.startswith("Benchmarks: ")}
    assert _titles() | of_bench == set(tables.TITLES.texts)


_NAMED = re.compile(r"`([a-z0-9_]+)` (?:text|word|name|hex|time|number|flag|list|object)")
FOR_PROGRAMS_ALONE = {
    # `openjpki demo` has a table of its own, in both languages, and `bench` has these in its title.
    *("number", "title", "japanese", "seconds", "facts"),
    *("processor", "lanes_smallest_group"),
    # People are told in a sentence to open it.
    "link",
}


def test_every_name_of_a_value_has_its_japanese() -> None:
    """docs/json.md has them all: test_json_contract.py compares it with what commands print."""
    documented: set[str] = set()
    for row in DOCUMENT.read_text("utf-8").splitlines():
        if row.startswith("| `"):
            documented.update(_NAMED.findall(row.split("|")[-2]))
    assert len(documented) > 100
    assert sorted(documented - set(tables.NAMES) - FOR_PROGRAMS_ALONE) == []
    assert sorted(set(tables.NAMES) - documented - {"nothing"}) == []


@pytest.fixture
def japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_format", output.OutputFormat.TABLE)
    monkeypatch.setattr(output, "_language", Language.JA)


@pytest.mark.usefixtures("japanese")
def test_a_refusal_says_its_rules_in_both_and_a_table_its_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rules = [("a", "must be at most 3 characters (string.max_len)"), ("b", "is of no known kind")]
    output.report(InvalidMessageError(rules))
    output.emit({"serial": "2a", "active": True, "issuer": {"text": "x"}}, title="Officers")
    output.emit_rows([])
    said = capsys.readouterr()
    assert (
        "a: 3文字以内で入力してください。 [must be at most 3 characters (string.max_len)]"
        in said.err
    )
    assert "  b: is of no known kind\n" in said.err
    for text in ("職員", "発行の番号", "発行中", "はい", "説明: x", "該当なし"):
        assert text in said.out


def test_for_programs_names_and_rules_are_as_they_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_format", output.OutputFormat.JSON)
    monkeypatch.setattr(output, "_language", Language.JA)
    output.emit({"serial": "2a", "active": True})
    output.report(OpenJpkiError(Reason.INVALID_FIELD, "must be given", field="policies"))
    said = capsys.readouterr()
    assert json.loads(said.out) == {"serial": "2a", "active": True}
    told = json.loads(said.err)
    assert told["message"] == told["violations"][0]["rule"] == "must be given"
