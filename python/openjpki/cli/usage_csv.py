"""A statement of usage as CSV, and what names the same one on paper (R5.2.2)."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.cli.words import word_of
from openjpki.domain.window import JAPAN
from openjpki.errors import Language

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from openjpki.cli.usage_counts import Asked, Gap, Month, Row

_HEADINGS = {
    Language.EN: ("period", "verifier", "authority", "way", "told", "complete", "possible gaps"),
    Language.JA: (
        "期間",
        "署名検証者",
        "認証局",
        "提供の方法",
        "回数",
        "集計の状況",
        "計上漏れの可能性がある時間帯",
    ),
}
_COMPLETE = {Language.EN: ("no", "yes"), Language.JA: ("未確定", "確定")}
_WAYS: dict[int, str] = {
    pb.PROVIDING_WAY_OCSP_HTTP: "OCSP",
    pb.PROVIDING_WAY_LISTS: "失効情報ファイルの取得",
    pb.PROVIDING_WAY_GRPC: "gRPC",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """Of a month by day, of what was asked for, as of a moment."""

    asked: Asked
    month: Month
    made_at: datetime

    @property
    def sha256(self) -> str:
        """Of the same counts as CSV by day in Japanese, which anybody can have written: so one can
        be held against the other."""
        return hashlib.sha256(as_csv(self.month.rows, Language.JA)).hexdigest()


def as_csv(rows: Iterable[Row], language: Language) -> bytes:
    """As spreadsheets read it, with a mark that says UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADINGS[language])
    for row in rows:
        way = word_of(pb.ProvidingWay, row.way, "PROVIDING_WAY_")
        if language is Language.JA:
            way = _WAYS.get(row.way, way)
        complete = _COMPLETE[language][row.complete]
        gaps = " ".join(_in_japan(one) if language is Language.JA else str(one) for one in row.gaps)
        writer.writerow((row.period, row.verifier, row.authority, way, row.told, complete, gaps))
    return text.getvalue().encode("utf-8-sig")


def _in_japan(gap: Gap) -> str:
    """Beside days of Japan."""
    return "/".join(one.astimezone(JAPAN).isoformat() for one in (gap.begins, gap.ends))
