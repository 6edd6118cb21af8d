"""Rules of the registration service: applications, windows, the resident register."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    # Applications.
    "the municipality has no such application": "その申請は、この市区町村にありません。",
    "the person has an application that is not decided yet": "この方の、まだ決定されていない申請があります。",
    "the person has a certificate that is neither revoked nor expired": "この方の、有効な証明書が既にあります。",
    "holds a key presented before; make a new key pair": "以前に提示された鍵です。新しい鍵ペアを作成してください。",
    "is needed to reject: the reason is kept": "却下するときは、理由が必要です。理由は記録されます。",
    "must not be said to approve": "承認するときは、指定しません。",
    "is needed where the reason is none of those listed": "理由が「その他」（other）のときは、説明が必要です。",
    "must be one line of at most 200 characters": "改行のない200文字以内で入力してください。",
    "must have no four digits in a row: no number of a person or document": "4桁以上の数字は入力できません。個人や書類の番号は記録しません。",
    "is from before officers signed": "職員の署名が行われるようになる前のものです。",
    "is signed by another officer than the caller": "操作する人とは別の職員が署名しています。",
    "must be signed for this request": "この要求に対して署名してください。",
    "was not signed just now, by our clock": "サービスの時計では、いま署名されたものではありません。",
    "the authority refused; a new application is needed": "認証局が発行を拒否しました。新しい申請が必要です。",
    "the authority's certificate {}": "認証局の証明書が正しくありません: {0}",
    "the certificate's officer id {}": "証明書の職員ID: {0}",
    "must be 1 to 64 letters, digits and inner hyphens": "英数字とハイフン（先頭と末尾を除く）の1～64文字で指定してください。",
    "must be 1 to {} characters": "1～{0}文字で指定してください。",
    # The copy of a certificate.
    "holds a certificate that is not the application's; the service is not to be trusted": "申請の内容と異なる証明書です。このサービスは信頼できません。",
    "is not what the certified text was made of": "証明書に記録された文字のもとになった表記ではありません。",
    "lacks an extension of a user's, or has one that can't be read": "署名利用者の証明書に必要な拡張領域がないか、読み取れません。",
    "has no RSA key": "RSAの公開鍵がありません。",
    "holds a character that no user certificate does": "署名利用者の証明書に使用できない文字があります。",
    "marks other characters than it holds": "代替文字の使用位置情報が、文字数と一致しません。",
    "has a date of birth that is none": "生年月日として正しくない値があります。",
    # Handing over.
    "the certificate was revoked meanwhile": "証明書は失効しています。",
    "the certificate has expired": "証明書の有効期間が終了しています。",
    "the person has another certificate that lives": "この方の、有効な別の証明書があります。",
    # Rules of windows.
    "names terms, and none are in force": "利用規約は定められていないため、指定しません。",
    "must be the version of the terms in force, {}, which the applicant accepts": "申請者が同意する利用規約の版（現在は{0}）を指定してください。",
    "must be 0 to {} yen": "0～{0}円で指定してください。",
    "must be more than what is paid ordinarily": "通常の発行の手数料より高い額を指定してください。",
    # Identity checks.
    "is no document that is taken; these are: {}": "本人確認に使える書類ではありません。使える書類: {0}",
    "is not how this document is checked: with a photograph it is enough, without one questions belong to it": "この書類の確認方法ではありません。写真付きの書類はそれだけで確認し、写真のない書類は質問と併せて確認します。",
    "must be another document each": "それぞれ別の書類を指定してください。",
    "must be {} at least": "{0}種類以上を指定してください。",
    "must be of these, each once: {}": "次の質問を、それぞれ1回だけ指定してください: {0}",
    "must be {} at least that were answered right": "正しく答えられた質問が{0}問以上必要です。",
    "must have entries, each of an id of its own": "1つ以上を、重複しないidで指定してください。",
    "must have ids in a-z, 0-9 and hyphens, without a number in them": "idは、英小文字・数字・ハイフンで、4桁以上の数字を含めずに指定してください。",
    "must have names of one line, in both languages": "名称は、日本語と英語でそれぞれ1行で指定してください。",
    "must need one with a photograph, else one to three": "必要な数は、写真付きの書類は1、それ以外は1～3としてください。",
    "must be one at least, and as many as questions at most": "1以上、質問の数以下としてください。",
    # Receipts.
    "holds no public key: put there what `openjpki authority receipt-key` writes": "公開鍵がありません。`openjpki authority receipt-key`が出力したものを置いてください。",
    "is by a key that is not known here": "ここで知られていない鍵によるものです。",
    "the authority's answer has no receipt that counts": "認証局の回答に、有効な受領証がありません。",
    "{} can't be read: {}": "{0}を読み取れません: {1}",
    "{} is no public key in PEM": "{0}は公開鍵のPEMではありません。",
    "{} {}": "{0}: {1}",
    "is not what an answer gave as its next page": "前の回答が示した続きの位置ではありません。",
    "--birth-date, --sex and --address belong together: a person is found by all four": "--birth-date、--sex、--addressと一緒に指定してください。申請者は基本4情報のすべてで探します。",
    # Revocation.
    "is not a ground that a window can act on": "窓口で受け付けられる失効事由ではありません。",
    "the municipality handed out no such certificate": "この市区町村が交付した証明書ではありません。",
    "is needed to say that somebody is not the holder": "署名利用者本人でないことを理由とするときは、証明書の発行の番号が必要です。",
    "holds a certificate that none of its issuers made": "発行者のいずれも発行していない証明書があります。",
    # The resident register.
    "line {}: {}": "{0}行目: {1}",
    "must name {}": "次の列が必要です: {0=}",
    "must have {} columns": "{0}列にしてください。",
    "is not CSV (RFC 4180)": "CSV（RFC 4180）ではありません。",
    "stands in an earlier line already": "前の行に既にあります。",
    "changed while it was read: nothing was loaded": "読取り中に変更されたため、何も取り込んでいません。",
    "is no municipality of a row that can be taken": "取り込める行に、この市区町村のものがありません。",
    "must begin with the municipality's prefecture": "市区町村の都道府県名から始めてください。",
    "the resident register is not loaded yet": "住民基本台帳の写しがまだ取り込まれていません。",
    # Change notices.
    "lies ahead of this service's clock": "このサービスの時計より先の日時です。",
    "must go on at {}: what comes before this was not taken": "{0}番から続けてください。これより前の通知が届いていません。",
    "differs from what was taken under the number {}": "{0}番で既に届いている通知と内容が異なります。",
    "must lie after the begin": "期間の初めより後の日時を指定してください。",
    "must be a number from 1 on": "1以上の番号を指定してください。",
    "is no key that `register link-key` wrote": "`register link-key`で書き出した鍵ではありません。",
    # Settings.
    "holds another key than the one this database was begun with": "このデータベースの使用を始めたときの鍵と異なります。",
    "must be another database than the service's own": "サービス自身とは別のデータベースを指定してください。",
    "must hold 32 to 4096 random octets": "32～4096オクテットの乱数でなければなりません。",
}
