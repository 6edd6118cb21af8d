"""What is said of each check of a signed document (`openjpki verify`)."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "an earlier check failed": "先の確認で不合格となったため、行っていません。",
    "over this content, {}": "この文書に対する署名です（{0}）。",
    "authority {}": "認証局{0}が発行した証明書です。",
    "no trusted authority issued the signer's certificate": "署名者の証明書は、信頼する認証局が発行したものではありません。",
    "a user's certificate for signing": "署名利用者の署名用電子証明書です。",
    "the certificate's extensions can't be read": "証明書の拡張領域を読み取れません。",
    "unknown critical extension {}": "処理できない重要な（critical）拡張があります: {0}",
    "the certificate is not for signing documents": "文書に署名するための証明書ではありません。",
    "the certificate names no policy": "証明書にポリシーがありません。",
    "the certificate is not under the agreed policy {}": "証明書のポリシーが、取り決めたもの（{0}）ではありません。",
    "the {} is not valid before {}Z": "{0}の有効期間は{1}（UTC）からです。",
    "the {} ended on {}Z": "{0}の有効期間は{1}（UTC）に終わっています。",
    "until {}Z": "{0}（UTC）まで有効です。",
    "the serial number is not positive; no authority issues such": "発行の番号が正の数ではありません。このような番号で発行する認証局はありません。",
    "not revoked{}": "失効していません{0}。",
    "revoked on {}Z ({}){}": "{0}（UTC）に失効しています（{1}）{2}。",
    "the authority never issued this certificate": "この認証局は、この証明書を発行していません。",
    "there is no certificate to check": "確認する証明書がありません。",
    "the certificate can't be read": "証明書を読み取れません。",
    "there is no issuer to check with": "確認に用いる発行者がありません。",
    ", by {}": "（{0}）",
    "status service, as of {}Z": "サービスへの照会、{0}（UTC）時点",
    "revocation list {}, as of {}Z, offline": "失効情報ファイル{0}、{1}（UTC）時点、サービスに照会せず",
    "revocation list {}, as of {}Z, while the status service is away": "失効情報ファイル{0}、{1}（UTC）時点、サービスに照会できないため",
}
