"""Commands that come with the devkit: to try the system out, and to measure."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "Also what officers see in a browser; needs Chromium.": "職員のブラウザーの画面も画像として残します。Chromiumが必要です。",
    "One resident's certificate, from a window to a verifier's answer, through four services.": "住民1人の証明書を、窓口での申請から署名検証者への回答まで、4つのサービスで実演します。",
    "Where everything goes; made anew.": "出力先のフォルダー。作り直されます。",
    "Where the authorities' keys are.": "認証局の鍵の置き場所。",
    # serve
    "Where the authorities' keys are, in a whole installation.": "認証局の鍵の置き場所（試用環境の全体を動かす場合）。",
    "Any free ports instead of 7100 to 7134.": "7100から7134の代わりに、空いているポートを使います。",
    # register generate
    "Write a register file of residents who do not exist.": "架空の住民の台帳ファイルを作成します。",
    "CSV file to write.": "出力先のファイル（CSV）。",
    "How many residents.": "住民の数。",
    "5-digit codes; several times. Default: all there are.": "市区町村コード5桁。繰り返し指定できます。指定がなければすべて。",
    "The same seed gives the same residents.": "乱数の種。同じ種からは同じ住民ができます。",
    # mesh issue
    "Credentials in the mesh of an installation on this machine.": "この端末の試用環境で使う資格情報の発行。",
    "Make a certificate and its key for a peer; with ``--force`` in place of those it has.": "接続に使う証明書と鍵を作成します。既にあるものは、``--force``を指定すると置き換えます。",
    "What the peer is.": "接続する人またはサービスの役割。",
    "Whose: a verifier's id, an officer's municipality, what a service serves (docs/identities.md), …": "範囲。署名検証者の番号、職員の市区町村、サービスの担当範囲（docs/identities.md）など。",
    "Which person, e.g. officer-3.": "誰か（例: officer-3）。",
    "Folder for tls.crt, tls.key, ca.crt; default: the usual one.": "tls.crt、tls.key、ca.crtの出力先のフォルダー。指定がなければ通常の場所。",
    "How long they hold.": "有効日数。",
    # bench
    "Measure against the named peers, in the same run and in turns.": "ほかの実装と、同じ実行の中で交互に比べて測定します。",
    "Where results.json goes.": "results.jsonの出力先のフォルダー。",
    "Row ids; several times.": "測定する項目。繰り返し指定できます。",
    "Every signature of this process made singly.": "このプロセスの署名を、すべて1つずつ行います。",
}
