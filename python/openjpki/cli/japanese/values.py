"""Words that stand for a value in a rule."""

from __future__ import annotations

from typing import Final

VALUES: Final = {
    # Fields of an application, as they are compared with the register.
    "name": "氏名",
    "name_kana": "氏名のふりがな",
    "birth_date": "生年月日",
    "sex": "性別",
    "address": "住所",
    # States of applications, and what is done with them.
    "submitted": "申請済み",
    "identity_confirmed": "本人確認済み",
    "key_presented": "公開鍵提示済み",
    "approved": "承認済み",
    "issued": "発行済み",
    "handed_over": "交付済み",
    "closed": "完了",
    "rejected": "却下",
    "withdrawn": "取下げ",
    "void": "取消済み",
    "open": "承認待ち",
    "lapsed": "期限切れ",
    "denied": "提案者の資格情報の停止により終了",
    "submit": "受付",
    "confirm_identity": "本人確認",
    "present_key": "公開鍵の提示",
    "approve": "承認",
    "reject": "却下",
    "take_over": "引継ぎ",
    "withdraw": "取下げ",
    "authority_refused": "認証局による拒否",
    "issue": "発行",
    "expire": "期限切れ",
    "hand_over": "交付",
    "close": "完了",
    "end_certificate": "証明書の終了",
    "lose_check": "本人確認の無効化",
    "lose_key": "鍵の無効化",
    "lose_decision": "決定の無効化",
    # What is applied for.
    "first_issue": "新規発行",
    "renewal": "更新",
    # States of keys: officers', responders', authorities'.
    "proposed": "申請中",
    "enrolled": "登録済み",
    "suspended": "停止中",
    "in_force": "有効",
    "revoked": "失効",
    "expired": "期間終了",
    "pending": "決定待ち",
    "planned": "準備中",
    "active": "発行中",
    "retiring": "交代中",
    "ended": "終了",
    "compromised": "危殆化",
    "lost": "喪失",
    # For whom certificates are counted, and in which time.
    "caller": "接続元",
    "municipality": "市区町村",
    "hour": "時間",
    "day": "日",
    # Where the end of a cross certificate stands, besides the words of keys.
    "done": "完了",
    # What to write in place of a character that has no substitutes.
    "kana": "かな",
    # What is counted of a caller.
    "calls": "要求",
    "streams": "ストリーム",
    "probes": "死活監視の照会",
    # What is wrong with a certificate, as `holds ...` and `the authority's certificate ...` say it.
    "a certificate that none of this authority's keys signed": "この認証局の鍵が署名していない証明書があります。",
    "a certificate that is on no list of its municipality": "その市区町村の失効情報ファイルのいずれの対象でもない証明書があります。",
    "can't be read": "読み取れません。",
    "was not signed by it": "認証局が署名したものではありません。",
    "is for another key": "別の鍵に対するものです。",
    "has another serial number than was said": "発行の番号が、示されたものと異なります。",
    # What a verification names.
    "certificate": "証明書",
    "authority": "認証局の証明書",
    "signature": "署名",
    "content": "文書",
    "passed": "合格",
    "failed": "不合格",
    "not done": "未実施",
    # What became of a list that is copied.
    "unchanged": "変更なし",
    "updated": "更新済み",
    "named-no-more": "サービスが示さなくなったもの（保存中）",
    "removed": "削除済み",
    "not-updated": "更新できないもの",
    # Roles.
    "window-officer": "窓口の職員",
    "governor-officer": "都道府県の職員",
    "register-feed": "住民基本台帳システムの連携プログラム",
    "bridge-officer": "ブリッジの職員",
    "key-generator": "鍵ペアの生成装置",
    "operator": "運用担当者",
    "verifier": "署名検証者",
    "partner": "相互認証の相手",
}
