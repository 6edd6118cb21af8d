//! OCSP responses.

use super::*;

#[test]
fn an_ocsp_response_of_that_time_is_evidence() {
    let case = Case::new();
    let user = case.user();
    let good = MadeResponse::good().sign(&user, &case.key, &case.key);
    let asked = |response: &OcspResponse| {
        let case = Case {
            key: Key::new(),
            root: case.root.clone(),
            pooled: Vec::new(),
            rules: case.rules.clone(),
        };
        case.response(response).now(&user)
    };
    assert_eq!(asked(&good), None);
    assert_eq!(
        asked(
            &MadeResponse::good()
                .sha2(3)
                .sign(&user, &case.key, &case.key)
        ),
        None
    );
    let made = |response: MadeResponse| response.sign(&user, &case.key, &case.key);
    assert_eq!(asked(&made(MadeResponse::revoked(NOW))), REVOKED);
    assert_eq!(asked(&made(MadeResponse::revoked(NOW + 1))), REVOKED);
    assert_eq!(asked(&made(MadeResponse::unknown())), UNKNOWN);
    let old = MadeResponse::good().window(NOW - 2 * DAY, Some(NOW));
    assert_eq!(asked(&made(old)), UNKNOWN);
    assert_eq!(
        asked(&made(MadeResponse::good().window(NOW - DAY, None))),
        UNKNOWN
    );
    let stranger = Key::new();
    assert_eq!(
        asked(&MadeResponse::good().sign(&user, &case.key, &stranger)),
        UNKNOWN
    );
    assert_eq!(
        asked(&MadeResponse::good().sign(&user, &stranger, &case.key)),
        UNKNOWN
    );
}

#[test]
fn a_response_that_says_two_things_is_good_only_where_all_of_them_are() {
    let case = Case::new();
    let user = case.user();
    let said = |answers: &[MadeResponse]| {
        let response = MadeResponse::several(answers, &user, &case.key);
        let case = Case {
            key: Key::new(),
            root: case.root.clone(),
            pooled: Vec::new(),
            rules: case.rules.clone(),
        };
        case.response(&response).now(&user)
    };
    let (good, revoked) = (MadeResponse::good, || MadeResponse::revoked(NOW));
    let (unknown, ended) = (MadeResponse::unknown, NOW - DAY);
    assert_eq!(said(&[good(), good()]), None);
    assert_eq!(said(&[good(), revoked()]), REVOKED);
    assert_eq!(said(&[revoked(), good()]), REVOKED);
    assert_eq!(said(&[good(), unknown()]), UNKNOWN);
    assert_eq!(said(&[unknown(), revoked()]), REVOKED);
    // What was said of another time is not said.
    let earlier = revoked().window(ended - DAY, Some(ended));
    assert_eq!(said(&[earlier, good()]), None);
}

#[test]
fn a_response_says_why_it_was_revoked() {
    let case = Case::new();
    let user = case.user();
    let response = MadeResponse::revoked_for(NOW - DAY, 6).sign(&user, &case.key, &case.key);
    let refusal = case.response(&response).ask_at(&user, NOW).outcome;
    let revoked = refusal.unwrap_err().revoked.unwrap();
    assert_eq!((revoked.at, revoked.reason), (NOW - DAY, 6));
}

#[test]
fn a_list_that_says_revoked_outweighs_a_response_that_says_good() {
    let case = Case::new();
    let user = case.user();
    let good = MadeResponse::good().sign(&user, &case.key, &case.key);
    let list = MadeList::of("root").revoking(serial(&user)).sign(&case.key);
    assert_eq!(case.response(&good).list(&list).now(&user), REVOKED);
}

#[test]
fn a_responder_is_one_whom_the_issuer_made_one() {
    // id-kp-OCSPSigning, id-kp-serverAuth.
    let purpose = |last: &[u8]| {
        let oid = [&[0x2B, 6, 1, 5, 5, 7, 3], last].concat();
        extension(37, false, &sequence(&[&wrapped(6, &oid)]))
    };
    let no_check = || extension_of(&[0x2B, 6, 1, 5, 5, 7, 48, 1, 5], false, &[5, 0]);
    let case = Case::new();
    let user = case.user();
    let key = Key::new();
    let responder = |last: &[u8]| Made::user("responder", &key).with(purpose(last));
    let asked = |responder: &Certificate, lists: &[&MadeList]| {
        let response = MadeResponse::good()
            .certificate(responder)
            .sign(&user, &case.key, &key);
        let case = Case {
            key: Key::new(),
            root: case.root.clone(),
            pooled: lists.iter().map(|list| list.octets(&case.key)).collect(),
            rules: case.rules.clone(),
        };
        case.response(&response).now(&user)
    };
    let good = responder(&[9]).with(no_check()).by("root", &case.key);
    assert_eq!(asked(&good, &[]), None);
    let other_purpose = responder(&[1]).with(no_check()).by("root", &case.key);
    assert_eq!(asked(&other_purpose, &[]), UNKNOWN);
    // keyUsage without digitalSignature (0x80) and nonRepudiation (0x40): keyAgreement.
    let usage = |bits| responder(&[9]).with(no_check()).usage(bits);
    assert_eq!(asked(&usage(0x08).by("root", &case.key), &[]), UNKNOWN);
    assert_eq!(asked(&usage(0x40).by("root", &case.key), &[]), None);
    let strangers = responder(&[9]).with(no_check()).by("root", &Key::new());
    assert_eq!(asked(&strangers, &[]), UNKNOWN);
    let ended = responder(&[9])
        .with(no_check())
        .validity(NOW - 9 * DAY, NOW - 1)
        .by("root", &case.key);
    assert_eq!(asked(&ended, &[]), UNKNOWN);
    // Without id-pkix-ocsp-nocheck the responder's own status counts.
    let point = [point("http://responders", &[], &[])];
    let checked = responder(&[9]).points(&point).by("root", &case.key);
    assert_eq!(asked(&checked, &[]), UNKNOWN);
    let list = MadeList::of("root").scope(&[&full_name("http://responders")]);
    assert_eq!(asked(&checked, &[&list]), None);
    let list = list.revoking(serial(&checked));
    assert_eq!(asked(&checked, &[&list]), UNKNOWN);
}
