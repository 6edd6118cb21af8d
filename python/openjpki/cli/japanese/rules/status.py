"""Rules of the ocsp service: verifiers, what they ask, and its responders."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    # Verifiers.
    "holds a certificate that is registered for another verifier": "別の署名検証者に登録されている証明書があります。",
    "overlaps a network that is registered for another verifier": "別の署名検証者に登録されているネットワークと重なっています。",
    "has agreements with governors, which would end for good: say that they are to": "都道府県との取決めがあります。登録を取り消すと終了します。終了してよい場合は、そのように指定してください。",
    "who may ask can't be read": "照会できる者の登録を読み取れません。",
    "is not a registered verifier": "登録されている署名検証者ではありません。",
    "is not among the authorities this verifier may ask about": "この署名検証者が照会できる認証局ではありません。",
    "no agreement with this authority in force now lets this verifier ask in this way": "この認証局とは、この方法での照会を認める有効な取決めがありません。",
    # Agreements.
    "has proposed {} agreements of this authority within a day, or that wait": "この認証局について申請した取決めが、1日以内のものと決定を待つものを合わせて{0}件あります。",
    "must be stated of a business, and of no government body": "事業者の場合に限り、必ず指定してください。行政機関等の場合は指定できません。",
    "is not among the authorities that the verifier's entry names": "署名検証者の登録にある認証局ではありません。",
    "is not the content of this version": "この版の内容と異なります。",
    "was proposed by a clock that is ahead: it must be proposed anew": "進んだ時計で申請されています。新しく申請してください。",
    "must be at most {} days later than it is proposed": "申請から{0}日以内にしてください。",
    "must be at most {} day earlier than it is proposed": "申請の{0}日前より後の日時にしてください。",
    "must be later than the agreement's beginning": "取決めの開始より後の日時にしてください。",
    "must be stated": "必ず指定してください。",
    "must be agreed with a business": "事業者との取決めでは必ず定めてください。",
    "is no version of an agreement": "取決めの版がありません。",
    "was never in force with a notification: it must be proposed": "届出があって発効したことのある版ではありません。新しく申請してください。",
    "was proposed too long ago: it must be proposed anew": "申請から時間がたちすぎています。もう一度申請してください。",
    "is over by now": "期間が既に終わっています。",
    "must be approved by another officer than who proposed it": "申請した職員とは別の職員が承認してください。",
    "was proposed before the version that was in force last": "最後に発効した版より前に申請されたものです。",
    "was decided on by somebody else": "別の職員が既に決定しました。",
    "has no agreement with this authority that could be stopped": "この認証局との間に、停止または終了できる取決めがありません。",
    "must be a time like 2027-04-01T00:00:00+09:00": "2027-04-01T00:00:00+09:00のような日時を指定してください。",
    "must be a network in CIDR form without host bits": "ネットワークをCIDR形式で指定してください（ホスト部は0）。",
    "must be written as an IPv4 network": "IPv4のネットワークとして指定してください。",
    "must have a prefix of at least /{}: it must be closed": "/{0}以上のプレフィックス長にしてください。閉じたネットワークでなければなりません。",
    "must state its prefix length, e.g. 192.0.2.0/24": "プレフィックス長を付けて指定してください（例: 192.0.2.0/24）。",
    "the verifier is not registered": "署名検証者が登録されていません。",
    # Lists.
    "is not the newest list of this partition": "この区分の最新の失効情報ファイルではありません。",
    "is of a list that sha256 names": "sha256で失効情報ファイルを指定した場合にのみ指定できます。",
    # A copy of all lists.
    "is being filled by another run": "別の同期が実行中です。",
    "is in force from {} to {}, not now": "{0}から{1}まで有効な失効情報ファイルで、現在は有効ではありません。",
    "is no partition": "失効情報ファイルの区分ではありません。",
    "is not the list of the SHA-256 that was named": "指定されたSHA-256の失効情報ファイルではありません。",
    "is of generation {}, whose certificate is not among those that are trusted here": "世代{0}の失効情報ファイルです。その世代の証明書は、信頼するものとして指定されていません。",
    "must be named by a SHA-256, 32 octets": "SHA-256（32バイト）で示されていません。",
    "must be yours alone, mode 0700: users' revocation lists are not public": "あなただけが使えるフォルダー（モード0700）にしてください。署名利用者の失効情報は公開されないものです。",
    "must have a higher cRLNumber than {}, that of the list that is kept": "保存されている失効情報ファイルの番号{0}より大きい番号でなければなりません。",
    "a later list of partition {} can't be used, and says that the certificate is revoked": "区分{0}のより新しい失効情報ファイルは使用できませんが、この証明書を失効したものとしています。",
    "the certificate names no partition, so no list speaks of it": "証明書に区分がないため、対象とする失効情報ファイルがありません。",
    "the list of partition {} is of the future: {}Z": "区分{0}の失効情報ファイルの作成日時が未来（{1}、UTC）です。",
    "the list of partition {} may be older than the certificate": "区分{0}の失効情報ファイルは、証明書より前に作成されたものかもしれません。",
    "the list of partition {} was in force until {}Z": "区分{0}の失効情報ファイルの有効期限（{1}、UTC）が過ぎています。",
    "there is no list of partition {}": "区分{0}の失効情報ファイルがありません。",
    "the service has none": "サービスに失効情報ファイルがありません。",
    # Questions.
    "a message waited too long to be read": "応答の受取りが遅すぎます。",
    "changes waited too long to be read": "変更の受取りが遅すぎます。",
    "is not known, and may have been issued since": "不明です。後から発行された可能性があります。",
    "the connection ends: watch again over another": "接続が終わります。別の接続でもう一度監視してください。",
    "the service stops": "サービスが停止しようとしています。",
    "whoever would follow is gone": "変更を受け取る側の接続がすでに切れています。",
    "this replica has no status new enough to say": "このサーバーには、回答できる新しい失効情報がありません。",
    # Its own certificates.
    "must be for OCSP signing": "OCSPの応答に署名するためのものでなければなりません。",
    "must be issued by the authority, for OCSP signing": "認証局がOCSPの応答への署名のために発行したものでなければなりません。",
    "must be of the responder's key": "OCSPレスポンダの鍵のものでなければなりません。",
    "must hold now, by this replica's clock": "このサーバーの時計で、現在有効でなければなりません。",
}
