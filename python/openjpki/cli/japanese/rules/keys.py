"""Rules of keys, of devices that hold them, and of what officers sign with theirs."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    # Files.
    "is open to others on this machine; take their rights away (chmod o=)": "このサーバーのほかのユーザーが読めるファイルです。その権限を外してください（chmod o=）。",
    "must belong to the user of this process and be closed to all others (chmod go=)": "このプログラムを実行するユーザーが所有し、ほかの誰も読めないファイルにしてください（chmod go=）。",
    "is not one PEM block of an encrypted key": "暗号化された鍵を1つだけ含むPEMファイルではありません。",
    "the file can't be read: {}": "ファイルを読み取れません: {0}",
    "the first line must have 1 to {} bytes": "1行目は1～{0}バイトにしてください。",
    "there is no such file": "そのファイルはありません。",
    "the passphrase does not open it": "このパスフレーズでは開けません。",
    "the TLS library can't use it: {}": "TLSのライブラリで使えません: {0}",
    "the directory of keys can't be used: {}": "鍵のフォルダーを使えません: {0}",
    "there is a key of that name; keys are never replaced": "その名前の鍵が既にあります。鍵が上書きされることはありません。",
    "there is a key {}; keys are never replaced": "鍵{0}が既にあります。鍵が上書きされることはありません。",
    "there is no key {}": "鍵{0}がありません。",
    "must be kind/owner/generation, e.g. authority/signing-13/1": "「種類/所有者/世代」の形で指定してください（例: authority/signing-13/1）。",
    "{} must match {}": "{0}は次の形式でなければなりません: {1}",
    # Devices.
    "administration of the key device ended with status {}": "鍵の装置の管理処理が、終了コード{0}で終わりました。",
    "no token labelled {} is present": "ラベル{0}のトークンがありません。",
    "the PIN must be UTF-8": "暗証番号はUTF-8で指定してください。",
    "the PKCS#11 module can't be read: {}": "PKCS#11のライブラリを読み取れません: {0}",
    "the key device did not answer in time": "鍵の装置が時間内に応答しませんでした。",
    "the key device failed: {}": "鍵の装置に障害が発生しました: {0}",
    "the card does not give back what was written to it": "カードに書き込んだ内容を、そのとおりに読み出せません。",
    "is of another key than the card's": "カードにある鍵の証明書ではありません。",
    "the token refused the PIN ({})": "トークンが暗証番号を拒否しました（{0}）。",
    # Settings of keys.
    "is needed for this kind of keys": "この種類の鍵には必要です。",
    "must be 0 to 1": "0から1までの数で指定してください。",
    "must be above 0": "0より大きい数を指定してください。",
    "must be at least 1": "1以上の数を指定してください。",
    "must be measured or off": "measuredまたはoffを指定してください。",
    "must be software or pkcs11": "softwareまたはpkcs11を指定してください。",
    # Public keys.
    "must be a key on the curve P-256": "曲線P-256の鍵を指定してください。",
    "must be an RSA key or one on the curve P-256, uncompressed": "RSAの鍵、または曲線P-256の鍵（非圧縮形式）を指定してください。",
    "must be an RSA key of {} bits": "{0}ビットのRSAの鍵を指定してください。",
    "must hold an RSA key": "RSAの鍵を含むものを指定してください。",
    "must hold an RSA key or one on P-256, P-384 or P-521: {}": "RSAの鍵、または曲線P-256・P-384・P-521の鍵を含むものを指定してください: {0}",
    "must be of an RSA key": "RSAの鍵のものを指定してください。",
    "must have a public exponent of at most {} bits": "公開指数は{0}ビット以内でなければなりません。",
    "must have an odd public exponent of at least {}": "公開指数は奇数で、{0}以上でなければなりません。",
    "must not be a weak key ({})": "安全でない鍵です（{0}）。",
    "is not a SubjectPublicKeyInfo": "公開鍵（SubjectPublicKeyInfo）ではありません。",
    # What officers sign.
    "is no approval": "承認の署名ではありません。",
    "is not this key's signature over what is asked for here": "ここで求める内容に対する、この鍵の署名ではありません。",
    "is signed with a key outside its times": "有効期間外の鍵で署名されています。",
    "is signed with a key that is {}": "「{0}」の状態の鍵で署名されています。",
    "did not issue the certificate; name {} with its own certificate": "この証明書の発行者ではありません。{0}とその自己署名証明書を指定してください。",
    "is signed with no key of this officer": "この職員の鍵で署名されていません。",
    "must be of another officer than {}": "{0}とは別の職員のものでなければなりません。",
    "must be of the key that is presented": "提示された鍵のものでなければなりません。",
    "must be signed within the last {} days": "{0}日以内に署名したものでなければなりません。",
    "must be {} or more, each of another officer": "{0}件以上、それぞれ別の職員のものが必要です。",
    "was signed too long ago, or by a clock that is ahead": "署名から時間が経ちすぎているか、時計が進んでいます。",
}
