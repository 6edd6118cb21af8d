"""Rules that the command line itself refuses by, and what the machine says of files."""

from __future__ import annotations

import errno
from typing import Final

RULES: Final[dict[str, str]] = {
    # Values.
    "must be hexadecimal": "16進数で指定してください。",
    "must be hexadecimal digits": "16進数で指定してください。",
    "must be 64 hexadecimal digits": "16進数64桁で指定してください。",
    "must be 64 hexadecimal digits (SHA-256)": "SHA-256を16進数64桁で指定してください。",
    "must be a SHA-256, hexadecimal": "SHA-256を16進数で指定してください。",
    "must be a dotted object identifier": "オブジェクト識別子（OID）をドット区切りで指定してください。",
    "must be ISSUER:SUBJECT": "「発行者側:主体者側」の形で指定してください。",
    "must be AUTHORITY=FILE, e.g. signing-13=authority.pem": "「認証局=ファイル」の形で指定してください（例: signing-13=authority.pem）。",
    # Files.
    "can't be read": "ファイルを読み取れません。",
    "must be a file with a certificate": "証明書のファイルを指定してください。",
    "must hold a certificate that can be read": "読み取れる証明書のファイルを指定してください。",
    "is not PEM of one revocation list": "失効情報ファイルを1つだけ含むPEMを指定してください。",
    "is not PEM of a revocation list": "失効情報ファイルを含むPEMを指定してください。",
    "is not UTF-8": "UTF-8のファイルを指定してください。",
    "must be a JSON object": "JSONのオブジェクトを書いたファイルを指定してください。",
    "must be a file of `openjpki responder request`": "`openjpki responder request`が出力したファイルを指定してください。",
    "is no file that `openjpki officer key` wrote": "`openjpki officer key`が出力したファイルを指定してください。",
    "is no SPIFFE id, no sha256: fingerprint and no file with a PEM certificate": "SPIFFE ID、「sha256:」とフィンガープリント、証明書のファイル（PEM）のいずれかを指定してください。",
    # Keys and secrets.
    "say either --key FILE or --card TOKEN": "--key ファイルまたは--card トークンのどちらか一方を指定してください。",
    "say either --request or --fingerprint": "--requestまたは--fingerprintのどちらか一方を指定してください。",
    "or --fingerprint is needed to approve: the key as the applicant has it": "承認には、申請者が持つ鍵を--requestまたは--fingerprintで指定してください。",
    "is needed to approve: the key as the applicant has it, not as the service shows it": "承認には、サービスが示すものではなく、申請者が持つ鍵を指定してください。",
    "holds another key than the service shows for this application": "サービスが示す、この申請の鍵と異なります。",
    "or --token must say where the key goes": "鍵の出力先を--keyまたは--tokenで指定してください。",
    "or --token must say where the officer's key is": "職員の鍵を--keyまたは--tokenで指定してください。",
    "or --signing-token must say where your signing key is; `openjpki officer key` makes one, and operators enrol it": "署名用の鍵を--signing-keyまたは--signing-tokenで指定してください。鍵は`openjpki officer key`で作成し、運用担当者が登録します。",
    "a key is there already; name another file": "鍵が既にあります。別のファイルを指定してください。",
    "must be an RSA key": "RSAの鍵を指定してください。",
    "must be a file with an encrypted PKCS#8 key": "暗号化された鍵（PKCS#8）のファイルを指定してください。",
    "is not opened by this passphrase": "このパスフレーズでは開けません。",
    "is needed to reach a card": "カードのライブラリを指定してください。",
    "must be named where nobody is at a terminal": "端末で入力できないときは、ファイルを指定してください。",
    "must not be empty": "空にはできません。",
    # What a service shows, or has not.
    "has no certificate": "証明書はまだありません。",
    "has no certificate yet": "証明書はまだありません。",
    "has no certificate to revoke": "失効させる証明書がありません。",
    "there is no receipt for it": "この申請の受領証はありません。",
    "the database knows of nothing that was ever done": "データベースに処理の記録が1つもありません。",
    "is not of the key that the bridge shows": "ブリッジが示す鍵と異なります。",
    "is not of the certificate that the bridge shows": "ブリッジが示す証明書と異なります。",
    "is not the one that the bridge shows": "ブリッジが示すものと異なります。",
    "is not the application that the service shows": "サービスが示す申請と異なります。",
    "is not the application that was submitted; the service is not to be trusted": "提出した申請と異なります。このサービスを信用してはなりません。",
}
"""By the rule as it is raised in :mod:`openjpki.cli`; those with values in them stay in English."""

FILES: Final = {
    errno.ENOENT: "ファイルまたはフォルダーがありません。",
    errno.EACCES: "権限がありません。",
    errno.EPERM: "権限がありません。",
    errno.EEXIST: "既にあります。",
    errno.EISDIR: "フォルダーです。",
    errno.ENOTDIR: "フォルダーではありません。",
    errno.ENOSPC: "ディスクに空きがありません。",
    errno.EDQUOT: "ディスクの割当てを使い切りました。",
    errno.EROFS: "書き込みできない場所です。",
}
"""By the error's number."""
