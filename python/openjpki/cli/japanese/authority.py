"""`openjpki authority`, `responder` and `receipts`: what ca has, and what it signs."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "Prefectural authorities (都道府県単位認証局), on the ca's own machine.": "都道府県単位認証局。caのサーバーで実行します。",
    "Which one, e.g. signing-13; a prefecture's number alone means its signing one.": "認証局（例: signing-13）。都道府県の番号だけなら、その署名用の認証局。",
    "Make an authority: its key in the key backend, its self-signed certificate, its lists.": "認証局を作ります。鍵、自己署名証明書、失効情報ファイルを作成します。",
    "Its policy, JSON; what is left out is usual; - for stdin.": "認証局のポリシー（JSON）。省いた項目は通常の値になります。「-」なら標準入力。",
    "The authorities here that can be read, a row for each generation of their keys.": "ここにある認証局のうち読み取れるものを、鍵の世代ごとに1行で表示します。",
    "Write the self-signed certificate of an authority's generation.": "認証局のある世代の自己署名証明書を出力します。",
    "File for its public half, PEM.": "公開鍵の出力先（PEM）。",
    "Write the public half of the key that signs receipts; the key is made unless it is there.": "受領証に署名する鍵の公開鍵を出力します。鍵がなければ作成します。",
    "Folder for each as files: statement, COSE_Sign1, the officer's public key.": "それぞれをファイル（署名の対象、COSE_Sign1、職員の公開鍵）として出力するフォルダー。",
    "What officers signed for a certificate and for its revocation, verified once more.": "証明書の発行と失効について職員が署名したものを、改めて検証して表示します。",
    "Stop an authority from issuing; status and lists go on.": "認証局の発行を停止します。有効性確認と失効情報ファイルは続きます。",
    "Let a stopped authority issue again.": "停止した認証局の発行を再開します。",
    "Municipal code, or `authority` for authorities' certificates.": "市区町村コード、または認証局の証明書を表す`authority`。",
    "Make a revocation list now, or all of an authority's; otherwise they are made daily.": "失効情報ファイルを今すぐ作成します。区分の指定がなければ、その認証局のすべてを作成します。通常は毎日作成されます。",
    "Make the next list of each scope whose newest one can't be read; the others are left alone.": "最新の失効情報ファイルを読み取れない区分について、次のものを作成します。ほかの区分はそのままです。",
    "Numbers go on behind every one that was used.": "番号は、既に使われたどの番号よりも後から続けます。",
    # generation
    "What is stored of the generations of keys, on the ca's own machine.": "保存されている鍵の世代。caのサーバーで実行します。",
    "Every generation of every authority's key, and the rule that one breaks that can't be read or is not as it was made.": "すべての認証局の鍵の世代を表示します。読み取れないもの、作成時と異なるものには、その理由を添えます。",
    "Put a generation as it was made in the place of one that is not; others are left alone.": "作成時と異なる世代を、作成時のとおりに戻します。ほかの世代はそのままです。",
    "Its number, as the journal has it.": "帳簿にある世代の番号。",
    "Its certificate, PEM or DER, where what is stored of it can't be read.": "その世代の証明書（PEMまたはDER）。保存されているものを読み取れない場合に指定します。",
    "Its state, where what is stored of it can't be read.": "その世代の状態。保存されているものを読み取れない場合に指定します。",
    # revocation
    "What is stored of an authority's revocations, on the ca's own machine.": "保存されている認証局の失効情報。caのサーバーで実行します。",
    "Every revocation that can't be read, is of no certificate, or differs from its certificate, by what stands in its row; and every one that the journal has and the table has not. Also the row of the authority's status feed, where that can't be read.": "読み取れない失効情報、証明書のない失効情報、証明書と異なる失効情報と、帳簿にあって表にない失効情報をすべて表示します。認証局のステータスフィードの行が読み取れない場合は、それも表示します。",
    "Enter such revocations anew from the journal, and drop their rows; others are left alone.": "そのような失効情報を帳簿から登録し直し、元の行を削除します。ほかの失効情報はそのままです。",
    "Where the journal does not vouch for all of them, nothing is changed.": "帳簿ですべてを裏付けられない場合は、何も変更しません。",
    # policy
    "What is stored of authorities' policies, on the ca's own machine.": "保存されている認証局のポリシー。caのサーバーで実行します。",
    "Every authority's policy by its SHA-256, and the rule that one breaks that can't be read.": "各認証局のポリシーをSHA-256で表示します。読み取れないものには、その理由を添えます。",
    "One authority's policy as it is stored, whether it can be read or not.": "認証局のポリシーを、読み取れるかどうかにかかわらず、保存されているとおりに表示します。",
    "JSON; what is left out is usual.": "ポリシー（JSON）。省いた項目は通常の値になります。",
    "Put a policy in the place of one that can't be read; one that can is left alone.": "読み取れないポリシーを置き換えます。読み取れるものはそのままです。",
    # responder
    "Keys of OCSP responders that ca knows, enrolled by two operators.": "caが知るOCSPレスポンダの鍵。運用担当者2名で登録します。",
    "Authority, e.g. signing-13.": "認証局（例: signing-13）。",
    "SHA-256 of the key, as `list` shows it.": "鍵のSHA-256（`list`が表示したもの）。",
    "Authorities the replica answers for.": "この複製が回答する認証局。",
    "File to write, PKCS#10 in PEM.": "証明書発行要求（PKCS#10、PEM）の出力先。",
    "On the replica's machine: make its keys, unless they are there, and write their requests.": "複製のサーバーで実行します。鍵がなければ作成し、その証明書発行要求を出力します。",
    "What `request` has written.": "`request`が出力したファイル。",
    "Scope and last part of its SPIFFE id, e.g. nationwide/ocsp.": "複製のSPIFFE IDの範囲と末尾（例: nationwide/ocsp）。",
    "Propose a replica's keys, for another operator to approve; those that wait already stay.": "複製の鍵の登録を申し込みます。別の運用担当者が承認します。既に承認を待っているものはそのままです。",
    "Enrol a key that another operator has proposed.": "別の運用担当者が申し込んだ鍵を登録します。",
    "End a key for good: it gets no more certificates, and those that it has are revoked.": "鍵を永久に取り消します。以後この鍵に証明書は発行されず、発行済みのものは失効します。",
    "Revoke one certificate of a responder; its key stays as it is.": "レスポンダの証明書を1つ失効させます。鍵の登録はそのままです。",
    "Every key of an authority's responders.": "認証局のレスポンダの鍵をすべて表示します。",
    # receipts
    "Receipts of the authority (受領証), on registration's own machine.": "認証局の受領証。registrationのサーバーで実行します。",
    "Folder for each receipt as files: statement, COSE_Sign1, public key.": "それぞれの受領証をファイル（署名の対象、COSE_Sign1、公開鍵）として出力するフォルダー。",
    "What ca signed about an application: its certificate issued, its certificate revoked.": "申請についてcaが署名した受領証（証明書の発行、失効）を表示します。",
}
