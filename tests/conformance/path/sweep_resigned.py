"""PATH_RESIGNED (100,000) paths changed in their signed part and signed again: `make path-fuzz`.

Not collected by itself, as its name says. The longest that any took goes to build/path-fuzz.json.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conformance.path.judges import in_parts, resigned
from tests.conformance.path.test_resigned import too_lenient
from tests.support.libcrypto import version

if TYPE_CHECKING:
    from tests.conformance.path.judges import Judged

BOUND_MS = 50
"""What one question may take; the report holds the longest beside it."""


@pytest.mark.timeout(7200)
def test_never_valid_where_both_refuse(capsys: pytest.CaptureFixture[str]) -> None:
    count = int(os.environ.get("PATH_RESIGNED", "100000"))
    seed = int(os.environ.get("PATH_SEED", "1"))
    reasons: Counter[str] = Counter()
    longest = 0.0
    doubtful: list[Judged] = []
    for one in in_parts(resigned, count, seed):
        reasons["accept" if one.ours.accepted else str(one.ours.reason)] += 1
        longest = max(longest, one.ours.ms)
        if one.second is not None:
            doubtful.append(one)
    report = {
        "count": count, "seed": seed, "openssl": version(), "longest_ms": longest,
        "bound_ms": BOUND_MS, "verdicts": dict(reasons.most_common()),
        "accepted_against_openssl": len(doubtful),
    }  # fmt: skip
    file = Path("build/path-fuzz.json")
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(report, indent=2) + "\n")
    with capsys.disabled():
        print(f"\n{json.dumps(report, indent=2)}")  # noqa: T201 - the figures are what it is for
    assert too_lenient(doubtful) == []
