"""Rules of the ocsp service: verifiers, what they ask, and its responders."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    # Verifiers.
    "holds a certificate that is registered for another verifier": "別の署名検証者に登録されている証明書があります。",
    "is not a registered verifier": "登録されている署名検証者ではありません。",
    "is not among the authorities this verifier may ask about": "この署名検証者が照会できる認証局ではありません。",
    "must be a network in CIDR form without host bits": "ネットワークをCIDR形式で指定してください（ホスト部は0）。",
    "must be written as an IPv4 network": "IPv4のネットワークとして指定してください。",
    "must have a prefix of at least /{}: it must be closed": "/{0}以上のプレフィックス長にしてください。閉じたネットワークでなければなりません。",
    "must state its prefix length, e.g. 192.0.2.0/24": "プレフィックス長を付けて指定してください（例: 192.0.2.0/24）。",
    "the verifier is not registered": "署名検証者が登録されていません。",
    # Questions.
    "a message waited too long to be read": "応答の受取りが遅すぎます。",
    "changes waited too long to be read": "変更の受取りが遅すぎます。",
    "is not known, and may have been issued since": "不明です。後から発行された可能性があります。",
    "the service stops": "サービスが停止しようとしています。",
    "whoever would follow is gone": "変更を受け取る側の接続がすでに切れています。",
    "this replica has no status new enough to say": "このサーバーには、回答できる新しい失効情報がありません。",
    # Its own certificates.
    "must be for OCSP signing": "OCSPの応答に署名するためのものでなければなりません。",
    "must be issued by the authority, for OCSP signing": "認証局がOCSPの応答への署名のために発行したものでなければなりません。",
    "must be of the responder's key": "OCSPレスポンダの鍵のものでなければなりません。",
    "must hold now, by this replica's clock": "このサーバーの時計で、現在有効でなければなりません。",
}
