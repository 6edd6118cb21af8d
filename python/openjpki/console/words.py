"""What stands on pages, in the language of the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import identity_pb2, person_pb2
from openjpki.cli.japanese.tables import NAMES
from openjpki.cli.japanese.values import VALUES
from openjpki.cli.words import word_of
from openjpki.console.texts import TEXTS
from openjpki.domain.characters import Substituted, replaced
from openjpki.domain.japanese_era import in_both_calendars
from openjpki.domain.person import BirthDate, in_words
from openjpki.domain.window import JAPAN
from openjpki.errors import Language, OpenJpkiError
from openjpki.rpc.labels import label_of

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor
    from google.protobuf.timestamp_pb2 import Timestamp

    from openjpki.cli.words import Enum

_STEPS: Final = {
    # What was done, by the words for doing it.
    "submitted": "submit",
    "taken-over": "take_over",
    "identity-checked": "confirm_identity",
    "key-presented": "present_key",
    "approved": "approve",
    "rejected": "reject",
    "withdrawn": "withdraw",
    "refused": "authority_refused",
    "issued": "issue",
    "handed-over": "hand_over",
    "closed": "close",
    "expired": "expire",
}
_JAPANESE: Final = {
    "APPLICATION_STATE_": {"expired": "期限切れ"},
    "APPLICATION_STEP_KIND_": {step: VALUES[act] for step, act in _STEPS.items()},
    "REVOCATION_ASKER_": {"holder": "署名利用者本人", "proxy": "代理人", "another": "その他の人"},
    "REVOCATION_REFUSAL_REASON_": {
        "identity-not-shown": "本人であることを確認できない",
        "not-the-holder": "署名利用者本人ではない",
        "no-power-of-attorney": "委任状がない",
        "not-handed-out-here": "この市区町村で交付した証明書ではない",
        "nothing-to-revoke": "有効な証明書がない",
        "other": "その他",
    },
    "SEX_": {"male": "男", "female": "女"},
    "IDENTITY_EVIDENCE_": {
        "photo-document": "写真付きの公的な書類",
        "document-and-questions": "書類と質問",
    },
    "REJECTION_REASON_": {
        "identity-not-shown": "本人であることを確認できない",
        "false-applicant": "本人以外による申請の疑い",
        "statement-wrong": "申請内容の誤り",
        "key-in-doubt": "公開鍵が申請者のものか疑わしい",
        "other": "その他",
    },
    "WITHDRAWAL_REASON_": {
        "applicant-wish": "申請者の希望",
        "statement-wrong": "申請内容の誤り",
        "other": "その他",
    },
    "RECIPIENT_": {"applicant": "申請者本人", "proxy": "代理人"},
    "CERTIFICATE_MEDIUM_": {"card": "カード", "file": "ファイル"},
    "CLOSING_REASON_": {
        "accepted": "記載内容の確認を受けた",
        "not-objected": "期間内に誤りの申出がなかった",
        "certificate-ended": "電子証明書の効力が終わった",
    },
    "REVOCATION_CAUSE_": {
        "user-wish": "本人の希望",
        "key-compromise": "秘密鍵の紛失・漏えい等",
    },
}
_PREFIXES: Final[dict[str, Enum]] = {
    "APPLICATION_STATE_": pb.ApplicationState,
    "APPLICATION_STEP_KIND_": pb.ApplicationStepKind,
    "APPLICATION_KIND_": pb.ApplicationKind,
    "REVOCATION_ASKER_": pb.RevocationAsker,
    "REVOCATION_REFUSAL_REASON_": pb.RevocationRefusalReason,
    "SEX_": person_pb2.Sex,
    "IDENTITY_EVIDENCE_": identity_pb2.IdentityEvidence,
    "REJECTION_REASON_": pb.RejectionReason,
    "WITHDRAWAL_REASON_": pb.WithdrawalReason,
    "RECIPIENT_": pb.Recipient,
    "CERTIFICATE_MEDIUM_": pb.CertificateMedium,
    "CLOSING_REASON_": pb.ClosingReason,
    "HANDED_OUT_STATE_": pb.HandedOutState,
}


@dataclass(frozen=True, slots=True)
class Words:
    """Of one language."""

    language: Language

    def say(self, key: str, **values: object) -> str:
        """A sentence of the console's own."""
        return TEXTS[key].in_language(self.language).format(**values)

    def name(self, key: str) -> str:
        """What a value of the command line's tables is called."""
        if self.language is Language.JA and key in NAMES:
            return NAMES[key]
        said = key.replace("_", " ")
        return said[:1].upper() + said[1:]

    def label(self, message: Descriptor, path: str) -> str:
        """What the form calls a field of a request."""
        text = label_of(message, path)
        if text is None:
            return self.name(path.rpartition(".")[2])
        said = text.in_language(self.language)
        return said[:1].upper() + said[1:]

    def choice(self, prefix: str, word: str) -> str:
        """A value of the contracts by its word, as ``identity-confirmed`` of
        ``APPLICATION_STATE_``."""
        if self.language is not Language.JA:
            return word.replace("-", " ")
        own = _JAPANESE.get(prefix, {})
        return own.get(word) or VALUES.get(word.replace("-", "_"), word)

    def value(self, prefix: str, number: int) -> str:
        """The same by its number in an answer."""
        return self.choice(prefix, word_of(_PREFIXES[prefix], number, prefix))

    def replaced(self, registered: str, certified: str, mask: str) -> str:
        """Which characters stand for which; nothing where the two do not belong together."""
        try:
            found = replaced(registered, Substituted(certified, mask))
        except OpenJpkiError:
            return ""
        return " / ".join(
            TEXTS["stands_for"]
            .in_language(self.language)
            .format(position=one.position, certified=one.certified, registered=one.registered)
            for one in found
        )

    def document(self, rules: pb.GetWindowRulesResponse, kind: str) -> str:
        """A kind of document by the rules in force; as it is, where they no longer have it."""
        for one in rules.documents:
            if one.document_kind == kind:
                return one.name.ja if self.language is Language.JA else one.name.en
        return kind

    def moment(self, at: Timestamp) -> str:
        """In Japan's time, as papers have it."""
        local = at.ToDatetime(UTC).astimezone(JAPAN)
        if self.language is Language.JA:
            return f"{in_both_calendars(local.date())}{local:%H:%M}"
        return f"{local:%Y-%m-%d %H:%M} JST"

    def short_moment(self, at: Timestamp) -> str:
        """The same for a column."""
        return f"{at.ToDatetime(UTC).astimezone(JAPAN):%Y-%m-%d %H:%M}"

    def birth(self, iso: str) -> str:
        """A date of birth, as papers have it; as it is where it is none."""
        if self.language is not Language.JA or not iso:
            return iso
        try:
            return in_words(BirthDate.kept(iso))
        except OpenJpkiError:
            return iso
