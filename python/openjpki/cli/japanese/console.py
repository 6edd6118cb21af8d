"""`openjpki serve`, `register`, `journal`, `database` and `restore`: on a service's own machine."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "Run a service, or a whole installation to play with until Ctrl-C.": "サービスを1つ、または試用環境の全体を、Ctrl-Cまで動かします。",
    "Which service to run.": "動かすサービス。",
    "The service's TOML file; OPENJPKI_… variables go before it.": "サービスの設定ファイル（TOML）。環境変数OPENJPKI_…が優先します。",
    # register
    "The resident register (住民基本台帳) as a table.": "照合に使う、住民基本台帳の写し。",
    "CSV in UTF-8, with the columns of `generate`.": "CSVファイル（UTF-8、`generate`と同じ列）。",
    "A file with the register's URL on its first line, for whoever keeps the register and has none of registration's settings.": "1行目に台帳のデータベースのURLを書いたファイル。registrationの設定を持たない、台帳の管理者が使います。",
    "Make the register of the municipalities in FILE what FILE says, all of it at once.": "FILEにある市区町村の台帳を、FILEの内容に一度に置き換えます。",
    "A row that can't be taken is left out and named by its line. A municipality that more than a tenth of its residents, and more than ten, would leave is left as it was. Either way the command ends with 4; what is no register file is refused, and the register stays as it was.": "取り込めない行は除いて行番号を示します。住民の1割を超え、かつ10人を超える人が台帳からいなくなる市区町村は、元のままにします。どちらの場合も終了コードは4になります。台帳のファイルでないものは拒否し、台帳は元のままです。",
    "A municipality that is loaded whoever leaves the register by it; may be given often.": "台帳からいなくなる人の数にかかわらず置き換える市区町村のコード。繰り返し指定できます。",
    "Only say what would be loaded, and how many would leave.": "取り込まずに、取り込まれる人数と台帳からいなくなる人数だけを表示します。",
    # register link-key, notify, reconcile
    "Write the key by which a municipality's register stands for residents in change notices.": "異動等失効情報で住民を表すために市区町村の台帳が使う鍵を書き出します。",
    "The same at every time. Whoever has it can tell which link stands for whom in that municipality, and nothing of another one.": "何度書き出しても同じ鍵です。この鍵を持つ人は、その市区町村の照合用の値が誰を表すかを知ることができますが、他の市区町村については何も分かりません。",
    "The file to write; its owner's alone.": "書き出すファイル。所有者だけが読めます。",
    "Send change notices: that something changed, never what and never a resident's number.": "異動等失効情報を送ります。異動等があった旨だけを送り、その内容や住民の番号は送りません。",
    "What was taken before is passed over, so the command may be repeated whenever it broke off.": "既に届いている通知は飛ばすので、途中で止まったときはそのまま再実行できます。",
    "CSV in UTF-8: sequence (from 1, without a gap), resident_id, noticed_at (ISO 8601).": "CSVファイル（UTF-8）。sequence（1からの連番）、resident_id（住民の番号）、noticed_at（ISO 8601の日時）の列が必要です。",
    "The key from `register link-key`.": "`register link-key`で書き出した鍵。",
    "What came of a month's change notices, to be held against what the register has sent.": "1か月分の異動等失効情報の処理結果を表示します。台帳側の送信記録との照合に使います。",
    # journal
    "The journal in a service's database, on the service's own machine.": "サービスのデータベースにある帳簿。そのサービスのサーバーで実行します。",
    "Compare every entry with the digests of the sealed segments; ends with 4 if one differs.": "すべての記録を、封印された区間のダイジェストと照合します。異なるものがあれば、終了コードは4になります。",
    "An authority, a municipality ...; all without it.": "認証局、市区町村など。指定がなければすべて。",
    "Print every entry as it is stored, a line of JSON each, for an auditor; ends with 4 if one can't be read, which is among them.": "監査のため、すべての記録を保存されているとおりに1行ずつJSONで表示します。読み取れないものも含み、あれば終了コードは4になります。",
    "Which day it is, in UTC.": "今日の日付（UTC）。",
    "Compare what verifiers were told, in ocsp's database, with the entries of closed days; ends with 4 if one differs.": "ocspのデータベースにある提供の回数を、確定した日の帳簿の記録と照合します。異なるものがあれば、終了コードは4です。",
    "Say which day it is, after a service was away or a clock was wrong: until then nothing of the journal is disposed of whose period ended meanwhile.": "サービスの停止や時計の誤りの後で、今日の日付を確認します。確認するまで、その間に保存期間が終わった帳簿は廃棄されません。",
    # database
    "A service's schema, by a role that may change it.": "サービスのデータベースの構造。変更を許されたロールで実行します。",
    "Whose tables they are.": "どのサービスのデータベースか。",
    "A file with the owner's URL on its first line.": "1行目に所有者のURLを書いたファイル。",
    "Bring a schema forward to this program's revision, and make a SQLite database that is not there. A service brings its own forward when it starts, if its role may; it makes none.": "データベースの構造を、このプログラムの版に合わせます。SQLiteのデータベースがなければ作成します。サービスも、ロールに権限があれば起動時に構造を合わせますが、データベースの作成は行いません。",
    # restore
    "After a database was brought back from a backup, on the service's own machine.": "データベースをバックアップから戻した後の処理。そのサービスのサーバーで実行します。",
    "Moment, UTC, that the other's database was brought back to; better an hour before.": "相手のデータベースが戻った時点（UTC）。1時間前を指定するのが安全です。",
    "Officers and credentials taken back since the backup, as `restore taken-back` prints them at the other services, and a line for each that they don't know: officer ROLE/PLACE/ACCOUNT CAUSE, credential ID CAUSE. May be given often. An empty file says that there are none.": "バックアップの後に失効した職員と、停止した資格情報。ほかのサービスで`restore taken-back`が表示したものに、そこにないものを1行ずつ加えます（officer ROLE/PLACE/ACCOUNT CAUSE、credential ID CAUSE）。繰り返し指定できます。空のファイルは、1つもないことを表します。",
    "Which service's database is to tell.": "どのサービスのデータベースから出力するか。",
    "Print what registration or ca knows of users' certificates since a moment, for the other one.": "ある時点より後の署名利用者の証明書について、registrationまたはcaが知ることを、もう一方のために表示します。",
    "The lines hold whole certificates: personal data, for a pipe and not for a file.": "証明書そのもの（個人情報）を含むので、ファイルに残さず、パイプで渡してください。",
    "What `restore export --from ca` printed on ca's machine; - for stdin.": "caのサーバーで`restore export --from ca`が表示したもの。「-」なら標準入力。",
    "Take up what ca issued and revoked since the backup, so that windows find it.": "バックアップの後にcaが発行・失効させた証明書を取り込み、窓口で使えるようにします。",
    "Refuse again whose credentials were taken back since the backup.": "バックアップの後に停止した資格情報を、再び停止します。",
    "What verifiers were told since is not known: statements name that time as a possible gap.": "バックアップの後に署名検証者に提供した回数は分からないため、その期間は、利用実績に、計上漏れの可能性がある時間帯として示されます。",
    "What `restore export` printed on registration's machine; - for stdin.": "registrationのサーバーで`restore export`が表示したもの。「-」なら標準入力。",
    "Revocation lists published after the backup: DER, or PEM of several; may be given often.": "バックアップの後に公開した失効情報ファイル（DER、または複数を含むPEM）。繰り返し指定できます。",
    "Take every authority up again: what is known since the backup, gaps in what is numbered.": "すべての認証局を再開します。バックアップの後に知られていることを取り込み、番号に間を空けます。",
    "The status feed and the lists go on with numbers that none of before can have had. An authority that can't be read, or can't be taken up, keeps no other from it: the command names it and is given again, with the same lines, when it was put right.": "失効情報の通知と失効情報ファイルは、以前に使われたはずのない番号から続きます。読み取れない、または再開できない認証局があっても、ほかの認証局は再開します。その認証局の名前を示すので、直した後に、同じ内容でもう一度実行してください。",
    "Go on with numbers of the bridge's revocation list that none of before can have had.": "ブリッジ認証局の失効情報ファイルを、以前に使われたはずのない番号から続けます。",
    "Say from when on others are to tell a database that was brought back: an hour before the newest act that it knows of.": "戻したデータベースのために、ほかのサービスがいつから後のことを知らせるべきかを表示します。データベースにある最後の処理の1時間前です。",
    "Moment, UTC: what `restore position` said of the database that was brought back.": "時点（UTC）。戻したデータベースについて`restore position`が表示したもの。",
    "Print whom a service that kept its database knows to be taken back since a moment, as `--taken-back` reads it at the one that was brought back.": "データベースが無事なサービスで、ある時点より後に失効した職員と停止した資格情報を表示します。データベースを戻したサービスの`--taken-back`に渡します。",
}
