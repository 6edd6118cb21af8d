"""What `openjpki verify` says to a clerk in Japanese: whole lines, as they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from openjpki.cli import output, verify
from openjpki.client import ListedStatus, LiveStatus, TrustedAuthority
from openjpki.client.document import DocumentVerifier
from openjpki.client.status import StatusSource, ToldStatus
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.errors import Language
from openjpki.x509.foreign.cms import assemble, sign_detached, signed_attributes
from tests.support import x509_samples as samples

CONTENT = "転出届\n".encode()
DURING = samples.NOW + timedelta(days=30)
MADE = datetime(2026, 7, 15, 3, 4, 5, tzinfo=UTC)
LIVE = LiveStatus(MADE)
LISTED = ListedStatus(12, MADE, MADE + timedelta(days=2))
BY_LIST = "失効情報ファイル12、2026-07-15 03:04:05（UTC）時点、サービスに照会できないため"
TOKYO = TrustedAuthority(AuthorityId.signing("13"), samples.authority().certificate)


@pytest.fixture(autouse=True)
def japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_format", output.OutputFormat.TABLE)
    monkeypatch.setattr(output, "_language", Language.JA)


def _signed(signer: str = "person") -> bytes:
    certificate = samples.user_certificate()
    if signer == "person":
        return sign_detached(CONTENT, certificate, samples.key(signer), DURING)
    attributes = signed_attributes(CONTENT, certificate, DURING)
    made = samples.key(signer).sign(attributes, padding.PKCS1v15(), hashes.SHA256())
    return assemble(attributes, certificate, made)


def _lines(
    cms: bytes,
    content: bytes = CONTENT,
    *,
    at: datetime = DURING,
    status: CertificateStatus = CertificateStatus.GOOD,
    source: StatusSource = LIVE,
) -> dict[str, output.Value]:
    revoked = status is CertificateStatus.REVOKED
    told = ToldStatus(status, 1 if revoked else 0, MADE if revoked else None, source)
    result = DocumentVerifier([TOKYO], lambda *_: told).verify(cms, content, at)
    return verify._for_people(result)


def test_a_good_document() -> None:
    said = _lines(_signed())
    assert [said[name] for name in ("signature", "issuer", "profile", "revocation")] == [
        "合格: この文書に対する署名です（sha256）。",
        "合格: 認証局signing-13が発行した証明書です。",
        "合格: 署名利用者の署名用電子証明書です。",
        "合格: 失効していません。",
    ]
    ends = f"{samples.NOT_AFTER:%F %T}"
    assert said["validity_period"] == f"合格: {ends}（UTC）まで有効です。"
    assert said["status_from"] == "サービスへの照会、2026-07-15 03:04:05（UTC）時点"


@pytest.mark.parametrize(
    ("status", "source", "line"),
    [
        (CertificateStatus.GOOD, LISTED, f"合格: 失効していません（{BY_LIST}）。"),
        (
            CertificateStatus.REVOKED,
            LIVE,
            "不合格: 2026-07-15 03:04:05（UTC）に失効しています（keyCompromise）。",
        ),
        (
            CertificateStatus.REVOKED,
            LISTED,
            f"不合格: 2026-07-15 03:04:05（UTC）に失効しています（keyCompromise）（{BY_LIST}）。",
        ),
        (
            CertificateStatus.UNKNOWN,
            LIVE,
            "不合格: この認証局は、この証明書を発行していません。",
        ),
    ],
)
def test_whether_it_was_revoked_and_who_says_so(
    status: CertificateStatus, source: StatusSource, line: str
) -> None:
    said = _lines(_signed(), status=status, source=source)
    assert said["revocation"] == line
    if source is LISTED:
        assert said["status_from"] == BY_LIST


def test_before_and_after_its_times() -> None:
    before, after = samples.fields().not_before, samples.NOT_AFTER
    early = datetime.fromtimestamp(before, UTC)
    said = _lines(_signed(), at=early - timedelta(seconds=1))["validity_period"]
    assert said == f"不合格: 証明書の有効期間は{early:%F %T}（UTC）からです。"
    said = _lines(_signed(), at=after + timedelta(seconds=1))["validity_period"]
    assert said == f"不合格: 証明書の有効期間は{after:%F %T}（UTC）に終わっています。"


@pytest.mark.parametrize(
    ("cms", "content", "line"),
    [
        (_signed(), CONTENT + b"!", "内容が、署名されたものと異なります。"),
        (_signed("somebody else"), CONTENT, "署名を検証できません。"),
    ],
    ids=["another document", "another key"],
)
def test_a_signature_that_does_not_count(cms: bytes, content: bytes, line: str) -> None:
    said = _lines(cms, content)
    assert said["signature"] == f"不合格: 署名: {line}"
    # Without one nothing else is looked at.
    assert said["issuer"] == "未実施: 先の確認で不合格となったため、行っていません。"


def test_what_is_written_is_the_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output.stdout, "_width", 200)
    output.emit(_lines(_signed(), source=LISTED), title="valid")
    written = capsys.readouterr().out
    assert f"合格: 失効していません（{BY_LIST}）。" in written
    for english in ("passed", "revocation list", "not revoked"):
        assert english not in written
