"""The rules that refusals of this tree carry, read from its source: texts with {} for a value.

A rule is the second argument of `OpenJpkiError`. Where that is a name, the texts that the name is
given in its function or its module are followed; where it is a parameter, what callers give for it.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import openjpki

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(openjpki.__file__).parent
_GENERATED = ("api", "catalogue")

_BY_CLASS = {
    "OpenJpkiError": 1,
    "Violation": 1,
    "OpenToOthersError": 0,
    "RegisterFileError": 3,
    "_CheckFailedError": 0,
}
"""What is raised or listed with a rule, and which of its arguments that is."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Raised(NamedTuple):
    """A text, or an expression that could not be followed."""

    file: str
    text: str | None
    expression: str


class _Module(NamedTuple):
    file: str
    tree: ast.Module


def modules() -> list[_Module]:
    """What is written by hand."""
    return [
        _Module(str(path.relative_to(PACKAGE)), ast.parse(path.read_text("utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in _GENERATED
    ]


def rules_raised() -> Iterator[Raised]:
    """Every rule of every refusal, but of faults of ours: those are for whoever mends them."""
    found = modules()
    # By the name of a function: which of its parameters is a rule.
    carriers: dict[str, set[int]] = defaultdict(set)
    seen = -1
    raised: dict[tuple[str, str], Raised] = {}
    for module in found:
        for given in _of_checks(module):
            for one in _followed(given, None, module, carriers):
                raised.setdefault((one.file, one.expression), one)
    while seen != len(raised) + sum(map(len, carriers.values())):
        seen = len(raised) + sum(map(len, carriers.values()))
        for module in found:
            for function, call in _calls(module.tree):
                for given in _rules_of(call, carriers, module.file):
                    for one in _followed(given, function, module, carriers):
                        raised.setdefault((one.file, one.expression), one)
    yield from raised.values()


def _of_checks(module: _Module) -> Iterator[ast.expr]:
    """What a verification says of a check that was passed, or was not made, and by what."""
    if module.file not in {"client/document.py", "client/status.py"}:
        return
    for node in ast.walk(module.tree):
        match node:
            case ast.FunctionDef(name=name) if name.startswith("_check_") or name == "__str__":
                yield from _given_back(name, module)
            case ast.Assign(targets=[ast.Name(id="by")], value=ast.IfExp(body=body)):
                yield body
            case ast.Call(args=[_, _, ast.Constant() as text]) if _name(node) == "Check":
                yield text


def _calls(
    tree: ast.AST, within: _Function | None = None
) -> Iterator[tuple[_Function | None, ast.Call]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield within, node
        yield from _calls(node, node if isinstance(node, _Function) else within)


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _rules_of(call: ast.Call, carriers: dict[str, set[int]], file: str) -> Iterator[ast.expr]:
    name = _name(call)
    match call.args[:1]:
        case [ast.Attribute(attr="INTERNAL")]:
            return
    match call.args[:1] if name == "__init__" else []:
        case [ast.Attribute() | ast.Name(id="reason")]:
            # A refusal with a name of its own.
            yield from call.args[1:2]
    if name in _BY_CLASS:
        yield from call.args[_BY_CLASS[name] : _BY_CLASS[name] + 1]
    key = f"{file}:{name}" if name.startswith("_") else name
    for place in carriers.get(key, ()):
        yield from call.args[place : place + 1]


def _followed(
    given: ast.expr, function: _Function | None, module: _Module, carriers: dict[str, set[int]]
) -> Iterator[Raised]:
    match given:
        case ast.Constant(value=str(text)):
            yield Raised(module.file, text, text)
        case ast.JoinedStr(values=parts):
            text = "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)
            yield Raised(module.file, text, text)
        case ast.IfExp(body=body, orelse=other):
            yield from _followed(body, function, module, carriers)
            yield from _followed(other, function, module, carriers)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            for a in _followed(left, function, module, carriers):
                for b in _followed(right, function, module, carriers):
                    text = (a.text or "{}") + (b.text or "{}")
                    yield Raised(module.file, text, text)
        case ast.Name(id=name):
            yield from _of_name(name, function, module, carriers)
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.Name(id=name)]) if function:
            for each in _appended(name, function):
                yield from _followed(each, function, module, carriers)
        case ast.Call() if given_back := list(_given_back(_name(given), module)):
            for each in given_back:
                yield from _followed(each, function, module, carriers)
        case _:
            yield Raised(module.file, None, ast.unparse(given))


def _appended(name: str, function: _Function) -> Iterator[ast.expr]:
    """What is put on a list."""
    for _, call in _calls(function):
        match call.func:
            case ast.Attribute(value=ast.Name(id=of), attr="append") if of == name:
                yield from call.args


def _given_back(name: str, module: _Module) -> Iterator[ast.expr]:
    """What a function of this module returns."""
    for node in ast.walk(module.tree):
        if isinstance(node, _Function) and node.name == name:
            for each in ast.walk(node):
                if isinstance(each, ast.Return) and each.value is not None:
                    yield each.value


def _of_name(
    name: str, function: _Function | None, module: _Module, carriers: dict[str, set[int]]
) -> Iterator[Raised]:
    found = False
    if function is not None:
        parameters = [one.arg for one in function.args.args]
        if name in parameters:
            place = parameters.index(name) - (parameters[0] in {"self", "cls"})
            key = (
                f"{module.file}:{function.name}" if function.name.startswith("_") else function.name
            )
            carriers[key].add(place)
            return
        for scope in (function, module.tree):
            for node in ast.walk(scope):
                match node:
                    case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                        found = True
                        yield from _followed(value, function, module, carriers)
                    case ast.AnnAssign(target=ast.Name(id=target), value=value) if (
                        target == name and value
                    ):
                        found = True
                        yield from _followed(value, function, module, carriers)
            if found:
                return
    yield Raised(module.file, None, name)
