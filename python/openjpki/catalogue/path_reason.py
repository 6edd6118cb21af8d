"""Why a certification path is not accepted.

Generated from openjpki/api/types/v1/path.proto by scripts/generate_catalogue.py; do not edit.
"""

from __future__ import annotations

from openjpki.catalogue.entry import CataloguedPathReason, PathEntry, Text


class PathReason(CataloguedPathReason):
    """Why a certificate, or a path to it, is not accepted."""

    UNREADABLE = PathEntry(
        number=1,
        text=Text(
            ja="証明書として読み取れません。",
            en="The certificate can't be read.",
        ),
    )
    MALFORMED = PathEntry(
        number=2,
        text=Text(
            ja="証明書の内容がRFC 5280の規則に反しています。",
            en="The certificate breaks a rule of RFC 5280 about what it may hold.",
        ),
    )
    KEY_REFUSED = PathEntry(
        number=3,
        text=Text(
            ja="使用できない公開鍵です。",
            en="The public key is not one that is used here.",
        ),
    )
    ALGORITHM_REFUSED = PathEntry(
        number=4,
        text=Text(
            ja="使用できない署名アルゴリズムです。",
            en="The signature algorithm is not allowed.",
        ),
    )
    SIGNATURE_INVALID = PathEntry(
        number=5,
        text=Text(
            ja="発行者の署名が正しくありません。",
            en="The signature is not the issuer's.",
        ),
    )
    ISSUER_MISMATCH = PathEntry(
        number=6,
        text=Text(
            ja="発行者名が上位の証明書の名義と一致しません。",
            en="The issuer's name is not the subject of the certificate above.",
        ),
    )
    NOT_YET_VALID = PathEntry(
        number=7,
        text=Text(
            ja="有効期間が始まっていません。",
            en="The certificate is not valid yet.",
        ),
    )
    EXPIRED = PathEntry(
        number=8,
        text=Text(
            ja="有効期間が終了しています。",
            en="The certificate has expired.",
        ),
    )
    UNKNOWN_CRITICAL_EXTENSION = PathEntry(
        number=9,
        text=Text(
            ja="処理できない重要な拡張が含まれています。",
            en="The certificate has a critical extension that is not processed.",
        ),
    )
    NOT_AN_AUTHORITY = PathEntry(
        number=10,
        text=Text(
            ja="発行者の証明書が認証局のものではありません。",
            en="The issuer's certificate is not an authority's.",
        ),
    )
    PATH_TOO_LONG = PathEntry(
        number=11,
        text=Text(
            ja="認証パスが、許された長さを超えています。",
            en="The path is longer than an authority on it allows.",
        ),
    )
    KEY_USAGE = PathEntry(
        number=12,
        text=Text(
            ja="鍵の用途に合わない署名です。",
            en="A key on the path signed what its usage does not allow.",
        ),
    )
    NAME_NOT_PERMITTED = PathEntry(
        number=13,
        text=Text(
            ja="許可された名前の範囲の外にあります。",
            en="A name is outside those that an authority on the path permits.",
        ),
    )
    NAME_EXCLUDED = PathEntry(
        number=14,
        text=Text(
            ja="除外された名前の範囲にあります。",
            en="A name is among those that an authority on the path excludes.",
        ),
    )
    NAME_CONSTRAINT_UNSUPPORTED = PathEntry(
        number=15,
        text=Text(
            ja="比較できない形式の名前制約があります。",
            en="A name constraint is of a form that can't be compared.",
        ),
    )
    NAME_UNREADABLE = PathEntry(
        number=16,
        text=Text(
            ja="名前制約の対象となる名前を読み取れません。",
            en="A name that a constraint applies to can't be read.",
        ),
    )
    POLICY_REQUIRED = PathEntry(
        number=17,
        text=Text(
            ja="受け入れられる証明書ポリシーがありません。",
            en="No acceptable policy is left at the end of the path.",
        ),
    )
    POLICY_MAPPING_INVALID = PathEntry(
        number=18,
        text=Text(
            ja="ポリシーの対応付けが正しくありません。",
            en="A policy mapping is to or from anyPolicy.",
        ),
    )
    REVOKED = PathEntry(
        number=19,
        text=Text(
            ja="失効しています。",
            en="The certificate was revoked.",
        ),
    )
    REVOCATION_UNKNOWN = PathEntry(
        number=20,
        text=Text(
            ja="失効しているかどうかを確認できる情報がありません。",
            en="Nothing says whether the certificate was revoked.",
        ),
    )
    NO_PATH = PathEntry(
        number=21,
        text=Text(
            ja="信頼の起点からの認証パスが見つかりません。",
            en="No path leads from the trust anchor to the certificate.",
        ),
    )
    LIMIT_REACHED = PathEntry(
        number=22,
        text=Text(
            ja="検証の手間が上限に達しました。",
            en="The check was ended by its limits.",
        ),
    )
