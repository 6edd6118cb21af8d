"""`openjpki window`, `governor` and `sign`: applicants, and officers who act for them."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "Applications, decisions and revocation at a window.": "窓口での申請の受付、承認・却下、失効。",
    "5-digit municipal code, e.g. 13101.": "市区町村コード5桁（例: 13101）。",
    "Where the certificate (PEM) goes.": "証明書（PEM）の出力先。",
    "How identity was shown.": "本人確認の方法。",
    "Kind of document, e.g. passport; never its number.": "本人確認書類の種類（例: passport）。書類の番号は入力しません。",
    "① ②: take an application; the four attributes are compared with the register.": "①②: 発行の申請を受け付け、基本4情報を住民基本台帳と照合します。",
    "Name, 氏名: its words with a full-width space between two.": "氏名（姓と名など、語の間に全角の空白を1つ）。",
    "Name in Roman letters, ローマ字.": "氏名のローマ字表記。",
    "Birth date, 生年月日: 1915-10-24, T4.10.24 or 大正4年10月24日; where the rest is unknown, "
    "大正4年月日不詳.": "生年月日（1915-10-24、T4.10.24、大正4年10月24日のいずれか。不詳のときは「大正4年月日不詳」）。",
    "Sex, 男女の別.": "男女の別。",
    "What stands for a character of the name that no certificate can hold (代替文字), as 1=高; "
    "several times.": "氏名のうち証明書に使用できない文字の代わりに使う文字（代替文字）。例: 1=高。複数指定できます。",
    "The same for the address; several times.": "住所についての代替文字。複数指定できます。",
    "Address, 住所, from the prefecture on.": "住所（都道府県名から）。",
    "Window: 3 digits and a letter.": "窓口（数字3桁と英大文字1字）。",
    "②: record that the applicant is the person in the register.": "②: 申請者が住民基本台帳に記録された本人であることの確認を記録します。",
    "Where the PKCS#10 (DER) goes.": "証明書発行要求（PKCS#10、DER）の出力先。",
    "Where the encrypted key goes, without a card.": "暗号化した鍵の出力先。カードを使わないときに指定します。",
    "③: the applicant makes a key pair, on a card or in an encrypted file; it is never sent.": "③: 申請者がカードまたは暗号化されたファイルに鍵ペアを生成します。秘密鍵は送信されません。",
    "PKCS#10, PEM or DER.": "証明書発行要求（PKCS#10、PEMまたはDER）。",
    "④: hand in the public key with proof of possession.": "④: 秘密鍵を持っていることの証明を付けて、公開鍵を提示します。",
    "The decision.": "承認または却下。",
    "The applicant's PKCS#10, to approve: for this key and no other.": "申請者の証明書発行要求（PKCS#10）。承認するときに指定し、この鍵だけを承認します。",
    "Instead of it the key's SHA-256, hexadecimal, from the applicant's paper.": "証明書発行要求の代わりに、申請者の書面にある鍵のSHA-256（16進数）。",
    "Where the governor's one (PEM) goes.": "都道府県単位認証局の証明書（PEM）の出力先。",
    "⑤ to ⑦: a second officer decides; on approval the certificate comes back.": "⑤〜⑦: 別の職員が承認または却下します。承認すると証明書が発行されます。",
    "Answer for an application whose taker's key was lost or revoked; nothing of it is lost.": "受け付けた職員の鍵が紛失または失効した申請を引き継ぎます。申請の内容は失われません。",
    "Applications of the municipality, oldest first.": "市区町村の申請を、受け付けた順に表示します。",
    "In this state; key-presented waits for a second officer.": "申請の状態。key-presentedは、別の職員の決定を待つものです。",
    "Taken at this window: 3 digits and a letter.": "受け付けた窓口（数字3桁と英大文字1字）。",
    "Taken on this day.": "受け付けた日。",
    "Of this resident, with the three options that follow.": "申請者の氏名。続く3つのオプションと一緒に指定します。",
    "So many at most.": "表示する件数の上限。",
    "Why it is rejected; needed to reject.": "却下の理由。却下するときに指定します。",
    "Why the applicant takes it back.": "取下げの理由。",
    "The reason in words, needed for `other`; nothing of the person.": "理由の説明。otherのときに必要です。個人に関することは入力しません。",
    "The applicant takes the application back.": "申請者の申出により、申請を取り下げます。",
    "What an application says, who did what; its certificate once more, once there is one.": "申請の内容と、だれが何を行ったかを表示します。発行された証明書をもう一度出力することもできます。",
    "Certificates handed out to a resident, newest first: to revoke one whose card is lost.": "住民に交付した証明書を、新しい順に表示します。カードを失った人の証明書を失効させるときに使います。",
    "Serial number, hexadecimal.": "証明書の発行の番号（16進数）。",
    "What the person asks for.": "失効の事由（本人の申出によるもの）。",
    "Revoke a certificate for the person at the window.": "窓口に来た本人の申請により、証明書を失効させます。",
    "⑦: the certificate's copy on paper (電子証明書の写し), for its holder.": "⑦: 署名利用者に交付する電子証明書の写しを、PDFで作成します。",
    "PDF to write.": "PDFの出力先。",
    "TrueType font of names and addresses; without: IPAmj Mincho where it is installed, else the "
    "other.": "氏名と住所に使うTrueTypeフォント。指定がなければ、IPAmj明朝があればIPAmj明朝、なければ--fontのフォント。",
    # governor
    "A governor's officer at the authority: revocation ex officio (職権失効).": "都道府県の職員が認証局で行う、職権による失効。",
    "Your authority, e.g. signing-13.": "所属する認証局（例: signing-13）。",
    "Revoke a resident's certificate ex officio, signed with your key.": "住民の証明書を職権で失効させます。職員の鍵で署名します。",
    # sign
    "Sign DOCUMENT: a detached CMS signature in DER beside it.": "文書DOCUMENTに署名します。署名（CMS、DER）は文書とは別のファイルになります。",
    "Any file; it stays as it is.": "署名する文書。どのようなファイルでもよく、変更されません。",
    "The signer's certificate, PEM.": "署名者の証明書（PEM）。",
    "The signer's encrypted key, PEM, not on a card.": "署名者の暗号化された鍵（PEM）。カードを使わないときに指定します。",
    "Where to write it; default: DOCUMENT.p7s.": "署名の出力先。指定がなければDOCUMENT.p7s。",
}
