"""Rules of the registers of officers and of denied credentials: what one enters, another decides."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    # Officers.
    "can't be read, so that nobody can carry it out; reject it and propose anew": "読み取れないため、行うことができません。却下して、新しく申請してください。",
    "has a key; a new one must replace it": "既に鍵があります。鍵の更新として申請してください。",
    "has been replaced already": "既に更新されています。",
    "has ended; propose an enrolment": "鍵の期間が終わっています。新しい登録として申請してください。",
    "has no key here": "ここに鍵が登録されていません。",
    "has no key left that counts": "有効な鍵が残っていません。",
    "has proposed {} keys that nobody has decided on": "まだ決定されていない鍵の申請が{0}件あります。",
    "is no key of this officer": "この職員の鍵ではありません。",
    "is no officer of an authority that you operate": "あなたが担当する認証局の職員ではありません。",
    "is no proposal here": "その申請はここにありません。",
    "is or was an officer's key already": "既に職員の鍵として登録されたことがあります。",
    "is suspended; whether they are revoked must be decided first": "停止中です。先に、失効させるかどうかを決定してください。",
    "is {} already": "既に「{0}」の状態です。",
    "is {}": "「{0}」の状態です。",
    "must be 32 octets (SHA-256), or empty": "SHA-256（32オクテット）を指定するか、空にしてください。",
    "must be decided by another operator than who proposed it": "申請した人とは別の運用担当者が決定してください。",
    "was proposed by somebody who is denied since: it must be proposed anew": "申請した人の資格情報が停止されています。新しく申請してください。",
    # Denied credentials.
    "has denied {} credentials already": "既に{0}件の資格情報を停止しています。",
    "is about you as an officer: another operator may end it": "職員としてのあなたについての申請です。別の運用担当者が取り消せます。",
    "is no credential of a mesh": "このシステムの資格情報ではありません。",
    "is no id that a credential of {} can have (docs/identities.md)": "{0}の資格情報のIDとしてあり得ない形です（docs/identities.md）。",
    "is not on the list": "停止した資格情報の一覧にありません。",
    "is the one you call with": "あなたが使っている資格情報です。",
    "may be your own: another operator may allow it": "あなた自身のものかもしれません。別の運用担当者が再開できます。",
    "speaks for more than the authorities that you operate": "あなたが担当する認証局の範囲を超える資格情報です。",
    "was denied by you: another operator may allow it": "あなたが停止したものです。別の運用担当者が再開できます。",
    # The journal's clock, and what was taken back since a backup.
    "is not the day, in UTC, that the clocks of this machine and of the database say; set right which of them is wrong": "このサーバーとデータベースの時計が示す日付（UTC）と異なります。誤っている時計を直してください。",
    "has no officer or credential with a cause in line {}": "{0}行目に、職員または資格情報と事由がありません。",
    "has what {} tells from {} on, and the database ends at {}": "{0}の内容は{1}以降のものですが、データベースの記録は{2}までです。",
}
