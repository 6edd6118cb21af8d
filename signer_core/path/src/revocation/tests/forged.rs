//! What strangers put beside the evidence does not hide it.

use super::*;

/// However many there are and wherever they stand: who certified nobody of that name is asked first.
#[test]
fn forged_certificates_of_the_issuers_name_hide_no_other_key_of_its() {
    let case = Case::new();
    let (lists, stranger) = (Key::new(), Key::new());
    let (good, bad) = (case.user(), case.user());
    let list = |number| MadeList::of("root").number(number);
    let pointed = |key: &Key, maker: &Key| {
        Made::user("root", key)
            .usage(0b0000_0010)
            .points(&[point("http://signers", &[], &[])])
            .by("root", maker)
    };
    let real = pointed(&lists, &case.key).octets().to_vec();
    let about_signer = list(1).scope(&[&full_name("http://signers")]);
    let asked = |forged: usize, place: usize, lists: &[Vec<u8>]| {
        let mut pooled: Vec<_> = (0..forged)
            .map(|_| pointed(&Key::new(), &stranger).octets().to_vec())
            .collect();
        pooled.insert(place, real.clone());
        pooled.push(about_signer.octets(&case.key));
        pooled.extend_from_slice(lists);
        Case {
            key: Key::new(),
            root: case.root.clone(),
            pooled,
            rules: case.rules.clone(),
        }
    };
    let current = list(3).revoking(serial(&bad)).octets(&lists);
    let before = list(90)
        .window(NOW - 5 * DAY, Some(NOW - 3 * DAY))
        .octets(&lists);
    for place in [0, 16, 60] {
        let case = asked(60, place, std::slice::from_ref(&current));
        assert_eq!(case.now(&good), None, "{place}");
        assert_eq!(case.now(&bad), REVOKED, "{place}");
        // Nor that this key's numbers began again.
        let case = asked(60, place, &[current.clone(), before.clone()]);
        let refusal = case.ask_at(&good, NOW).outcome.unwrap_err();
        let not_rising = "the list has no higher number than one before it";
        assert_eq!(refusal.rule, not_rising, "{place}");
    }
    // More than a question may verify end it with a refusal; the next one goes on behind them.
    let many = asked(400, 400, &[current]);
    let query = many.query(&good, NOW);
    let mut answers = (0..2).map(|_| validate_target(&query, &Settings::default()).outcome);
    let first = answers.next().unwrap().unwrap_err();
    assert_eq!(first.reason, Reason::LimitReached);
    assert!(answers.next().unwrap().is_ok());
}

#[test]
fn forged_certificates_of_whom_a_certificate_names_do_not_hide_him() {
    let case = Case::new();
    let (key, stranger) = (Key::new(), Key::new());
    let signer = |key: &Key, maker: &Key| {
        Made::user("lists", key)
            .usage(0b0000_0010)
            .points(&[point("http://signers", &[], &[])])
            .by("root", maker)
    };
    let issuer = wrapped(0xA2, &directory(&name("lists")));
    let made = || {
        Made::user("user", &Key::new())
            .points(&[sequence(&[&issuer])])
            .by("root", &case.key)
    };
    let (good, bad) = (made(), made());
    let place = wrapped(0xA0, &wrapped(0xA0, &directory(&name("lists"))));
    let indirect = MadeList::of("lists")
        .scope(&[&place, &[0x84, 1, 0xFF]])
        .entry(ListEntry::new(serial(&bad), NOW - DAY).of("root"));
    let about_signer = MadeList::of("root").scope(&[&full_name("http://signers")]);
    let forged = (0..40).map(|_| signer(&Key::new(), &stranger));
    let pooled = forged
        .chain([signer(&key, &case.key)])
        .map(|one| one.octets().to_vec())
        .chain([indirect.octets(&key), about_signer.octets(&case.key)]);
    let case = Case {
        pooled: pooled.collect(),
        ..case
    };
    assert_eq!(case.now(&good), None);
    assert_eq!(case.now(&bad), REVOKED);
}

#[test]
fn forged_certificates_of_a_responders_name_do_not_hide_what_it_says() {
    let case = Case::new();
    let user = case.user();
    let (key, stranger) = (Key::new(), Key::new());
    let signing = sequence(&[&wrapped(6, &[0x2B, 6, 1, 5, 5, 7, 3, 9])]);
    let responder = |key: &Key, maker: &Key| {
        Made::user("responder", key)
            .with(extension(37, false, &signing))
            .with(extension_of(
                &[0x2B, 6, 1, 5, 5, 7, 48, 1, 5],
                false,
                &[5, 0],
            ))
            .by("root", maker)
    };
    let says = MadeResponse::revoked(NOW).by_name("responder");
    let forged = (0..40).map(|_| responder(&Key::new(), &stranger));
    let pooled = forged
        .chain([responder(&key, &case.key)])
        .map(|one| one.octets().to_vec())
        .chain([
            MadeList::of("root").octets(&case.key),
            says.sign(&user, &case.key, &key).octets().to_vec(),
        ]);
    let case = Case {
        pooled: pooled.collect(),
        ..case
    };
    assert_eq!(case.now(&user), REVOKED);
    // What they themselves signed is worth nothing, and each of them is asked about once.
    let case = Case::new();
    let user = case.user();
    let forged = (0..40).flat_map(|_| {
        let key = Key::new();
        let response = says.sign(&user, &case.key, &key).octets().to_vec();
        [responder(&key, &stranger).octets().to_vec(), response]
    });
    let own = MadeList::of("root").octets(&case.key);
    let case = Case {
        pooled: forged.chain([own]).collect(),
        ..case
    };
    assert_eq!(case.now(&user), None);
}

/// Asked until it costs no more than allowed: what was found forged is remembered.
fn at_last(query: &Query) -> Verdict {
    for _ in 0..20 {
        let verdict = validate_target(query, &Settings::default());
        let reason = verdict.outcome.as_ref().err().map(|refusal| refusal.reason);
        if reason != Some(Reason::LimitReached) {
            return verdict;
        }
    }
    panic!("it costs too much whatever is remembered");
}

/// Points, lists and certificates are each looked at once, and not each with each.
#[test]
fn forged_lists_and_forged_signers_are_not_tried_with_each_other() {
    let case = Case::new();
    let (forger, uri) = (Key::new(), |number: usize| format!("http://a/{number}"));
    let points: Vec<_> = (0..60)
        .map(|number| point(&uri(number), &[], &[]))
        .collect();
    let user = Made::user("user", &Key::new())
        .points(&points)
        .by("root", &case.key);
    let lists = (0..1000).map(|number| {
        MadeList::of("root")
            .number(number)
            .scope(&[&full_name(&uri(number as usize % 60))])
            .octets(&forger)
    });
    let signers = (0..1000).map(|_| {
        Made::user("root", &Key::new())
            .usage(0b0000_0010)
            .by("root", &forger)
            .octets()
            .to_vec()
    });
    let mut case = Case {
        pooled: lists.chain(signers).collect(),
        key: Key::new(),
        root: case.root.clone(),
        rules: case.rules.clone(),
    };
    let refusal = at_last(&case.query(&user, NOW)).outcome.unwrap_err();
    assert_eq!(refusal.reason, Reason::RevocationUnknown);
    assert_eq!(
        refusal.rule,
        "the lists that cover it are not signed by their issuer"
    );
    // One of them all is real.
    let (key, lists) = (Key::new(), Key::new());
    case.root = Made::authority("root", &key).root(&key);
    let signer = Made::user("root", &lists)
        .usage(0b0000_0010)
        .points(&[point("http://signers", &[], &[])])
        .by("root", &key);
    let user = Made::user("user", &Key::new())
        .points(&points)
        .by("root", &key);
    let about_signer = MadeList::of("root").scope(&[&full_name("http://signers")]);
    case.pooled.extend([
        signer.octets().to_vec(),
        about_signer.octets(&key),
        MadeList::of("root").revoking(serial(&user)).octets(&lists),
    ]);
    let refusal = at_last(&case.query(&user, NOW)).outcome.unwrap_err();
    assert_eq!(refusal.reason, Reason::Revoked);
}

/// Two who tell of each other and of whom nobody else does: that neither has a path is found out once,
/// and not for each of their lists.
#[test]
fn a_signer_without_a_path_is_looked_for_once() {
    let case = Case::new();
    let told_by = |issuer: &str| [sequence(&[&wrapped(0xA2, &directory(&name(issuer)))])];
    let user = Made::user("user", &Key::new())
        .points(&told_by("one"))
        .by("root", &case.key);
    let mut pooled = Vec::new();
    for (own, other) in [("one", "other"), ("other", "one")] {
        let key = Key::new();
        let signer = Made::user(own, &key)
            .usage(0b0000_0010)
            .points(&told_by(other))
            .by("root", &case.key);
        pooled.push(signer.octets().to_vec());
        let place = wrapped(0xA0, &wrapped(0xA0, &directory(&name(own))));
        pooled.extend((0..40).map(|number| {
            MadeList::of(own)
                .number(number)
                .scope(&[&place, &[0x84, 1, 0xFF]])
                .octets(&key)
        }));
    }
    let case = Case { pooled, ..case };
    assert_eq!(case.now(&user), UNKNOWN);
}

/// However many there are and wherever they stand: what was forged is looked at once.
#[test]
fn forged_lists_before_the_issuers_do_not_hide_that_its_numbers_began_again() {
    let case = Case::new();
    let user = case.user();
    let forger = Key::new();
    let before = |key: &Key, seconds: i64| {
        MadeList::of("root")
            .number(90)
            .window(NOW - 5 * DAY + seconds, Some(NOW - 3 * DAY))
            .octets(key)
    };
    let after = MadeList::of("root").number(3).octets(&case.key);
    let asked = |forged: i64, place: usize| {
        let mut pooled: Vec<_> = (0..forged).map(|one| before(&forger, one)).collect();
        pooled.insert(place, before(&case.key, forged));
        pooled.push(after.clone());
        Case {
            key: Key::new(),
            root: case.root.clone(),
            pooled,
            rules: case.rules.clone(),
        }
    };
    let not_rising = "the list has no higher number than one before it";
    for place in [0, 15, 16, 60] {
        let refusal = asked(60, place).ask_at(&user, NOW).outcome.unwrap_err();
        assert_eq!(refusal.reason, Reason::RevocationUnknown);
        assert_eq!(refusal.rule, not_rising, "{place}");
    }
    // More than a question may verify end it with a refusal; the next one goes on behind them.
    let many = asked(700, 700);
    let query = many.query(&user, NOW);
    let answers: Vec<_> = (0..4)
        .map(|_| {
            validate_target(&query, &Settings::default())
                .outcome
                .unwrap_err()
        })
        .collect();
    assert_eq!(answers[0].reason, Reason::LimitReached);
    assert_eq!(answers[3].rule, not_rising);
}
