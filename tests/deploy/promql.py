"""PromQL read by a parser that is not ours, and what it selects."""

from __future__ import annotations

import json
import re
from typing import Any

import promql_parser

_OPERATORS = {
    "MatchOp.Equal": "=",
    "MatchOp.NotEqual": "!=",
    "MatchOp.Re": "=~",
    "MatchOp.NotRe": "!~",
}

# What Grafana puts in before it asks Prometheus.
GRAFANA_VARIABLES = {"$__rate_interval": "5m", "$job": ".*", "$authority": ".*"}


def selections(query: str) -> list[tuple[str, set[str]]]:
    """(metric, labels it is selected by) for every selector of a query.

    Raises ValueError when the query does not parse or holds an unknown variable.
    """
    for variable, value in GRAFANA_VARIABLES.items():
        query = query.replace(variable, value)
    if "$" in query:
        raise ValueError(f"unknown variable in {query}")
    found: list[tuple[str, set[str]]] = []

    def visit(node: Any) -> None:
        if isinstance(node, promql_parser.VectorSelector) and node.name is not None:
            found.append((node.name, {matcher.name for matcher in node.matchers.matchers}))

    promql_parser.walk(promql_parser.parse(query), visit)
    return found


def selectors(query: str) -> list[str]:
    """Each vector selector of a query, as one that can be asked for alone."""
    found: list[str] = []

    def visit(node: Any) -> None:
        if isinstance(node, promql_parser.VectorSelector) and node.name is not None:
            matchers = ",".join(
                f"{one.name}{_OPERATORS[str(one.op)]}{json.dumps(one.value)}"
                for one in node.matchers.matchers
            )
            found.append(f"{node.name}{{{matchers}}}")

    promql_parser.walk(promql_parser.parse(query), visit)
    return found


def grouping(query: str) -> set[str]:
    """Labels that the query aggregates or joins by."""
    lists = re.findall(r"\b(?:by|on|group_left) \(([^)]*)\)", query)
    return {label.strip() for labels in lists for label in labels.split(",") if label.strip()}


def family(name: str) -> str:
    """The name under which a metric is declared: without what the exposition format appends."""
    return re.sub(r"_(total|bucket|count|sum)$", "", name)
