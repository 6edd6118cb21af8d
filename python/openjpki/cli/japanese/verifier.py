"""`openjpki verifier` and `verify`: those who rely on signatures."""

from __future__ import annotations

from typing import Final

_ONE: Final = "e.g. signing-13; a prefecture's number alone means its signing one."
_AN_AUTHORITY: Final = "例: signing-13。都道府県の番号だけなら、その署名用の認証局"

TEXTS: Final = {
    "Registered verifiers (署名検証者) and status.": "署名検証者の登録と、証明書の有効性確認。",
    f"Which, {_ONE}": f"認証局（{_AN_AUTHORITY}）。",
    f"Several times; {_ONE}": f"取決めを結べる認証局（{_AN_AUTHORITY}）。繰り返し指定できます。",
    "Who registers, in the embedded mesh.": "登録する運用担当者（試用環境の場合）。",
    "Verifier id, e.g. tax-office.": "署名検証者の番号（例: tax-office）。",
    "The mesh's name, as its operators say it.": "メッシュの名称（運用担当者から聞いたもの）。",
    "Folder for tls.key and tls.csr.": "tls.keyとtls.csrを書き込むフォルダー。",
    "On the verifier's machine: make its key for the mesh, and the request for a certificate.": "署名検証者の端末で、メッシュのための鍵と、証明書を求めるファイルを作成します。",
    "Verifier id.": "署名検証者の番号。",
    "Certificate that signs its OCSP requests, PEM.": "OCSPの照会に署名する証明書（PEM）。",
    "Closed network answered over plain HTTP, CIDR.": "暗号化されていないHTTPで回答する閉域網のアドレス（CIDR）。",
    "Register a verifier or replace its entry.": "署名検証者を登録するか、登録の内容を置き換えます。",
    "End a verifier's access.": "署名検証者の登録を取り消します。",
    "Several times; default: all that a verifier may agree with.": "認証局。繰り返し指定できます。省略すると、署名検証者が取決めを結べる認証局すべてです。",
    "It had this id before it was removed.": "登録が取り消される前に、この番号を使っていた署名検証者です。",
    "Also where governors have agreed with it; each ends for good, and takes two of its officers to come back.": "取決めを結んだ都道府県があっても取り消します。取決めはすべて終了し、再び結ぶには各都道府県の職員2人が必要です。",
    "All registered verifiers.": "登録されている署名検証者をすべて表示します。",
    "Serial numbers, hexadecimal.": "証明書の発行の番号（16進数）。複数指定できます。",
    "Ask whether certificates still hold; ends with 4 when one does not.": "証明書が有効かどうかを照会します。有効でないものがあれば、終了コードは4になります。",
    "Municipal code.": "市区町村コード。",
    "Download the newest revocation list of a municipality's certificates.": "市区町村の証明書の、最新の失効情報ファイルを取得します。",
    "How much you were told, by authority and way.": "提供を受けた回数を、認証局と提供の方法ごとに表示します。",
    "Write how much you were told in a month, to hold against what you are to pay.": "1か月分の提供を受けた回数を、請求された料金と照合できるよう、ファイルに書き込みます。",
    "Bring a copy of all revocation lists up to date; ends with 4 when one is not.": "すべての失効情報ファイルの写しを最新にします。最新にできないものがあれば、終了コードは4になります。",
    "Folder of the lists, made when missing.": "失効情報ファイルのフォルダー。なければ作成します。",
    "With --lists-key: how old what ca has signed may be.": "--lists-keyを指定したとき、目録を有効とする、作成からの時間数。",
    "Public key of ca's receipts, PEM, to check which lists there are: one that is kept back is found out.": "失効情報ファイルの目録の署名を検証する公開鍵（受領証の鍵、PEM）。示されなかった失効情報ファイルがあれば分かります。",
    # verify
    "Check DOCUMENT against SIGNATURE: signature, issuer, profile, validity, revocation.": "文書DOCUMENTの署名SIGNATUREを検証します。署名、発行者、証明書の内容、有効期間、失効を確認します。",
    "The file that was signed.": "署名された文書。",
    "Its CMS signature, in DER, BER or PEM.": "その署名（CMS、DER、BERまたはPEM）。",
    "A trusted governor's certificate as AUTHORITY=FILE, e.g. signing-13=a.pem.": "信頼する都道府県単位認証局の証明書を「認証局=ファイル」の形で（例: signing-13=a.pem）。",
    "Ask no service, only the lists that `verifier sync` has put into this folder.": "サービスに照会せず、verifier syncがこのフォルダーに保存した失効情報ファイルだけで確認します。",
    "Folder to keep revocation lists in, which speak while the service is away.": "失効情報ファイルを保存するフォルダー。サービスを利用できない間は、これで確認します。",
}
