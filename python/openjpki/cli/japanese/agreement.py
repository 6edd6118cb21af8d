"""`openjpki agreement`: what governors agree with verifiers."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "A governor's agreements with verifiers (取決め), made by two officers.": "都道府県知事と署名検証者との取決め。職員2名で結びます。",
    "Version, as `list` shows it.": "版（`list`で表示されるもの）。",
    "Its name and seat, as it notified them.": "届出にある名称と所在地。",
    "SHA-256 of its content, as `show` has it.": "内容のSHA-256（`show`で表示されるもの）。",
    "What the verifier is.": "署名検証者の種類。",
    "Office that notified; no person's name.": "届出をした部署（個人の氏名は書かないでください）。",
    "How to provide; several times.": "提供の方法。繰り返し指定できます。",
    "From when on it gives no access, ISO 8601.": "終期（この時から照会できません、ISO 8601）。",
    "What answers may be used for.": "回答を利用できる目的。",
    "Measures of safety.": "安全保護の措置。",
    "What binds its staff to secrecy.": "職員の秘密保持の定め。",
    "When, ISO 8601; default: now.": "届出の日時（ISO 8601）。省略すると現在。",
    "Of a business: which.": "事業者の場合、その認定の名称や番号。",
    "Of a business: when it ends, ISO 8601.": "事業者の場合、認定の終期（ISO 8601）。",
    "From when on, ISO 8601; default: now.": "始期（ISO 8601）。省略すると現在。",
    "Most paid for damages, in yen.": "損害賠償額の上限（円）。",
    "File of the paper; its digest is kept.": "取決めの文書のファイル。そのSHA-256を記録します。",
    "Enter a notification and the next version of an agreement, for another officer to approve.": "届出と、取決めの次の版を登録します。別の職員の承認を待ちます。",
    "Propose a version again, from now on, so that another officer's approval resumes it.": "ある版を同じ内容で、今からの期間で再び申請します。別の職員が承認すると再開します。",
    "Put in force what another officer has proposed, and you have read.": "別の職員が申請し、内容を確認した版を承認して、発効させます。",
    "End what was proposed and is not to be.": "申請された版を却下します。",
    "Stop a verifier's access at once; what is proposed is rejected.": "署名検証者の照会を直ちに停止します。申請中の版は却下されます。",
    "End an agreement for good before its time.": "取決めを終期の前に終了します。元に戻せません。",
    "Of this verifier alone.": "この署名検証者のものだけ。",
    "Every version of an authority's agreements.": "認証局の取決めの版をすべて表示します。",
    "How much verifiers were told about an authority's certificates, by the way they asked.": "認証局が発行した証明書について署名検証者に提供した回数を、提供の方法ごとに表示します。",
    "Month of Japan, e.g. 2027-04; default: this one.": "月（例: 2027-04）。省略すると今月。",
    "A row for each day.": "日ごとに表示します。",
    "File to write.": "書き込むファイル。",
    "csv, for programs; pdf, for people: in Japanese and by day.": "csvはプログラム用、pdfは利用実績明細書（日本語、日別）。",
    "TrueType font with Japanese that goes into a PDF.": "PDFに埋め込む、日本語のTrueTypeフォント。",
    "Write how much verifiers were told in a month, for what they pay.": "1か月分の提供回数を、料金算定の基礎となる利用実績としてファイルに書き込みます。",
    "One version: what was notified and agreed.": "1つの版の、届出と取決めの内容。",
}
