"""`openjpki officer` and `mesh`: who acts in the mesh, and whose signature counts."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "Officers' signing keys (職員の署名用の鍵), and whose count.": "職員の署名用の鍵と、その登録。",
    "The officer's key, an encrypted file.": "職員の鍵（暗号化されたファイル）。",
    "Label of the officer's PKCS#11 token; the key never leaves it.": "職員のPKCS#11トークンのラベル。鍵はトークンの外に出ません。",
    "E.g. window-officer/13101/tanaka.": "職員（例: window-officer/13101/tanaka）。",
    "What `officer key` wrote.": "`officer key`が出力したファイル。",
    "Id of the proposal.": "登録の申請の番号。",
    "Who proposes, in the embedded mesh.": "申し込む運用担当者（試用環境の場合）。",
    "Who decides, in the embedded mesh: another.": "承認または却下する、別の運用担当者（試用環境の場合）。",
    "Default: now. UTC.": "有効期間の開始日（UTC）。指定がなければ現在から。",
    "Default: a year later. UTC.": "有効期間の終了日（UTC）。指定がなければ1年後。",
    "File for the operator to enrol.": "運用担当者が登録に使うファイルの出力先。",
    "Service that is to know the key; several times. Default: ca.": "鍵を登録するサービス。繰り返し指定できます。指定がなければca。",
    "Present a key that is there, make none.": "鍵を作成せず、既にあるものを使います。",
    "Make your signing key, and the request with which an operator enrols it.": "署名用の鍵と、運用担当者に登録を依頼するためのファイルを作成します。",
    "Propose to know an officer by a first key; another operator approves.": "職員の最初の鍵の登録を申し込みます。別の運用担当者が承認します。",
    "Fingerprint of the old key; default: the only one.": "更新前の鍵のSHA-256。鍵が1つだけなら省けます。",
    "Propose a key in place of an old one, which counts for 30 days more.": "鍵の更新を申し込みます。更新前の鍵は、あと30日間有効です。",
    "Carry out what another operator proposed.": "別の運用担当者が申し込んだものを承認します。",
    "End a proposal; of a revocation, let the officer's keys count again.": "申込みを却下します。失効の申込みなら、職員の鍵は再び有効になります。",
    "Suspend an officer's keys at once; another operator makes it final or lifts it.": "職員の鍵を直ちに停止します。別の運用担当者が失効を確定するか、停止を解きます。",
    "Only this officer's keys.": "この職員の鍵だけを表示します。",
    "Only keys to renew: they end by then.": "この日数のうちに終わる、更新が必要な鍵だけを表示します。",
    "What waits for a second operator, instead.": "鍵の代わりに、別の運用担当者の承認を待つものを表示します。",
    "Officers' keys, or the proposals that wait.": "職員の鍵、または承認を待つ申込みを表示します。",
    # mesh
    "Whose credentials a service takes no longer.": "サービスが受け付けない資格情報。",
    "SPIFFE id; or sha256: and a certificate's fingerprint; or its PEM file.": "SPIFFE ID、「sha256:」と証明書のフィンガープリント、または証明書のファイル（PEM）。",
    "Refuse a credential from now on, on open connections too.": "資格情報の利用を、接続中のものも含めて直ちに停止します。",
    "Take a credential off the list; another operator than who denied it.": "資格情報の利用を再開します。停止した人とは別の運用担当者が行います。",
    "List whose credentials are refused, the newest first.": "利用を停止している資格情報を、新しい順に表示します。",
}
