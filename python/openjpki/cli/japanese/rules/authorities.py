"""Rules of the ca service: authorities, their certificates, lists and receipts."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    # Authorities, their keys and policies.
    "has an authority here already": "認証局が既にあります。",
    "has a key that is to be replaced by now": "鍵を更新すべき時期が過ぎています。",
    "has a policy that can be read": "ポリシーは読み取れます。直す必要はありません。",
    "has no generation of its key in the state active": "発行に使える（active）世代の鍵がありません。",
    "is in a state in which no lists and no responders' certificates are signed": "失効情報ファイルにもOCSPレスポンダの証明書にも署名しない状態です。",
    "is not a generation of this authority's key": "この認証局の鍵の世代ではありません。",
    "must be {}: key devices here make no other": "{0}でなければなりません。鍵の装置がほかの値に対応していません。",
    "must have the policy's exponent": "ポリシーが定める公開指数でなければなりません。",
    "was stopped by its operator": "運用担当者が発行を停止しています。",
    "would end before a certificate issued now; its key must be replaced": "いま発行する証明書より先に有効期間が終わります。鍵を更新する必要があります。",
    "there is no key for receipts; make it with `openjpki authority receipt-key`": "受領証に署名する鍵がありません。`openjpki authority receipt-key`で作成してください。",
    "the limit of certificates of one {} in one {} is reached": "1つの{0}について1{1}に発行できる証明書の数の上限に達しました。",
    # Certificates and their revocation.
    "has expired: nothing is left to revoke": "有効期間が終わっているため、失効させる必要はありません。",
    "was revoked before": "既に失効しています。",
    "is not the serial number of a cross certificate of this authority": "この認証局の相互認証証明書の発行の番号ではありません。",
    "is not the serial number of a responder's certificate of this authority": "この認証局が発行したOCSPレスポンダの証明書の発行の番号ではありません。",
    "is not the serial number of a certificate of this person by this authority": "この認証局がこの方に発行した証明書の発行の番号ではありません。",
    "is not the serial number of a user certificate of this authority": "この認証局が発行した署名利用者の証明書の発行の番号ではありません。",
    "is needed from a window, and never stated ex officio": "窓口からの失効では必要で、職権による失効では指定できません。",
    "is not the word of whoever asks here": "失効を求めている人の署名ではありません。",
    "is of an officer of another municipality than the certificate": "証明書とは別の市区町村の職員のものです。",
    "must be a window of the municipality": "その市区町村の窓口を指定してください。",
    "holds a key certified before": "以前に証明書が発行された鍵です。",
    "is an authority's key": "認証局の鍵です。",
    "has nothing that officers signed": "職員が署名したものがありません。",
    "is for another application": "別の申請に対するものです。",
    "is signed with a key that is not enrolled any more": "失効などにより、もう登録されていない鍵で署名されています。",
    "is of a place without an authority here": "ここに認証局のない場所のものです。",
    "must be the request's own id: what officers approved is made once": "要求そのものの受付番号にしてください。職員が承認したものは、一度だけ発行されます。",
    "must be of two different officers": "異なる2人の職員のものが必要です。",
    "must be no longer than the authority's policy allows": "認証局のポリシーが認める期間以内にしてください。",
    "must be of an authority for signature keys": "署名用の認証局を指定してください。",
    "holds {}": "内容が正しくありません: {0}",
    # Lists.
    "another process made the list": "ほかのプロセスが、先に失効情報ファイルを作成しました。",
    "has no list yet; one is made soon": "失効情報ファイルはまだありません。まもなく作成されます。",
    "is not a partition of this authority": "この認証局の失効情報ファイルの区分ではありません。",
    "the bridge reads the authority list only": "ブリッジが取得できるのは、認証局の証明書についての失効情報ファイルだけです。",
    "names a certificate that is not known as revoked here": "ここで失効と記録されていない証明書が含まれています。",
    "the list to be replaced is not the one that was published": "置き換えられるものが、公開された失効情報ファイルと異なります。",
    # OCSP responders.
    "has as many valid certificates as policy allows one replica": "このOCSPレスポンダの有効な証明書が、ポリシーの上限に達しています。",
    "has proposed {} keys of this authority that nobody has decided on": "この認証局について、まだ決定されていない鍵の申請が{0}件あります。",
    "holds a key that is in the register": "既に登録されている鍵です。",
    "holds a key that is not enrolled for the replica of this credential": "この資格情報のOCSPレスポンダに登録されていない鍵です。",
    "is no key in the register": "登録されている鍵ではありません。",
    "must be approved by another operator than who proposed it": "申請した人とは別の運用担当者が承認してください。",
    # After a restore, and rows that can't be read.
    "an entry of the journal can't be read": "帳簿に読み取れない記録があります。",
    "the journal has a certificate as revoked that is not here": "帳簿では失効している証明書が、ここにありません。",
    "the journal is not as it was sealed: `openjpki journal verify {}`": "帳簿が封印されたときの内容と異なります: `openjpki journal verify {0}`",
    "a key of another size has the label": "同じラベルの、長さの異なる鍵があります。",
    "is as it was made, and can be read": "作成されたときのままで、読み取れます。直す必要はありません。",
    "is not in the journal": "帳簿にありません。",
    "is {} here, which can be read": "ここでは「{0}」で、読み取れます。",
    "must be given: what is stored can't be read": "必ず指定してください。保存されている値を読み取れません。",
    "the certificate that the journal has the digest of is not here": "帳簿にダイジェストのある証明書が、ここにありません。",
}
