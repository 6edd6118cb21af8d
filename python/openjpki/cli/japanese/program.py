"""The program itself, and options that many commands have."""

from __future__ import annotations

from typing import Final

from openjpki.cli.exit_codes import EXPLANATION

_SERVICES: Final = {
    **{one: one for one in ("registration", "ca", "ocsp", "bridge")},
    "ca or bridge or registration": "ca、bridge、registrationのいずれか",
    "registration or ca or ocsp or bridge": "registration、ca、ocsp、bridgeのいずれか",
}

TEXTS: Final = {
    "Public individual authentication (公的個人認証サービス).": "公的個人認証サービス。",
    " ".join(EXPLANATION.split()): (
        "終了コード: 0＝完了、1＝拒否、2＝コマンドの書き方の誤り、3＝サービスまたは装置が利用できない（後でもう一度）、"
        "4＝確認の結果が有効でない、または一部を読み取れない、5＝内部の障害、130＝中断。"
    ),
    "Print the version and end.": "バージョンを表示して終了します。",
    "How results are printed on stdout.": "結果を標準出力に表示する形式。",
    "Write over files that exist, but never over people's or authorities' keys.": "既にあるファイルに上書きします。ただし、人や認証局の鍵には決して上書きしません。",
    "In which language help and refusals are worded; else as the locale says.": "ヘルプとエラーの説明に使う言語。指定がなければロケールに従います。",
    "Show this message and exit.": "この説明を表示して終了します。",
    "Install completion for the current shell.": "現在のシェルで入力補完を使えるようにします。",
    "Show completion for the current shell, to copy it or customize the installation.": "現在のシェル用の入力補完の設定を表示します。複写や調整に使います。",
    # Panels.
    "Another installation": "試用環境以外への接続",
    "Your signing key": "職員の署名用の鍵",
    "Key": "鍵",
    "Attestation": "鍵ペアの生成装置の証明",
    # How a service is reached.
    "Folder of the embedded installation (`openjpki serve`).": "試用環境（`openjpki serve`）のフォルダー。",
    **{
        f"Address of the {english} service, instead of the embedded one.": f"{japanese}のアドレス。試用環境以外に接続するときに指定します。"
        for english, japanese in _SERVICES.items()
    },
    "Which service is meant.": "対象のサービス。",
    "Folder with your tls.crt, tls.key and ca.crt; they say who acts.": "資格情報（tls.crt、tls.key、ca.crt）のフォルダー。操作する人はこれで決まります。",
    "The mesh's name; default: the one in your certificate.": "メッシュの名前（信頼ドメイン）。指定がなければ資格情報の証明書にあるもの。",
    "The service's settings file; OPENJPKI_… variables go before it. Default: the embedded one's, else the variables alone.": "サービスの設定ファイル。環境変数OPENJPKI_…が優先します。指定がなければ試用環境の設定、それもなければ環境変数だけを使います。",
    "Who acts, in the embedded mesh.": "操作する人（試用環境の場合）。",
    "Who asks, in the embedded mesh.": "照会する署名検証者（試用環境の場合）。",
    # With which key an officer signs.
    "Your key, an encrypted file; default: the officer's of the embedded installation.": "署名用の鍵（暗号化されたファイル）。指定がなければ試用環境の職員の鍵。",
    "Its passphrase; asked for when absent.": "そのパスフレーズのファイル。指定がなければ入力を求めます。",
    "Label of your PKCS#11 token, instead of a file.": "PKCS#11トークンのラベル。鍵がファイルにないときに指定します。",
    "The token's library.": "トークンのライブラリ。",
    "Its PIN; asked for when absent.": "その暗証番号のファイル。指定がなければ入力を求めます。",
    "Which of the token's keys, in a row.": "トークンにある鍵のうち、何番目のものか。",
    # Keys of applicants and of officers.
    "The key's passphrase; asked for when absent.": "鍵のパスフレーズのファイル。指定がなければ入力を求めます。",
    "Label of the card's PKCS#11 token; the key never leaves it.": "カードのPKCS#11トークンのラベル。鍵はカードの外に出ません。",
    "The card's library.": "カードのライブラリ。",
    "The card's PIN; asked for when absent.": "カードの暗証番号のファイル。指定がなければ入力を求めます。",
    # Said by several groups.
    "In a name for examples, to try the system out: nobody is to rely on it.": "例示用の名称で作成します。試用のためのもので、実際に使ってはなりません。",
    "What ends it.": "失効の事由。",
    "Why.": "事由。",
    "Of the certificate, hexadecimal.": "証明書の発行の番号（16進数）。",
    "File to write, PEM.": "出力先のファイル（PEM）。",
    "File to write, DER.": "出力先のファイル（DER）。",
    "Of its key; else the one that issues.": "鍵の世代。指定がなければ、発行に使っている世代。",
    "Application id, from `window submit`.": "申請の番号（`window submit`が表示したもの）。",
    "Revocation lists that were published, as verifiers have them: DER, or PEM of several; may be given often.": "公開した失効情報ファイル（署名検証者の手元にあるもの。DER、または複数を含むPEM）。繰り返し指定できます。",
    "Whose database.": "どのサービスのデータベースか。",
    "Name for people.": "名称。",
    "An acceptable policy, dotted; again for more; else any.": "受け入れるポリシー（ドット区切りのOID）。繰り返し指定できます。指定がなければすべて。",
}
