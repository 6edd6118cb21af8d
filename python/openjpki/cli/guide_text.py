"""What the guide for holders says, in both languages (R5.1.1, R5.1.2)."""

from __future__ import annotations

from dataclasses import dataclass

from openjpki.errors import Language


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it."""

    heading: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeeWords:
    """The table of fees."""

    heading: str
    columns: tuple[str, str]
    issue: str
    reissue: str
    compromise: str
    yen: str
    free: str
    unsettled: str


@dataclass(frozen=True, slots=True)
class TermsWords:
    """Which terms hold."""

    heading: str
    accepted: str
    where: str
    none: str


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide in one language."""

    name: str
    lead: str
    sections: tuple[Section, ...]
    fees: FeeWords
    terms: TermsWords
    foot: str


_JA = Guide(
    name="署名用電子証明書　利用の手引",
    lead="署名用電子証明書は、オンラインの申請や届出などに電子署名をした方が本人であることを、都道府県知事が証明するものです。"
    "この手引と、一緒にお渡しする「電子証明書の写し」を大切に保管してください。",
    sections=(
        Section(
            "紛失したとき、他人に知られたおそれがあるとき",
            (
                "カードの紛失、盗難、破損や暗証番号の漏えいのときは、直ちに窓口に届け出てください。",
                "届出を受けると、電子証明書を失効させます。失効した電子証明書は、元に戻せません。",
                "この届出は、窓口だけで受け付けます。オンラインでは受け付けません。",
                "引き続き利用するときは、新しい鍵ペアで電子証明書の再発行を申請してください。",
            ),
        ),
        Section(
            "守っていただくこと",
            (
                "カードと暗証番号は、御自身で管理し、他人に渡したり、教えたりしないでください。",
                "暗証番号は、生年月日や電話番号など、他人が推測できるものにしないでください。",
                "署名する文書の内容を必ず確かめてください。電子署名は、署名や押印に代わるものです。",
                "電子証明書に記録されている内容が正しいことを、「電子証明書の写し」で確かめてください。"
                "誤りがあるときは、すぐに窓口にお申し出ください。",
            ),
        ),
        Section(
            "有効期間と失効",
            (
                "有効期間は発行の日から3年です。正確な日時は「電子証明書の写し」に記載しています。",
                "その後も利用するときは、満了の日の{months}か月前から、窓口で更新を申請してください。"
                "新しい鍵ペアで電子証明書を発行し、それまでの電子証明書を失効させます。",
                "更新の申請は、窓口だけで受け付けます。オンラインでは受け付けません。",
                "氏名、住所などが住民票で変更されたときや、死亡などにより住民票が消除されたときは、有効期間の途中でも失効します。",
                "電子証明書を使わなくなったときは、窓口で失効を申請できます。",
            ),
        ),
        Section(
            "個人情報の取扱い",
            (
                "電子証明書には、氏名、生年月日、男女の別、住所と公開鍵が記録されます。"
                "電子署名をした文書の相手方は、これらを見ることができます。",
                "発行の申請などに関する記録は、電子証明書の有効期間が終わった後も、定められた期間保存されます。",
            ),
        ),
    ),
    fees=FeeWords(
        heading="手数料",
        columns=("手続", "手数料"),
        issue="電子証明書の発行",
        reissue="紛失や暗証番号の漏えいなどによる再発行",
        compromise="都道府県知事の秘密鍵の漏えいなどによる再発行",
        yen="{yen:,}円",
        free="無料",
        unsettled="窓口でお尋ねください",
    ),
    terms=TermsWords(
        heading="利用規約",
        accepted="現在の利用規約は、第{version}版です。",
        where="利用規約は、次のウェブサイトで公開しています。　{uri}",
        none="利用規約については、窓口でお尋ねください。",
    ),
    foot="交付　{place}　　作成　{day}　　窓口の定め　{version}",
)
_EN = Guide(
    name="Guide to your certificate for digital signatures",
    lead="A certificate for digital signatures (署名用電子証明書) is the governor's word that whoever signed an application "
    "or a notification online is you. Keep this guide together with the printed copy of your certificate.",
    sections=(
        Section(
            "If you lose it, or others may know of it",
            (
                "If your card is lost, stolen or damaged, or somebody may know your PIN, report it at the window of "
                "your municipality at once.",
                "The municipality then revokes the certificate. What is revoked can't be restored.",
                "Such a report is taken at windows only, never online.",
                "To go on, apply for another certificate, with a new key pair.",
            ),
        ),
        Section(
            "Your duties",
            (
                "Keep card and PIN to yourself. Give, tell or lend them to nobody.",
                "Choose a PIN that nobody can guess: no date of birth, no telephone number.",
                "Read what you sign. A digital signature stands for your signature or seal.",
                "Compare your certificate with its printed copy. If anything in it is wrong, tell the window at once.",
            ),
        ),
        Section(
            "How long it holds",
            (
                "Three years from the day of issue; the printed copy says until when.",
                "To go on after that, apply for its renewal at a window, from {months} months before its last day on. You "
                "get a certificate for a new key pair, and the old one is revoked.",
                "Renewals are taken at windows only, never online.",
                "It is revoked before its time when your name or address changes in the resident register, or your "
                "entry there ends.",
                "If you no longer need it, you can have it revoked at a window.",
            ),
        ),
        Section(
            "Your personal data",
            (
                "The certificate holds your name, date of birth, sex, address and public key. Whoever gets a document "
                "that you signed can read them.",
                "Records of your application are kept for a time that is laid down, also after the certificate's end.",
            ),
        ),
    ),
    fees=FeeWords(
        heading="Fees",
        columns=("For", "Fee"),
        issue="A certificate",
        reissue="Another one after a loss, or after somebody learnt your PIN",
        compromise="Another one after a compromise of the governor's key",
        yen="{yen:,} yen",
        free="free of charge",
        unsettled="ask at the window",
    ),
    terms=TermsWords(
        heading="Terms of use",
        accepted="The terms of use (利用規約) in force are version {version}.",
        where="They are published at {uri}",
        none="Ask at the window for the terms of use.",
    ),
    foot="{place}　　made {day}　　rules of windows {version}",
)
GUIDES = {Language.JA: _JA, Language.EN: _EN}
"""By language."""
