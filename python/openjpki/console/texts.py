"""The console's own sentences, in both languages. What has a label in the contracts or a name in
the command line's tables is not here."""

from __future__ import annotations

from typing import Final

from openjpki.errors import Text

TEXTS: Final = {
    # The frame.
    "console": Text(ja="窓口業務", en="Window console"),
    "to_content": Text(ja="本文へ移動", en="Skip to content"),
    "menu": Text(ja="メニュー", en="Menu"),
    "queue": Text(ja="申請の一覧", en="Applications"),
    "new": Text(ja="新しい申請", en="New application"),
    "other_language": Text(ja="English", en="日本語"),
    "leave": Text(ja="終了する", en="Log out"),
    "officer": Text(ja="職員", en="Officer"),
    "keys": Text(
        ja="Alt＋文字（Firefoxでは Alt＋Shift＋文字）で移動できます。",
        en="Alt and the letter goes there (in Firefox Alt, Shift and the letter).",
    ),
    # Without a session.
    "closed": Text(ja="この画面は終了しています", en="This console is closed to you"),
    "closed_lead": Text(
        ja="一定時間操作がなかったか、終了したか、別の画面で入り直したため、セッションが終わりました。",
        en="The session ended: nothing was done for a while, you logged out, or it was entered "
        "again elsewhere.",
    ),
    "closed_step": Text(
        ja="「openjpki console」を実行している端末に、新しいリンクが表示されています。そのリンクを開いてください。"
        "リンクは1回だけ使えます。",
        en="The terminal that runs `openjpki console` shows a new link. Open it; it works once.",
    ),
    # Refusals.
    "refused": Text(ja="受け付けられませんでした", en="This was refused"),
    "that_application": Text(ja="その申請を開く", en="Open that application"),
    "to_do": Text(ja="次にすること", en="What to do"),
    "unsettled": Text(
        ja="処理が行われたかどうか分かりません。同じボタンをもう一度押すか、画面を再読み込みして同じ内容を送ってください。処理が二重に行われることはありません。",
        en="It may have been done. Press the same button again, or reload the page and send the same "
        "once more: nothing is done twice.",
    ),
    "form_old": Text(
        ja="この入力画面は古くなっています。もう一度開いてから入力してください。",
        en="This form is out of date; open it again.",
    ),
    "fault": Text(ja="画面の処理で障害が起きました", en="The console has a fault"),
    "fault_step": Text(
        ja="申請の状態を確認してから、必要ならもう一度行ってください。続くときは管理者に知らせてください。",
        en="Look how the application stands before you do it again. Tell your administrator if it "
        "happens again.",
    ),
    "not_there": Text(ja="この画面はありません", en="There is no such page"),
    "back_to_queue": Text(ja="申請の一覧に戻る", en="Back to the applications"),
    # The queue.
    "queue_lead": Text(
        ja="受け付けた順に表示します。「公開鍵提示済み」は、別の職員の決定を待っています。",
        en="Oldest first. Those with a key presented wait for a second officer's decision.",
    ),
    "filter": Text(ja="絞り込み", en="Filter"),
    "show": Text(ja="表示する", en="Show"),
    "any_state": Text(ja="すべて", en="Any"),
    "open_states": Text(ja="手続き中のもの", en="Not yet finished"),
    "window_part": Text(ja="窓口（数字3桁と英字）", en="Window (3 digits and a letter)"),
    "day_taken": Text(ja="申請日", en="Day taken"),
    "expiring_in": Text(ja="期限までの日数", en="Expires within (days)"),
    "none_found": Text(ja="該当する申請はありません。", en="No application is like that."),
    "applicant": Text(ja="申請者", en="Applicant"),
    "erased": Text(ja="（個人情報は廃棄済み）", en="(personal data destroyed)"),
    "next_page": Text(ja="次の一覧", en="Next page"),
    "first_page": Text(ja="最初の一覧", en="First page"),
    # An application.
    "application": Text(ja="申請", en="Application"),
    "stated": Text(ja="申請の内容", en="What is applied for"),
    "substitutes_used": Text(ja="代替文字", en="Substitutes"),
    "stands_for": Text(
        ja="{position}文字目の「{certified}」（住民票では「{registered}」）",
        en="character {position}, {certified}, stands for {registered}",
    ),
    "procedure": Text(ja="手続き", en="Procedure"),
    "nothing_yet": Text(ja="まだありません。", en="Nothing yet."),
    "asked": Text(ja="質問", en="Questions"),
    "right_wrong": Text(ja="正答 {right}件、誤答 {wrong}件", en="{right} right, {wrong} wrong"),
    "key": Text(ja="公開鍵", en="Key"),
    "key_note": Text(
        ja="申請者の控えのフィンガープリントと照合してください。",
        en="Compare it with the applicant's paper.",
    ),
    "end": Text(ja="終了の理由", en="Why it ended"),
    "certificate": Text(ja="電子証明書", en="Certificate"),
    "copy_pdf": Text(ja="電子証明書の写しを印刷（PDF）", en="Print the copy (PDF)"),
    "guide_pdf": Text(ja="利用の手引を印刷（PDF）", en="Print the guide (PDF)"),
    "certificate_file": Text(ja="電子証明書のファイル（PEM）", en="The certificate's file (PEM)"),
    # Forms.
    "choose": Text(ja="選んでください", en="Choose"),
    "form_title": Text(
        ja="署名用電子証明書 発行・更新申請書", en="Application for a signing certificate"
    ),
    "new_lead": Text(
        ja="申請書と住民票のとおりに入力します。受け付けるときに、住民基本台帳と照合します。",
        en="As on the paper and in the resident register, which it is compared with.",
    ),
    "hint_name": Text(
        ja="姓と名の間に空白を1字置きます。", en="A space between family and given name."
    ),
    "hint_romanised": Text(ja="例: YAMADA HANAKO", en="E.g. YAMADA HANAKO"),
    "hint_birth": Text(
        ja="例: 昭和55年2月17日、S55.2.17、1980-02-17。月日が不詳のときは「昭和25年月日不詳」。",
        en="E.g. 1980-02-17, S55.2.17 or 昭和55年2月17日; where month and day are not known, "
        "昭和25年月日不詳.",
    ),
    "hint_address": Text(
        ja="都道府県名から入力します。郵便番号は含めません。",
        en="From the prefecture on, without a postcode.",
    ),
    "terms_accepted": Text(
        ja="申請者は利用規約（版 {version}）に同意しました",
        en="The applicant accepts the terms of use, version {version}",
    ),
    "submit": Text(ja="申請を受け付ける（署名します）", en="Take the application (you sign)"),
    "substitutes": Text(ja="代替文字を選んでください", en="Substitutes are needed"),
    "substitutes_lead": Text(
        ja="証明書に記録できない文字があります。代わりの文字を申請者に確認して選んでください。",
        en="Some characters can't stand in a certificate. Ask the applicant which others to use.",
    ),
    "substitute_for": Text(
        ja="{what}の{position}文字目「{character}」の代替文字",
        en="{what}, character {position} ({character}): its substitute",
    ),
    "or_kana": Text(ja="または、かな（8字以内）", en="Or kana, 8 at most"),
    "in_kana": Text(
        ja="似た文字がないため、かなで入力します（8字以内）",
        en="No character is similar: kana, 8 at most",
    ),
    "check": Text(ja="本人確認を記録する", en="Record the identity check"),
    "check_lead": Text(
        ja="提示された書類を確認し、その種類を選びます。書類の番号は入力しません。",
        en="Look at the document and choose its kind; its number is not entered.",
    ),
    "with_photo": Text(ja="写真付き", en="With a photograph"),
    "without_photo": Text(ja="写真なし（質問も必要）", en="Without one (questions too)"),
    "no_photo_lead": Text(
        ja="写真のない書類のとき: ほかの書類と質問（正答{right}問が必要）",
        en="Without a photograph: further documents and questions ({right} right answers needed)",
    ),
    "never_the_answer": Text(
        ja="正しく答えられたかどうかだけを記録します。答えは入力しません。",
        en="Only whether it was answered right; never the answer.",
    ),
    "not_asked": Text(ja="質問していない", en="Not asked"),
    "check_done": Text(ja="本人と確認した（署名します）", en="It is the person (you sign)"),
    "back_to_application": Text(ja="申請に戻る", en="Back to the application"),
    "card_key": Text(ja="カードに鍵ペアを生成する", en="Make the key pair on the card"),
    "card_key_lead": Text(
        ja="申請者のカードを読み取り機に置き、申請者本人が暗証番号を入力します。秘密鍵はカードの外に出ません。",
        en="The applicant's card is in the reader, and the applicant types the PIN. The key never "
        "leaves the card.",
    ),
    "card_pin": Text(ja="カードの暗証番号", en="The card's PIN"),
    "card_key_done": Text(
        ja="鍵ペアを生成し、公開鍵を受け取る（署名します）",
        en="Make the key and take it (you sign)",
    ),
    "card_key_made": Text(ja="公開鍵を受け取りました", en="The key was taken"),
    "card_key_note": Text(
        ja="カードが示した公開鍵のフィンガープリントです。申請者の控えに記し、承認する職員に渡します。",
        en="As the card has it. Write it on the applicant's paper, for the officer who decides.",
    ),
    "write_card": Text(ja="カードに書き込む", en="Write the card"),
    "write_card_lead": Text(
        ja="電子証明書と都道府県知事の自己署名証明書を、鍵ペアを生成したカードに書き込み、読み直して確かめます。",
        en="The certificate and the governor's own, onto the card that has the key; both are read "
        "back.",
    ),
    "write_card_done": Text(ja="カードに書き込む", en="Write the card"),
    "card_written": Text(ja="カードに書き込みました", en="The card is written"),
    "card_written_note": Text(
        ja="読み直した内容は、発行された電子証明書と一致しました。続いて交付を記録します。",
        en="What was read back is what was issued. Record the handing over next.",
    ),
    "present": Text(ja="公開鍵を受け取る", en="Take the public key"),
    "present_lead": Text(
        ja="申請者が鍵ペアを生成したときに作られた証明書発行要求のファイルを選びます。",
        en="Choose the certification request that was made with the applicant's key pair.",
    ),
    "present_done": Text(ja="公開鍵を受け取る（署名します）", en="Take the key (you sign)"),
    "approve": Text(ja="承認する", en="Approve"),
    "approve_lead": Text(
        ja="上の内容と本人確認を確かめ、申請者の手元の鍵と照合します。本人確認や公開鍵の受取りをした職員は、承認できません。",
        en="Look at what is above, and compare the applicant's own key. Who checked identity or "
        "took the key can't approve.",
    ),
    "key_file": Text(
        ja="申請者の証明書発行要求のファイル", en="The applicant's certification request"
    ),
    "or_fingerprint": Text(
        ja="または、申請者の控えにあるフィンガープリント（64桁）",
        en="Or the fingerprint on the applicant's paper, 64 digits",
    ),
    "approve_done": Text(
        ja="承認して証明書を発行する（署名します）",
        en="Approve; the certificate is made (you sign)",
    ),
    "reject": Text(ja="却下する", en="Reject"),
    "reject_lead": Text(
        ja="理由は申請とともに保存されます。却下した申請は元に戻せません。",
        en="The reason is kept. It can't be undone.",
    ),
    "hint_explanation": Text(
        ja="「その他」のときは必ず入力します。氏名などの個人情報や番号は入力しません。",
        en="Needed for `other`. Nothing of the person, and no numbers.",
    ),
    "reject_done": Text(ja="却下する（署名します）", en="Reject (you sign)"),
    "withdraw": Text(ja="申請者が取り下げる", en="The applicant takes it back"),
    "withdraw_lead": Text(
        ja="取り下げた申請は元に戻せません。", en="It can't be undone; they may apply anew."
    ),
    "withdraw_done": Text(ja="取り下げる", en="Withdraw"),
    "take_over": Text(ja="申請を引き継ぐ", en="Take the application over"),
    "take_over_lead": Text(
        ja="受け付けた職員の鍵が失効したときなどに、代わって申請の責任を負います。引き継いだ職員は、承認できません。",
        en="Answer for it in the place of who took it, whose key was lost or revoked. Who takes "
        "over does not decide.",
    ),
    "take_over_done": Text(ja="引き継ぐ（署名します）", en="Take over (you sign)"),
    "hand_over": Text(ja="電子証明書を交付する", en="Hand the certificate over"),
    "hand_over_lead": Text(
        ja="電子証明書と都道府県知事の自己署名証明書を媒体に格納してから、交付したことを記録します。",
        en="Once the certificate and the governor's own are on the medium: record that it was "
        "handed over.",
    ),
    "guide_given": Text(
        ja="利用の手引（利用規約の版 {version}）を渡した", en="With the guide (terms {version})"
    ),
    "copy_given": Text(ja="電子証明書の写しを渡した", en="With the copy in print"),
    "accepted": Text(
        ja="記載内容に誤りがないことを、申請者が確認した",
        en="The applicant says that what it says is right",
    ),
    "hand_over_done": Text(ja="交付を記録する", en="Record the handing over"),
    # Certificates, revocation.
    "certificates": Text(ja="証明書の検索・失効", en="Certificates"),
    "certificates_lead": Text(
        ja="カードをなくした人などの証明書を、基本4情報で探します。検索したことは記録されます。",
        en="Those of a person, by the four attributes. The search is entered in the journal.",
    ),
    "find": Text(ja="探す", en="Find"),
    "no_certificates": Text(
        ja="この市区町村で交付した証明書はありません。", en="None was handed out here."
    ),
    "revoke": Text(ja="失効させる", en="Revoke"),
    "revoke_title": Text(ja="電子証明書を失効させる", en="Revoke a certificate"),
    "revoke_lead": Text(
        ja="窓口に来た本人の申請により失効させます。失効は直ちに効力を生じ、元に戻せません。",
        en="For the person at the window. It takes effect at once and can't be undone.",
    ),
    "revoke_done": Text(ja="失効させる（署名します）", en="Revoke (you sign)"),
    "turn_down": Text(ja="申出を受け付けない", en="Turn who asks down"),
    "turn_down_lead": Text(
        ja="失効させずに、受け付けなかったことと理由を記録します。申出をした人の氏名は記録しません。",
        en="Nothing is revoked; that somebody was turned down, and why, is kept, and no name.",
    ),
    "turn_down_done": Text(ja="受け付けないことを記録する", en="Record the refusal"),
    "turned_down": Text(ja="受け付けなかったことを記録しました", en="The refusal is recorded"),
    "revoked_title": Text(ja="失効しました", en="Revoked"),
    # Totals.
    "totals": Text(ja="集計", en="Totals"),
    "totals_lead": Text(
        ja="その日に受け付けた申請の、現在の状態別の件数です。",
        en="Applications taken on the day, by where they stand now.",
    ),
    "count": Text(ja="件数", en="Count"),
    "sum": Text(ja="合計", en="In all"),
}
"""By the name under which pages ask for them."""
