"""The reasons of the catalogue.

Generated from openjpki/api/types/v1/reason.proto by scripts/generate_catalogue.py; do not edit.
"""

from __future__ import annotations

from openjpki.catalogue.audience import Audience
from openjpki.catalogue.entry import CataloguedReason, Entry, Text


class Reason(CataloguedReason):
    """Why something was refused."""

    UNAUTHENTICATED = Entry(
        number=1,
        code="UNAUTHENTICATED",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="接続元を確認できません。",
            en="The caller could not be identified.",
        ),
        next_step=Text(
            ja="このシステム用に発行された証明書で接続してください。",
            en="Connect with a certificate that was issued for this system.",
        ),
    )
    ROLE_NOT_ALLOWED = Entry(
        number=2,
        code="PERMISSION_DENIED",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="この操作を行う権限がありません。",
            en="This role may not do this.",
        ),
        next_step=Text(
            ja="この操作を担当する人の証明書で行ってください。",
            en="Act with the credentials of a role that may.",
        ),
    )
    OUT_OF_SCOPE = Entry(
        number=3,
        code="PERMISSION_DENIED",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="担当の範囲外です。",
            en="This is outside what the caller is responsible for.",
        ),
        next_step=Text(
            ja="担当する市区町村や認証局についてのみ操作できます。",
            en="Act for your own municipality, authority or entry only.",
        ),
    )
    SAME_OFFICER = Entry(
        number=4,
        code="PERMISSION_DENIED",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="先に確認や承認をした職員は、続けて決定することができません。",
            en="The officer who acted before may not decide as well.",
        ),
        next_step=Text(
            ja="別の職員が行ってください。",
            en="Another officer must decide.",
        ),
    )
    UNKNOWN_VERIFIER = Entry(
        number=5,
        code="PERMISSION_DENIED",
        audience=Audience.VERIFIER,
        retryable=False,
        text=Text(
            ja="署名検証者として登録されていません。",
            en="This verifier is not registered.",
        ),
        next_step=Text(
            ja="運用担当者に登録を依頼してください。",
            en="Ask an operator to register it.",
        ),
    )
    INVALID_FIELD = Entry(
        number=6,
        code="INVALID_ARGUMENT",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="入力された内容に誤りがあります。",
            en="A field is not filled in as it must be.",
        ),
        next_step=Text(
            ja="示された項目を直して、もう一度送信してください。",
            en="Correct the field named and send it again.",
        ),
    )
    MALFORMED_DER = Entry(
        number=7,
        code="INVALID_ARGUMENT",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="証明書などのデータを読み取れません。",
            en="The data can't be read: it is not DER of the type expected.",
        ),
        next_step=Text(
            ja="正しい形式のファイルかどうかを確認してください。",
            en="Check that it is the right file, in the right form.",
        ),
    )
    TRAILING_BYTES = Entry(
        number=8,
        code="INVALID_ARGUMENT",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="証明書などのデータの末尾に、余分なデータがあります。",
            en="Something follows the data.",
        ),
        next_step=Text(
            ja="末尾に何も付けずに送信してください。",
            en="Send it with nothing behind it.",
        ),
    )
    REQUEST_ID_REUSED = Entry(
        number=9,
        code="ALREADY_EXISTS",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="この受付番号は、別の内容の要求に使われています。",
            en="This request id was used before, for something else.",
        ),
        next_step=Text(
            ja="新しい受付番号で送信してください。",
            en="Send the request under a new id.",
        ),
    )
    DEADLINE_REQUIRED = Entry(
        number=10,
        code="INVALID_ARGUMENT",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="応答を待つ時間が指定されていません。",
            en="The call says no deadline.",
        ),
        next_step=Text(
            ja="待つ時間を指定して呼び出してください。",
            en="Call again with a deadline.",
        ),
    )
    DEADLINE_EXCEEDED = Entry(
        number=11,
        code="DEADLINE_EXCEEDED",
        audience=Audience.PROGRAMMER,
        retryable=True,
        text=Text(
            ja="時間内に応答がありませんでした。",
            en="There was no answer in time.",
        ),
        next_step=Text(
            ja="同じ受付番号でもう一度送信してください。処理が二重に行われることはありません。",
            en="Send the same request again, under the same id: nothing is done twice.",
        ),
    )
    MESSAGE_TOO_LARGE = Entry(
        number=12,
        code="RESOURCE_EXHAUSTED",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="送信されたデータが大きすぎます。",
            en="The message is larger than allowed.",
        ),
        next_step=Text(
            ja="件数を分けて送信してください。",
            en="Send it in smaller parts.",
        ),
    )
    TOO_MANY_CALLS = Entry(
        number=13,
        code="RESOURCE_EXHAUSTED",
        audience=Audience.PROGRAMMER,
        retryable=True,
        text=Text(
            ja="現在、混み合っています。",
            en="The service has no room for another call.",
        ),
        next_step=Text(
            ja="しばらくしてから、もう一度お試しください。",
            en="Try again a little later.",
        ),
    )
    CANCELLED = Entry(
        number=14,
        code="CANCELLED",
        audience=Audience.PROGRAMMER,
        retryable=True,
        text=Text(
            ja="処理が途中で中止されました。",
            en="The call was cancelled.",
        ),
        next_step=Text(
            ja="同じ受付番号でもう一度送信してください。処理が二重に行われることはありません。",
            en="Send the same request again, under the same id: nothing is done twice.",
        ),
    )
    NOT_IMPLEMENTED = Entry(
        number=15,
        code="UNIMPLEMENTED",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="接続先に、この機能はありません。",
            en="The service has no such method.",
        ),
        next_step=Text(
            ja="接続先と、そのバージョンを確認してください。",
            en="Check which service, of which version, is called.",
        ),
    )
    NAME_NOT_IN_REPERTOIRE = Entry(
        number=16,
        code="INVALID_ARGUMENT",
        audience=Audience.APPLICANT,
        retryable=False,
        text=Text(
            ja="使用可能な文字の範囲にない文字が含まれています。",
            en="A character is outside those that a certificate can hold.",
        ),
        next_step=Text(
            ja="代替文字を選んでいただくか、仮名で入力してください。",
            en="Choose a substitute character (代替文字), or write it in kana.",
        ),
    )
    FORBIDDEN_CHARACTER = Entry(
        number=17,
        code="INVALID_ARGUMENT",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="制御文字など、使用できない文字が含まれています。",
            en="The text holds a character that is never allowed, such as a control character.",
        ),
        next_step=Text(
            ja="その文字を除いて、入力し直してください。",
            en="Write it again without that character.",
        ),
    )
    DATE_DOES_NOT_EXIST = Entry(
        number=18,
        code="INVALID_ARGUMENT",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="実在しない日付です。",
            en="There is no such date.",
        ),
        next_step=Text(
            ja="申請書の日付を確認し、入力し直してください。",
            en="Compare it with the form and write it again.",
        ),
    )
    UNKNOWN_MUNICIPALITY = Entry(
        number=19,
        code="INVALID_ARGUMENT",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="該当する市区町村がありません。",
            en="No municipality here has this code.",
        ),
        next_step=Text(
            ja="市区町村コードを確認してください。",
            en="Check the municipal code.",
        ),
    )
    NOT_IN_REGISTER = Entry(
        number=20,
        code="FAILED_PRECONDITION",
        audience=Audience.APPLICANT,
        retryable=False,
        text=Text(
            ja="この市区町村の住民基本台帳に、該当する方の記録がありません。",
            en="The resident register of this municipality has no such person.",
        ),
        next_step=Text(
            ja="申請書の記載を確認してください。申請は、住所地の市区町村の窓口で受け付けます。",
            en="Check the form: people apply at the municipality where they live.",
        ),
    )
    REGISTER_MISMATCH = Entry(
        number=21,
        code="FAILED_PRECONDITION",
        audience=Audience.APPLICANT,
        retryable=False,
        text=Text(
            ja="申請の内容が、住民基本台帳の記録と一致しません。",
            en="The form and the resident register differ.",
        ),
        next_step=Text(
            ja="示された項目を、住民票の記載どおりに直してください。",
            en="Correct the fields named: the register decides.",
        ),
    )
    REGISTER_AMBIGUOUS = Entry(
        number=22,
        code="FAILED_PRECONDITION",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="基本4情報が同一の方が、住民基本台帳に複数います。",
            en="Several residents have these four attributes.",
        ),
        next_step=Text(
            ja="住民基本台帳の担当に確認してください。",
            en="Ask those who keep the register.",
        ),
    )
    LIVE_CERTIFICATE_EXISTS = Entry(
        number=23,
        code="ALREADY_EXISTS",
        audience=Audience.APPLICANT,
        retryable=False,
        text=Text(
            ja="有効な署名用電子証明書を既にお持ちです。",
            en="The person has a certificate that is still valid.",
        ),
        next_step=Text(
            ja="有効期間の満了が近いときは、窓口で更新を申請してください。そうでないときは、先に、お持ちの証明書の失効を申請してください。",
            en="Near its end, apply at the window for its renewal. Otherwise have the old certificate revoked first.",
        ),
    )
    RENEWAL_TOO_EARLY = Entry(
        number=270,
        code="FAILED_PRECONDITION",
        audience=Audience.APPLICANT,
        retryable=False,
        text=Text(
            ja="更新を申請できる時期になっていません。",
            en="It is too early to renew the certificate.",
        ),
        next_step=Text(
            ja="表示された日以後に、窓口で更新を申請してください。",
            en="Apply at the window on the day that is told, or later.",
        ),
    )
    NOTHING_TO_RENEW = Entry(
        number=271,
        code="FAILED_PRECONDITION",
        audience=Audience.APPLICANT,
        retryable=False,
        text=Text(
            ja="更新できる署名用電子証明書をお持ちではありません。",
            en="The person has no certificate that could be renewed.",
        ),
        next_step=Text(
            ja="窓口で、新規の発行を申請してください。",
            en="Apply at the window for a first certificate.",
        ),
    )
    APPLICATION_OPEN = Entry(
        number=24,
        code="ALREADY_EXISTS",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="手続き中の申請があります。",
            en="The person has an application that is not decided yet.",
        ),
        next_step=Text(
            ja="その申請を続けるか、取り下げてください。",
            en="Go on with that one, or withdraw it.",
        ),
    )
    APPLICATION_NOT_FOUND = Entry(
        number=25,
        code="NOT_FOUND",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="該当する申請がありません。",
            en="There is no such application in this municipality.",
        ),
        next_step=Text(
            ja="申請の番号を確認してください。",
            en="Check the application's id.",
        ),
    )
    WRONG_STATE = Entry(
        number=26,
        code="FAILED_PRECONDITION",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="手続きの現在の段階では、この操作はできません。",
            en="This can't be done at the stage where it stands.",
        ),
        next_step=Text(
            ja="現在の段階を確認してください。",
            en="See where it stands.",
        ),
    )
    CONFLICTING_CHANGE = Entry(
        number=27,
        code="ABORTED",
        audience=Audience.PROGRAMMER,
        retryable=True,
        text=Text(
            ja="同時に別の変更が行われました。",
            en="Another change was made at the same moment.",
        ),
        next_step=Text(
            ja="もう一度お試しください。",
            en="Try again.",
        ),
    )
    CSR_SIGNATURE_INVALID = Entry(
        number=28,
        code="INVALID_ARGUMENT",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="秘密鍵を持っていることを確認できません。",
            en="The request is not signed with the key it presents.",
        ),
        next_step=Text(
            ja="カードの鍵で、要求データを作り直してください。",
            en="Make the request again with the key it is for.",
        ),
    )
    CSR_ASKS_FOR_AUTHORITY = Entry(
        number=29,
        code="INVALID_ARGUMENT",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="要求データが、認証局になることを求めています。",
            en="The request asks to become an authority.",
        ),
        next_step=Text(
            ja="署名利用者用の設定で、要求データを作り直してください。",
            en="Make the request again, as a user's.",
        ),
    )
    KEY_TYPE_REFUSED = Entry(
        number=30,
        code="INVALID_ARGUMENT",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="この種類の鍵は使用できません。",
            en="Keys of this type are not certified.",
        ),
        next_step=Text(
            ja="RSAの鍵ペアを生成してください。",
            en="Make an RSA key pair.",
        ),
    )
    KEY_SIZE_REFUSED = Entry(
        number=31,
        code="INVALID_ARGUMENT",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="鍵の長さが規定と異なります。",
            en="The key is not of the prescribed size.",
        ),
        next_step=Text(
            ja="規定の長さの鍵ペアを生成してください。",
            en="Make a key pair of the prescribed size.",
        ),
    )
    KEY_EXPONENT_REFUSED = Entry(
        number=32,
        code="INVALID_ARGUMENT",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="公開鍵の指数が規定と異なります。",
            en="The public exponent is not the prescribed one.",
        ),
        next_step=Text(
            ja="規定の指数で鍵ペアを生成してください。",
            en="Make a key pair with the prescribed exponent.",
        ),
    )
    KEY_WEAK = Entry(
        number=33,
        code="INVALID_ARGUMENT",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="鍵に弱点があります。",
            en="The key is weak.",
        ),
        next_step=Text(
            ja="新しい鍵ペアを生成してください。",
            en="Make a new key pair.",
        ),
    )
    KEY_ALREADY_USED = Entry(
        number=34,
        code="ALREADY_EXISTS",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="この鍵は、既に別の証明書に使われています。",
            en="A certificate was issued for this key before.",
        ),
        next_step=Text(
            ja="新しい鍵ペアを生成してください。",
            en="Make a new key pair.",
        ),
    )
    KEY_OF_AUTHORITY = Entry(
        number=35,
        code="INVALID_ARGUMENT",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="認証局の鍵は使用できません。",
            en="The key is an authority's own.",
        ),
        next_step=Text(
            ja="新しい鍵ペアを生成してください。",
            en="Make a new key pair.",
        ),
    )
    AUTHORITY_NOT_FOUND = Entry(
        number=36,
        code="NOT_FOUND",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="該当する認証局がありません。",
            en="There is no such authority here.",
        ),
        next_step=Text(
            ja="認証局を一覧で確認してください。",
            en="See which there are.",
        ),
    )
    AUTHORITY_NOT_ACTIVE = Entry(
        number=37,
        code="FAILED_PRECONDITION",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="認証局は現在、発行を行っていません。",
            en="The authority does not issue at present.",
        ),
        next_step=Text(
            ja="運用担当者に問い合わせてください。",
            en="Ask its operator.",
        ),
    )
    AUTHORITY_EXISTS = Entry(
        number=38,
        code="ALREADY_EXISTS",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="この認証局は既にあります。",
            en="There is such an authority already.",
        ),
        next_step=Text(
            ja="認証局を一覧で確認してください。",
            en="See which there are.",
        ),
    )
    CERTIFICATE_NOT_FOUND = Entry(
        number=39,
        code="NOT_FOUND",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="該当する証明書がありません。",
            en="There is no such certificate.",
        ),
        next_step=Text(
            ja="証明書の発行の番号を確認してください。",
            en="The number is in the certificate: check it.",
        ),
    )
    CERTIFICATE_EXPIRED = Entry(
        number=40,
        code="FAILED_PRECONDITION",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="証明書の有効期間は満了しています。",
            en="The certificate's validity is over.",
        ),
        next_step=Text(
            ja="失効の手続きは必要ありません。",
            en="It needs no revocation.",
        ),
    )
    ALREADY_REVOKED = Entry(
        number=41,
        code="FAILED_PRECONDITION",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="証明書は既に失効しています。",
            en="The certificate is revoked already.",
        ),
        next_step=Text(
            ja="改めて手続きをする必要はありません。",
            en="Nothing more needs to be done.",
        ),
    )
    REASON_NOT_ALLOWED = Entry(
        number=42,
        code="INVALID_ARGUMENT",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="この事由による失効は、ここでは受け付けられません。",
            en="This cause can't be given here.",
        ),
        next_step=Text(
            ja="窓口では、本人の意思か秘密鍵の危殆化のどちらかを選んでください。",
            en="At a window it is the user's wish or a compromised key.",
        ),
    )
    PARTITION_NOT_FOUND = Entry(
        number=43,
        code="NOT_FOUND",
        audience=Audience.VERIFIER,
        retryable=False,
        text=Text(
            ja="該当する失効情報ファイルの区分がありません。",
            en="The authority has no such partition of its lists.",
        ),
        next_step=Text(
            ja="区分（市区町村コード、または authority）を確認してください。",
            en="A partition is a municipality's code, or `authority`.",
        ),
    )
    GENERATION_NOT_FOUND = Entry(
        number=72,
        code="NOT_FOUND",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="該当する認証局の鍵の世代がありません。",
            en="The authority's key has no such generation.",
        ),
        next_step=Text(
            ja="認証局の一覧で、鍵の世代を確認してください。",
            en="The list of authorities says which generations there are.",
        ),
    )
    CRL_NOT_FOUND = Entry(
        number=44,
        code="NOT_FOUND",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="失効情報ファイルはまだ作成されていません。",
            en="No such list has been made yet.",
        ),
        next_step=Text(
            ja="毎日の作成を待つか、運用担当者に作成を依頼してください。",
            en="Lists are made daily; an operator can make one now.",
        ),
    )
    PROFILE_MISMATCH = Entry(
        number=45,
        code="INTERNAL",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="証明書の内容が規定と一致しないため、署名を中止しました。",
            en="The content does not keep its profile; nothing was signed.",
        ),
        next_step=Text(
            ja="運用担当者に連絡してください。",
            en="Tell the operator: this is a fault of the system.",
        ),
    )
    KEY_DEVICE_UNAVAILABLE = Entry(
        number=46,
        code="UNAVAILABLE",
        audience=Audience.OPERATOR,
        retryable=True,
        text=Text(
            ja="暗号装置（HSM）が応答しません。",
            en="The device with the key does not answer.",
        ),
        next_step=Text(
            ja="しばらくしてから、もう一度お試しください。続く場合は運用担当者に連絡してください。",
            en="Try again a little later; tell the operator if it goes on.",
        ),
    )
    KEY_NOT_FOUND = Entry(
        number=47,
        code="NOT_FOUND",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="該当する鍵がありません。",
            en="There is no such key.",
        ),
        next_step=Text(
            ja="鍵の名前と保管場所を確認してください。",
            en="Check its label, and where keys are kept.",
        ),
    )
    KEY_EXISTS = Entry(
        number=48,
        code="ALREADY_EXISTS",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="同じ名前の鍵が既にあります。",
            en="There is such a key already, and keys are never replaced.",
        ),
        next_step=Text(
            ja="別の名前を指定してください。",
            en="Choose another name.",
        ),
    )
    KEY_CREDENTIAL_REFUSED = Entry(
        number=49,
        code="FAILED_PRECONDITION",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="暗証番号またはパスフレーズが正しくありません。",
            en="The passphrase or PIN is not right.",
        ),
        next_step=Text(
            ja="確認して、もう一度入力してください。",
            en="Try again with the right one.",
        ),
    )
    KEY_STORE_UNSAFE = Entry(
        number=50,
        code="FAILED_PRECONDITION",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="鍵や暗証番号が、安全でない場所に置かれています。",
            en="A key or secret is kept where others can reach it.",
        ),
        next_step=Text(
            ja="ほかのユーザーが読み書きできないように権限を直してください。",
            en="Take the rights of others away.",
        ),
    )
    SETTINGS_REFUSED = Entry(
        number=51,
        code="INVALID_ARGUMENT",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="設定に誤りがあります。",
            en="The settings are not right.",
        ),
        next_step=Text(
            ja="示された設定を直してください。",
            en="Correct the settings named.",
        ),
    )
    FEED_NOT_READY = Entry(
        number=52,
        code="UNAVAILABLE",
        audience=Audience.VERIFIER,
        retryable=True,
        text=Text(
            ja="最新の失効情報がありません。",
            en="The status service has no status new enough to tell.",
        ),
        next_step=Text(
            ja="しばらくしてから、もう一度お試しください。",
            en="Try again a little later.",
        ),
    )
    CERTIFICATE_NOT_HEARD_OF = Entry(
        number=125,
        code="UNAVAILABLE",
        audience=Audience.VERIFIER,
        retryable=True,
        text=Text(
            ja="この証明書の発行を確認できません。認証局からの情報が最新ではありません。",
            en="The certificate is not known, and news from the authority is late.",
        ),
        next_step=Text(
            ja="しばらくしてから、もう一度お試しください。確認できるまで、この証明書を受け入れないでください。",
            en="Try again a little later, and do not accept the certificate until then.",
        ),
    )
    FEED_POSITION_GONE = Entry(
        number=53,
        code="OUT_OF_RANGE",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="指定された位置からの失効情報は保存されていません。",
            en="Events from this position on are not kept.",
        ),
        next_step=Text(
            ja="全件を取得し直してください。",
            en="Take a snapshot.",
        ),
    )
    READER_TOO_SLOW = Entry(
        number=54,
        code="RESOURCE_EXHAUSTED",
        audience=Audience.VERIFIER,
        retryable=True,
        text=Text(
            ja="受信が追いつかないため、通知を終了しました。",
            en="Changes waited too long to be read.",
        ),
        next_step=Text(
            ja="もう一度接続してください。最初に現在の状態をお知らせします。",
            en="Watch again: the first answers are the present status.",
        ),
    )
    REQUEST_NOT_SIGNED = Entry(
        number=55,
        code="UNAUTHENTICATED",
        audience=Audience.VERIFIER,
        retryable=False,
        text=Text(
            ja="照会に署名がありません。",
            en="The request is not signed.",
        ),
        next_step=Text(
            ja="登録した証明書で署名して照会してください。",
            en="Sign it with a registered certificate.",
        ),
    )
    SIGNATURE_INVALID = Entry(
        number=56,
        code="INVALID_ARGUMENT",
        audience=Audience.VERIFIER,
        retryable=False,
        text=Text(
            ja="署名を検証できません。",
            en="The signature does not verify.",
        ),
        next_step=Text(
            ja="送り主に確認し、元のファイルで検証し直してください。",
            en="Ask the sender, and check the original files.",
        ),
    )
    SIGNATURE_ALGORITHM_REFUSED = Entry(
        number=57,
        code="INVALID_ARGUMENT",
        audience=Audience.VERIFIER,
        retryable=False,
        text=Text(
            ja="この署名アルゴリズムは使用できません。",
            en="This signature algorithm is not accepted.",
        ),
        next_step=Text(
            ja="SHA-256以上を用いたRSA署名で署名し直してください。",
            en="Sign again with RSA and SHA-256 or stronger.",
        ),
    )
    SIGNER_COUNT_REFUSED = Entry(
        number=58,
        code="INVALID_ARGUMENT",
        audience=Audience.VERIFIER,
        retryable=False,
        text=Text(
            ja="署名者の数が取り扱える範囲にありません。",
            en="The number of signers is not one that can be dealt with.",
        ),
        next_step=Text(
            ja="署名者ごとにファイルを分けてください。",
            en="Use one signature file for each signer.",
        ),
    )
    SIGNER_CERTIFICATE_MISSING = Entry(
        number=59,
        code="INVALID_ARGUMENT",
        audience=Audience.VERIFIER,
        retryable=False,
        text=Text(
            ja="署名者の証明書が含まれていません。",
            en="The signer's certificate is not with the signature.",
        ),
        next_step=Text(
            ja="証明書を付けて署名し直してください。",
            en="Sign again and enclose it.",
        ),
    )
    SIGNED_ATTRIBUTES_REFUSED = Entry(
        number=60,
        code="INVALID_ARGUMENT",
        audience=Audience.VERIFIER,
        retryable=False,
        text=Text(
            ja="署名属性が正しくありません。",
            en="The signed attributes are not as they must be.",
        ),
        next_step=Text(
            ja="CMSの規定に従って署名し直してください。",
            en="Sign again as CMS prescribes.",
        ),
    )
    CONTENT_EMBEDDED = Entry(
        number=61,
        code="INVALID_ARGUMENT",
        audience=Audience.VERIFIER,
        retryable=False,
        text=Text(
            ja="署名ファイルに別の文書が含まれています。",
            en="The signature holds another document.",
        ),
        next_step=Text(
            ja="署名と文書の組合せを確認してください。",
            en="Check which signature belongs to which document.",
        ),
    )
    CONTENT_CHANGED = Entry(
        number=62,
        code="INVALID_ARGUMENT",
        audience=Audience.VERIFIER,
        retryable=False,
        text=Text(
            ja="文書が署名後に変更されています。",
            en="The document was changed after it was signed.",
        ),
        next_step=Text(
            ja="署名したときの文書を受け取り直してください。",
            en="Ask for the document as it was signed.",
        ),
    )
    CERTIFICATE_REFUSED = Entry(
        number=63,
        code="INVALID_ARGUMENT",
        audience=Audience.VERIFIER,
        retryable=False,
        text=Text(
            ja="この証明書はここでは使用できません。",
            en="The certificate may not be used here.",
        ),
        next_step=Text(
            ja="証明書の種類と発行者を確認してください。",
            en="Check its kind and its issuer.",
        ),
    )
    PARTNER_NOT_FOUND = Entry(
        number=64,
        code="NOT_FOUND",
        audience=Audience.BRIDGE_OFFICER,
        retryable=False,
        text=Text(
            ja="該当する相互認証の相手がありません。",
            en="There is no such partner.",
        ),
        next_step=Text(
            ja="相手の番号を確認してください。",
            en="Check the partner's id.",
        ),
    )
    PARTNER_EXISTS = Entry(
        number=65,
        code="ALREADY_EXISTS",
        audience=Audience.BRIDGE_OFFICER,
        retryable=False,
        text=Text(
            ja="この相互認証の相手は既に登録されています。",
            en="There is such a partner already.",
        ),
        next_step=Text(
            ja="登録されている相手をそのまま使用してください。",
            en="Use the one that is registered.",
        ),
    )
    CROSS_CERTIFICATE_NOT_FOUND = Entry(
        number=66,
        code="NOT_FOUND",
        audience=Audience.BRIDGE_OFFICER,
        retryable=False,
        text=Text(
            ja="該当する相互認証の手続きがありません。",
            en="There is no such cross-certification.",
        ),
        next_step=Text(
            ja="手続きの番号を確認してください。",
            en="Check its id.",
        ),
    )
    CROSS_CERTIFICATE_REFUSED = Entry(
        number=67,
        code="INVALID_ARGUMENT",
        audience=Audience.PARTNER,
        retryable=False,
        text=Text(
            ja="相互認証の内容を受け入れることができません。",
            en="What was offered for cross-certification is not acceptable.",
        ),
        next_step=Text(
            ja="示された点を直して、改めて申し込んでください。",
            en="Correct what is named and propose it anew.",
        ),
    )
    ALREADY_APPROVED_BY_OFFICER = Entry(
        number=68,
        code="ALREADY_EXISTS",
        audience=Audience.BRIDGE_OFFICER,
        retryable=False,
        text=Text(
            ja="この職員は既に承認しています。",
            en="This officer has approved it already.",
        ),
        next_step=Text(
            ja="別の職員の承認が必要です。",
            en="Another officer's approval is needed.",
        ),
    )
    CRL_REFUSED = Entry(
        number=69,
        code="INVALID_ARGUMENT",
        audience=Audience.PARTNER,
        retryable=False,
        text=Text(
            ja="この失効情報ファイルを受け入れることができません。",
            en="The revocation list is not acceptable.",
        ),
        next_step=Text(
            ja="発行者、番号、有効期間を確認し、最新のものを送信してください。",
            en="Check issuer, number and validity, and send the newest.",
        ),
    )
    OFFICER_NOT_ENROLLED = Entry(
        number=130,
        code="PERMISSION_DENIED",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="この職員の署名用の鍵は登録されていません。",
            en="This officer's signing key is not enrolled.",
        ),
        next_step=Text(
            ja="運用担当者に鍵の登録を依頼してください。",
            en="Ask an operator to enrol it.",
        ),
    )
    OFFICER_REVOKED = Entry(
        number=131,
        code="PERMISSION_DENIED",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="この職員の署名用の鍵は、失効または停止されています。",
            en="This officer's signing key is revoked or suspended.",
        ),
        next_step=Text(
            ja="運用担当者に確認してください。別の職員が行うこともできます。",
            en="Ask an operator; another officer may act meanwhile.",
        ),
    )
    OFFICER_KEY_NOT_VALID = Entry(
        number=132,
        code="PERMISSION_DENIED",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="この職員の署名用の鍵は、有効期間外です。",
            en="This officer's signing key is outside its period of validity.",
        ),
        next_step=Text(
            ja="新しい鍵を登録し、その鍵で署名し直してください。",
            en="Have a new key enrolled and sign with that.",
        ),
    )
    OFFICER_OUT_OF_SCOPE = Entry(
        number=133,
        code="PERMISSION_DENIED",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="この職員が担当できる手続ではありません。",
            en="This officer may not sign for this.",
        ),
        next_step=Text(
            ja="担当の職員が署名してください。",
            en="An officer of the place concerned, of a role that may, must sign.",
        ),
    )
    EVIDENCE_SIGNATURE_INVALID = Entry(
        number=134,
        code="PERMISSION_DENIED",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="職員の署名が、手続の内容と一致しません。",
            en="The officer's signature is not over what is asked for.",
        ),
        next_step=Text(
            ja="内容を確認し、署名し直してください。",
            en="Check the content and have it signed again.",
        ),
    )
    EVIDENCE_STALE = Entry(
        number=135,
        code="FAILED_PRECONDITION",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="職員の署名から時間が経ちすぎているか、署名の日時が正しくありません。",
            en="The officer's signature is too old, or its time lies ahead.",
        ),
        next_step=Text(
            ja="端末の時刻を確認し、署名し直してください。",
            en="Check the clock and sign again.",
        ),
    )
    OFFICER_EXISTS = Entry(
        number=136,
        code="ALREADY_EXISTS",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="この職員の署名用の鍵は、既に登録されています。",
            en="This officer has an enrolled key.",
        ),
        next_step=Text(
            ja="鍵の更新として申し込むか、先に失効させてください。",
            en="Propose the new key as a renewal, or revoke the old one first.",
        ),
    )
    OFFICER_KEY_TAKEN = Entry(
        number=137,
        code="ALREADY_EXISTS",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="この鍵は、既に登録されたことがあります。",
            en="This key is or was enrolled before.",
        ),
        next_step=Text(
            ja="新しい鍵を作成してください。",
            en="Make a new key.",
        ),
    )
    OFFICER_PROPOSAL_NOT_FOUND = Entry(
        number=138,
        code="NOT_FOUND",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="該当する職員登録の申請がありません。",
            en="There is no such proposal.",
        ),
        next_step=Text(
            ja="申請の番号と、接続先のサービスを確認してください。",
            en="Check its id, and which service is asked.",
        ),
    )
    REVOCATION_PROPOSAL_NOT_FOUND = Entry(
        number=139,
        code="NOT_FOUND",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="該当する失効の提案がありません。",
            en="There is no such proposal to revoke.",
        ),
        next_step=Text(
            ja="提案の一覧で番号を確認してください。",
            en="Look for its id among the proposals.",
        ),
    )
    TOO_MANY_ENTRIES = Entry(
        number=220,
        code="RESOURCE_EXHAUSTED",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="運用担当者1人あたりの件数の上限に達しています。",
            en="You have entered as much as one operator may.",
        ),
        next_step=Text(
            ja="決定を待つ申請を別の運用担当者に承認または却下してもらうか、不要なものを取り下げてください。",
            en="Have another operator decide on what waits, or take back what is not needed.",
        ),
    )
    CREDENTIAL_DENIED = Entry(
        number=150,
        code="UNAUTHENTICATED",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="この資格情報は、利用を停止されています。",
            en="This credential is denied.",
        ),
        next_step=Text(
            ja="サービスの運用担当者に確認してください。",
            en="Ask an operator of the service.",
        ),
    )
    OWN_CREDENTIAL = Entry(
        number=151,
        code="FAILED_PRECONDITION",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="自分の資格情報の利用を停止することはできません。",
            en="Nobody denies their own credential.",
        ),
        next_step=Text(
            ja="別の運用担当者が行ってください。",
            en="Another operator must do it.",
        ),
    )
    CREDENTIAL_NOT_DENIED = Entry(
        number=152,
        code="NOT_FOUND",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="この資格情報は、利用を停止されていません。",
            en="This credential is not on the deny list.",
        ),
        next_step=Text(
            ja="一覧を確認してください。",
            en="Look at the list.",
        ),
    )
    SAME_OPERATOR = Entry(
        number=153,
        code="PERMISSION_DENIED",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="利用を停止した運用担当者とその本人は、再開することができません。",
            en="Neither the operator who denied it nor whose it is may allow it again.",
        ),
        next_step=Text(
            ja="別の運用担当者が行ってください。",
            en="Another operator must do it.",
        ),
    )
    TOO_MANY_CERTIFICATES = Entry(
        number=154,
        code="RESOURCE_EXHAUSTED",
        audience=Audience.OPERATOR,
        retryable=True,
        text=Text(
            ja="発行できる証明書の数の上限に達しています。",
            en="As many certificates as may be issued in this time were issued.",
        ),
        next_step=Text(
            ja="運用担当者に確認してください。時間をおいて、もう一度お試しください。",
            en="Ask an operator whether so many are expected; the same succeeds later.",
        ),
    )
    SERVICE_UNAVAILABLE = Entry(
        number=70,
        code="UNAVAILABLE",
        audience=Audience.OPERATOR,
        retryable=True,
        text=Text(
            ja="サービスに接続できません。",
            en="The service can't be reached at present.",
        ),
        next_step=Text(
            ja="しばらくしてから、もう一度お試しください。同じ受付番号で送信すれば、処理が二重に行われることはありません。",
            en="Try again later, under the same id: what was done already is not done twice.",
        ),
    )
    INTERNAL = Entry(
        number=71,
        code="INTERNAL",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="システムに障害が発生しました。",
            en="The system failed; the fault is ours.",
        ),
        next_step=Text(
            ja="運用担当者に、表示された番号を伝えてください。",
            en="Tell the operator the reference; the service's log has more.",
        ),
    )
    NOT_THE_OWNER = Entry(
        number=120,
        code="UNAVAILABLE",
        audience=Audience.OPERATOR,
        retryable=True,
        text=Text(
            ja="この認証局は、現在、別のサーバーが担当しています。",
            en="Another instance works for this authority at present.",
        ),
        next_step=Text(
            ja="しばらくしてから、もう一度お試しください。同じ受付番号で送信すれば、処理が二重に行われることはありません。",
            en="Try again there, or a little later, under the same id: what was done already is not done twice.",
        ),
    )
    RECEIPT_REFUSED = Entry(
        number=140,
        code="INTERNAL",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="認証局の受領証を確認できないため、回答を受け入れませんでした。",
            en="The authority's receipt does not verify, so its answer was not accepted.",
        ),
        next_step=Text(
            ja="運用担当者に連絡してください。受領証の公開鍵の設定を確認する必要があります。",
            en="Tell the operator, who compares the public keys for receipts with the authority's.",
        ),
    )
    RESPONDER_KEY_NOT_ENROLLED = Entry(
        number=160,
        code="PERMISSION_DENIED",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="この鍵は、このOCSPレスポンダの鍵として登録されていません。",
            en="The key is not enrolled for this OCSP replica.",
        ),
        next_step=Text(
            ja="認証局の運用担当者２名による鍵の登録が必要です。",
            en="Two operators of the ca service enrol it: openjpki responder.",
        ),
    )
    RESPONDER_LIMIT = Entry(
        number=161,
        code="RESOURCE_EXHAUSTED",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="このOCSPレスポンダの有効な証明書が上限に達しています。",
            en="The replica has as many valid certificates as policy allows.",
        ),
        next_step=Text(
            ja="不要な証明書を失効させるか、有効期間の終了をお待ちください。",
            en="Revoke those that are not needed, or wait until one has expired.",
        ),
    )
    RESPONDER_KEY_NOT_FOUND = Entry(
        number=162,
        code="NOT_FOUND",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="該当するOCSPレスポンダの鍵がありません。",
            en="There is no such responder's key.",
        ),
        next_step=Text(
            ja="登録されている鍵の一覧を確認してください。",
            en="Look at the keys that are registered.",
        ),
    )
    RESPONDER_KEY_EXISTS = Entry(
        number=163,
        code="ALREADY_EXISTS",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="このOCSPレスポンダの鍵は既に登録されています。",
            en="The responder's key is in the register already.",
        ),
        next_step=Text(
            ja="取り消した鍵は再び登録できません。新しい鍵を作成してください。",
            en="One that was withdrawn does not come back; make a new key.",
        ),
    )
    POOL_ELEMENT_NOT_FOUND = Entry(
        number=170,
        code="NOT_FOUND",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="提出された証明書・失効情報ファイルの中に、該当するものがありません。",
            en="There is no such certificate or revocation list among those handed in.",
        ),
        next_step=Text(
            ja="提出されたものの一覧を確認してください。",
            en="Look at the list: openjpki bridge pool list.",
        ),
    )
    LIST_UPLOAD_INCOMPLETE = Entry(
        number=230,
        code="FAILED_PRECONDITION",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="失効情報ファイルの全ての部分が届いていません。",
            en="Not every part of the revocation list has come.",
        ),
        next_step=Text(
            ja="足りない部分を送ってから、もう一度提出してください。",
            en="Send the parts that are missing, then submit it again.",
        ),
    )
    STORED_UNREADABLE = Entry(
        number=231,
        code="FAILED_PRECONDITION",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="保存されているデータを読み取ることができません。",
            en="What is stored of it can't be read by the release that runs.",
        ),
        next_step=Text(
            ja="docs/operations.mdのOpenJpkiRowUnreadableの手順に従ってください。",
            en="Follow OpenJpkiRowUnreadable in docs/operations.md.",
        ),
    )
    SCHEMA_NEWER = Entry(
        number=235,
        code="FAILED_PRECONDITION",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="データベースは、より新しいリリースの形式になっています。",
            en="The database was brought forward by a newer release.",
        ),
        next_step=Text(
            ja="そのリリースを起動してください。元に戻すには、更新前の控えからデータベースを復元してください。",
            en="Start that release; to go back, bring back the copy of the database from before.",
        ),
    )
    SCHEMA_BEHIND = Entry(
        number=236,
        code="FAILED_PRECONDITION",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="データベースは、より古いリリースの形式のままです。",
            en="The database is of an older release.",
        ),
        next_step=Text(
            ja="データベースの所有者の権限で openjpki database forward を実行してください。",
            en="Bring it forward as its owner: openjpki database forward.",
        ),
    )
    AGREEMENT_NOT_FOUND = Entry(
        number=250,
        code="NOT_FOUND",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="該当する取決めがありません。",
            en="There is no such agreement.",
        ),
        next_step=Text(
            ja="署名検証者との取決めの一覧を確認してください。",
            en="Look at the agreements with the verifier.",
        ),
    )
    AGREEMENT_QUOTA_EXCEEDED = Entry(
        number=251,
        code="RESOURCE_EXHAUSTED",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="取決めで定めた回数の上限に達しました。",
            en="As much was told as the agreement's quota lets.",
        ),
        next_step=Text(
            ja="複数の証明書をまとめて照会していた場合は、1回に照会する数を半分に減らしてください。上限の残りより多い照会には、1件も回答しません。それでも拒否されるときは、示された時間が過ぎてから照会するか、失効情報ファイルで確認してください。上限を変えるには、都道府県知事と新しい取決めを結んでください。",
            en="Where several certificates were asked for at once, ask for half as many: nothing is told of more than is left. Otherwise ask after the time that was told, or look at the revocation lists. To be told more, agree anew with the governor.",
        ),
    )
    NOTICE_GAP = Entry(
        number=260,
        code="FAILED_PRECONDITION",
        audience=Audience.PROGRAMMER,
        retryable=False,
        text=Text(
            ja="先に送るべき通知が届いていません。",
            en="A notice that comes before this one is missing.",
        ),
        next_step=Text(
            ja="示された番号の通知から、番号の順に送ってください。",
            en="Send from the number that was told, in their order.",
        ),
    )
    NOTICE_DIFFERS = Entry(
        number=261,
        code="FAILED_PRECONDITION",
        audience=Audience.OPERATOR,
        retryable=False,
        text=Text(
            ja="同じ番号で、内容の異なる通知が既に届いています。",
            en="Another notice was taken under this number.",
        ),
        next_step=Text(
            ja="送信元で番号が二重に使われていないか確認し、異なる内容は次の番号で送ってください。",
            en="Find out why the sender used a number twice; send what differs under the next number.",
        ),
    )
    CALLER_QUOTA_EXCEEDED = Entry(
        number=190,
        code="RESOURCE_EXHAUSTED",
        audience=Audience.PROGRAMMER,
        retryable=True,
        text=Text(
            ja="同時に行える要求の数を超えています。",
            en="The caller has as many calls open as one caller may.",
        ),
        next_step=Text(
            ja="先の要求が終わるのを待ってから、もう一度お試しください。",
            en="Wait until some of them have ended, then try again.",
        ),
    )
    FEE_NOT_SETTLED = Entry(
        number=280,
        code="FAILED_PRECONDITION",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="手数料の額が定められていません。",
            en="No fee is settled for this.",
        ),
        next_step=Text(
            ja="運用担当者に、窓口の定めで手数料を定めるよう依頼してください。",
            en="Have an operator settle it in the rules of windows.",
        ),
    )
    FEE_ALREADY_TAKEN = Entry(
        number=281,
        code="ALREADY_EXISTS",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="この申請の手数料は既に納付されています。",
            en="The fee of this application was paid before.",
        ),
        next_step=Text(
            ja="領収証書を確認し、誤りがあれば取り消してから、もう一度記録してください。",
            en="Look at its receipt; where that is wrong, make it void first.",
        ),
    )
    FEE_RECEIPT_NOT_FOUND = Entry(
        number=282,
        code="NOT_FOUND",
        audience=Audience.WINDOW_OFFICER,
        retryable=False,
        text=Text(
            ja="該当する領収証書がありません。",
            en="There is no such receipt.",
        ),
        next_step=Text(
            ja="年度と番号を確認してください。",
            en="Check its fiscal year and number.",
        ),
    )
