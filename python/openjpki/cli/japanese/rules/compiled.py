"""What the compiled module says of signatures, certificates and requests that it can't read."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "{}: is not BER of its type": "{0=}として読み取れません（BERの構造が違います）。",
    "{}: is not DER of its type": "{0=}として読み取れません（DERの構造が違います）。",
    "{}: is BER with indefinite lengths, not DER": "{0=}がDERではなく、長さの定まらないBERです。",
    "{}: is cut short": "{0=}が途中で切れています。",
    "{}: has bytes after its end": "{0=}の後に余分なデータがあります。",
    "{}: has octets after its end": "{0=}の後に余分なデータがあります。",
    "{}: is a CMS of another content type": "{0=}ではない種類のCMSです。",
    "{}: has more than 4 MiB of signed attributes": "{0=}の署名属性が4 MiBを超えています。",
    "{}: has signed attributes that are not in DER": "{0=}の署名属性がDERではありません。",
    "{}: has a signer whose version does not fit its identifier": "{0=}の署名者の版が、署名者の示し方と合いません。",
    "{}: has a signed attribute that may stand only once": "{0=}に、1つしか置けない署名属性が複数あります。",
}
