"""`openjpki path`: certification paths, judged on one's own machine."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "Certification paths of any PKI, judged on this machine.": "どの認証基盤の認証パスでも、この端末で検証します。",
    "The certificate, PEM or DER.": "検証する証明書（PEMまたはDER）。",
    "Whom you trust: certificates, PEM or DER; again for more.": "信頼する証明書（PEMまたはDER）。繰り返し指定できます。",
    "A file or a folder with certificates, revocation lists and OCSP responses, PEM or DER; again for more.": "証明書、失効情報ファイル、OCSPの回答（PEMまたはDER）のファイルまたはフォルダー。繰り返し指定できます。",
    "As of this time, RFC 3339; default: now.": "検証の時点（RFC 3339）。指定がなければ現在。",
    "A policy must be left at the end.": "認証パスの終わりに、有効なポリシーが残ることを求めます。",
    "No policy is mapped to another.": "ポリシーの対応付けを認めません。",
    "anyPolicy stands for no other.": "anyPolicyをほかのポリシーの代わりと認めません。",
    "Nothing is asked about revocation.": "失効を確認しません。",
    "From this list of the pool on its issuer's numbers count anew; again for more.": "この失効情報ファイルから、発行者の番号が新たに始まるものとします（SHA-256で指定）。繰り返し指定できます。",
    "Find a valid path from an anchor to a certificate, or say why there is none (RFC 5280).": "信頼する証明書から対象の証明書までの有効な認証パスを探します。なければ、その理由を示します（RFC 5280）。",
    "One question a line, JSON; else standard input.": "1行に1問のJSON。指定がなければ標準入力から読みます。",
    "Answer many questions, a JSON object a line in and one out (docs/path-validation.md).": "多数の問いに答えます。1行に1つのJSONを読み、1つのJSONを返します（docs/path-validation.md）。",
}
