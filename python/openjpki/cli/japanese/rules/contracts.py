"""Rules that the contracts write on their fields (protovalidate), without the id behind them."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "value is required": "必ず指定してください。",
    "value must be one of the defined enum values": "定められた値のいずれかを指定してください。",
    "must not be in list {}": "必ず指定してください（指定できない値: {0}）。",
    "does not match regex pattern `{}`": "次の形式で指定してください: {0}",
    "must be {} bytes": "{0}バイトにしてください。",
    "must be at least {} bytes": "{0}バイト以上にしてください。",
    "must be at most {} bytes": "{0}バイト以内にしてください。",
    "must be at least {} characters": "{0}文字以上で入力してください。",
    "must be less than or equal to {}": "{0}以下にしてください。",
    "must be greater than or equal to {}": "{0}以上にしてください。",
    "must be greater than or equal to {} and less than {}": "{0}以上、{1}未満にしてください。",
    "must be greater than or equal to {} and less than or equal to {}": "{0}以上、{1}以下にしてください。",
    "must be greater than or equal to {} or less than {}": "{0}以上、または{1}未満にしてください。",
    "must be greater than or equal to {} or less than or equal to {}": "{0}以上、または{1}以下にしてください。",
    "must be a valid UUID": "UUIDを指定してください。",
    "value is empty, which is not a valid UUID": "UUIDを指定してください。空にはできません。",
    "must contain at least {} item(s)": "{0}件以上指定してください。",
    "must contain no more than {} item(s)": "{0}件以内にしてください。",
    "repeated value must contain unique items": "同じものを2回指定することはできません。",
    "must not hold the character U+0000": "U+0000の文字は使えません。",
    "must name each authority once": "同じ認証局を2回指定することはできません。",
    "must be the five digits of a municipal code": "市区町村のコード5桁で指定してください。",
    "must be a municipal code, three digits and an upper-case letter": "市区町村のコード5桁、数字3桁、英大文字1字で指定してください。",
    "must be 2 to 63 lower-case letters, digits and hyphens, not beginning with a hyphen": "英小文字・数字・ハイフンの2～63文字（ハイフンで始まらないもの）で指定してください。",
    "must be a SPIFFE id, or sha256: and 64 lower-case hexadecimal digits": "SPIFFE ID、または「sha256:」に続けて16進数64桁（小文字）を指定してください。",
    "must be role/place/account, e.g. window-officer/13101/tanaka": "「役割/場所/アカウント」の形で指定してください（例: window-officer/13101/tanaka）。",
    "must be 1 to 20 octets, big-endian, positive, without leading zero": "発行の番号は正の数で、先頭に0を付けず、20オクテット以内で指定してください。",
    "each must be 1 to 20 octets, big-endian, positive, without leading zero": "発行の番号は、いずれも正の数で、先頭に0を付けず、20オクテット以内で指定してください。",
}
