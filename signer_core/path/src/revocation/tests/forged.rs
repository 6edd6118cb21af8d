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

/// A good path whose target names who signs its lists, and what strangers put beside that.
struct Named {
    root: Certificate,
    good: Certificate,
    bad: Certificate,
    signer: Certificate,
    own: Vec<Vec<u8>>,
}

/// How what is forged names its keys.
#[derive(Clone, Copy, Debug)]
enum Identifiers {
    /// As the real ones do.
    Copied,
    /// Each forged key by its own.
    Own,
    /// As the real ones do; and the signers are of an authority that the forger made up, and the lists
    /// have the good certificate, so that none of them may be left out.
    Elsewhere,
    /// As the real ones do; and another certificate of their issuer's name has the forger's key.
    Generation,
}

impl Named {
    fn new() -> Self {
        let (above, key) = (Key::new(), Key::new());
        let root = Made::authority("root", &above).root(&above);
        let issuer = wrapped(0xA2, &directory(&name("lists")));
        let made = || {
            Made::user("user", &Key::new())
                .points(&[sequence(&[&issuer])])
                .by("root", &above)
        };
        let (good, bad) = (made(), made());
        let signer = Made::user("lists", &key)
            .usage(0b0000_0010)
            .points(&[point("http://signers", &[], &[])])
            .by("root", &above);
        let indirect = indirect(7)
            .with(authority_key(&key.identifier()))
            .entry(ListEntry::new(serial(&bad), NOW - DAY).of("root"));
        let about_signer = MadeList::of("root").scope(&[&full_name("http://signers")]);
        let own = vec![
            signer.octets().to_vec(),
            indirect.octets(&key),
            about_signer.octets(&above),
        ];
        Self {
            root,
            good,
            bad,
            signer,
            own,
        }
    }

    /// Forged signers, and forged lists of higher numbers.
    fn forged(&self, signers: usize, lists: u64, how: Identifiers) -> Vec<Vec<u8>> {
        let forger = Key::new();
        let identifier = |number: u64| match how {
            Identifiers::Copied | Identifiers::Elsewhere | Identifiers::Generation => {
                self.signer.subject_key_identifier().unwrap().to_vec()
            }
            Identifiers::Own => number.to_be_bytes().to_vec(),
        };
        let elsewhere = matches!(how, Identifiers::Elsewhere);
        let maker = match how {
            Identifiers::Elsewhere => Some("made up"),
            Identifiers::Generation => Some("root"),
            Identifiers::Copied | Identifiers::Own => None,
        };
        let maker = maker.map(|name| Made::authority(name, &forger).by("root", &forger));
        let signers = (0..signers).map(|number| {
            let signer = Made::user("lists", &Key::new())
                .usage(0b0000_0010)
                .key_identifier(Some(&identifier(number as u64)));
            let by = if elsewhere { "made up" } else { "root" };
            signer.by(by, &forger)
        });
        let certificates = signers.chain(maker).map(|one| one.octets().to_vec());
        let lists = (0..lists).map(|number| {
            let list = indirect(100 + number).with(authority_key(&identifier(1_000_000 + number)));
            let entry = ListEntry::new(serial(&self.good), NOW - DAY).of("root");
            let list = if elsewhere { list.entry(entry) } else { list };
            list.octets(&forger)
        });
        certificates.chain(lists).collect()
    }

    fn ask(&self, target: &Certificate, materials: &[Arc<Material>]) -> Option<Reason> {
        let query = Query {
            target: target.clone(),
            anchors: [self.root.clone()].into(),
            pool: Arc::new(Pool::new(materials)),
            at: NOW,
            policy: PathPolicy::default(),
            revocation: RevocationMode::Require(RevocationRules::default()),
        };
        let outcome = validate_target(&query, &Settings::default()).outcome;
        outcome.err().map(|refusal| refusal.reason)
    }
}

fn read(octets: &[Vec<u8>]) -> Vec<Arc<Material>> {
    let read = octets.iter().map(|one| Arc::new(Material::read(one)));
    read.collect()
}

/// A list of whom the target names.
fn indirect(number: u64) -> MadeList {
    let place = wrapped(0xA0, &wrapped(0xA0, &directory(&name("lists"))));
    MadeList::of("lists")
        .number(number)
        .scope(&[&place, &[0x84, 1, 0xFF]])
}

fn authority_key(identifier: &[u8]) -> Vec<u8> {
    extension(35, false, &sequence(&[&wrapped(0x80, identifier)]))
}

/// Forged lists and forged signers are added up, and not multiplied; and those whose identifiers lead to
/// nobody are asked about last, so that thousands of them cost next to nothing.
#[test]
fn what_strangers_forge_for_whom_a_certificate_names_takes_nothing_from_him() {
    let named = Named::new();
    for (signers, lists, how) in [
        (0, 0, Identifiers::Copied),
        (40, 60, Identifiers::Copied),
        (3, 150, Identifiers::Copied),
        (60, 3, Identifiers::Copied),
        (60, 60, Identifiers::Own),
        (3000, 0, Identifiers::Own),
        (0, 3000, Identifiers::Own),
        (3000, 3000, Identifiers::Own),
        (40, 60, Identifiers::Elsewhere),
        (10, 200, Identifiers::Elsewhere),
        (60, 5, Identifiers::Copied),
        (100, 100, Identifiers::Copied),
        (250, 3, Identifiers::Copied),
        (60, 5, Identifiers::Generation),
        (60, 60, Identifiers::Generation),
    ] {
        let forged = named.forged(signers, lists, how);
        // Wherever they stand.
        for front in [true, false] {
            let mut pooled = named.own.clone();
            let place = if front { 0 } else { pooled.len() };
            pooled.splice(place..place, forged.iter().cloned());
            let good = named.ask(&named.good, &read(&pooled));
            assert_eq!(good, None, "{signers} {lists} {how:?} {front}");
            let bad = named.ask(&named.bad, &read(&pooled));
            assert_eq!(bad, REVOKED, "{signers} {lists} {how:?} {front}");
        }
    }
}

/// Of what was asked about before strangers came, it is known whose it is.
#[test]
fn thousands_of_forged_signers_do_not_end_what_is_known() {
    let named = Named::new();
    let own = read(&named.own);
    assert_eq!(named.ask(&named.good, &own), None);
    let forged = read(&named.forged(3000, 0, Identifiers::Copied));
    let all: Vec<_> = forged.iter().chain(&own).cloned().collect();
    assert_eq!(named.ask(&named.good, &all), None);
    assert_eq!(named.ask(&named.bad, &all), REVOKED);
}

/// Whom another authority below the anchor certified may sign for whom a certificate names, too.
#[test]
fn whom_a_certificate_names_may_be_certified_elsewhere() {
    let case = Case::new();
    let (middle, key) = (Key::new(), Key::new());
    let issuer = wrapped(0xA2, &directory(&name("lists")));
    let made = || {
        Made::user("user", &Key::new())
            .points(&[sequence(&[&issuer])])
            .by("root", &case.key)
    };
    let (good, bad) = (made(), made());
    let authority = Made::authority("CA", &middle).by("root", &case.key);
    let signer = Made::user("lists", &key)
        .usage(0b0000_0010)
        .by("CA", &middle);
    let list = indirect(1).entry(ListEntry::new(serial(&bad), NOW - DAY).of("root"));
    let pooled = vec![
        list.octets(&key),
        MadeList::of("CA").octets(&middle),
        MadeList::of("root")
            .scope(&[&[0x82, 1, 0xFF]])
            .octets(&case.key),
    ];
    let case = Case { pooled, ..case };
    let case = case.certificate(&authority).certificate(&signer);
    assert_eq!(case.now(&good), None);
    assert_eq!(case.now(&bad), REVOKED);
}

/// Another generation of the issuer certified whom a certificate names, and a forger has some of his own and
/// many signers.
struct Generation {
    above: Key,
    new: Key,
    key: Key,
    root: Certificate,
}

impl Generation {
    fn new() -> Self {
        let above = Key::new();
        Self {
            root: Made::authority("root", &above).root(&above),
            above,
            new: Key::new(),
            key: Key::new(),
        }
    }

    fn points() -> [Vec<u8>; 1] {
        [point("http://signers", &[], &[])]
    }

    fn signer(key: &Key) -> Made {
        Made::user("lists", key)
            .usage(0b0000_0010)
            // It tells nothing of the key.
            .key_identifier(Some(&[7]))
            .points(&Self::points())
    }

    fn user(maker: &Key) -> Certificate {
        let issuer = wrapped(0xA2, &directory(&name("lists")));
        Made::user("user", &Key::new())
            .points(&[sequence(&[&issuer])])
            .by("root", maker)
    }

    /// What is forged, and then what is real.
    fn materials(&self, forged: impl Iterator<Item = Certificate>) -> Vec<Arc<Material>> {
        let generation = Made::authority("root", &self.new)
            .points(&Self::points())
            .by("root", &self.above);
        let real = [generation, Self::signer(&self.key).by("root", &self.new)];
        let certificates = forged.chain(real).map(|one| one.octets().to_vec());
        let about_signers = MadeList::of("root").scope(&[&full_name("http://signers")]);
        let lists = [
            indirect(7).with(authority_key(&[7])).octets(&self.key),
            about_signers.octets(&self.above),
        ];
        read(&certificates.chain(lists).collect::<Vec<_>>())
    }

    fn ask(target: &Certificate, anchor: &Certificate, materials: &[Arc<Material>]) -> Verdict {
        let query = Query {
            target: target.clone(),
            anchors: [anchor.clone()].into(),
            pool: Arc::new(Pool::new(materials)),
            at: NOW,
            policy: PathPolicy::default(),
            revocation: RevocationMode::Require(RevocationRules::default()),
        };
        validate_target(&query, &Settings::default())
    }
}

/// He is asked for his path in turn, whatever was asked before.
#[test]
fn forged_signers_of_a_forged_generation_are_asked_in_turn() {
    let real = Generation::new();
    let forger = Key::new();
    let forged_root = Made::authority("root", &forger).root(&forger);
    let good = Generation::user(&real.above);
    let forged: Vec<_> = (0..100)
        .map(|_| Generation::signer(&Key::new()).by("root", &forger))
        .chain([forged_root.clone()])
        .collect();
    for asked_before in [false, true] {
        let materials = real.materials(forged.iter().cloned());
        if asked_before {
            let own = Generation::user(&forger);
            let _ = Generation::ask(&own, &forged_root, &materials);
        }
        let outcome = Generation::ask(&good, &real.root, &materials).outcome;
        assert!(outcome.is_ok(), "{asked_before} {outcome:?}");
    }
}

/// However many forged keys have the identifier of the one that certified him: it is a hash of that alone.
#[test]
fn copied_identifiers_put_no_signer_last() {
    let real = Generation::new();
    let keys: Vec<_> = (0..70).map(|_| Key::new()).collect();
    let copied = real.new.identifier();
    let good = Generation::user(&real.above);
    for (generations, names_the_real) in [(4, false), (4, true), (70, false)] {
        let roots = keys[..generations].iter().map(|key| {
            let made = Made::authority("root", key).key_identifier(Some(&copied));
            made.root(key)
        });
        let signers = (0..100).map(|_| {
            let made = Generation::signer(&Key::new());
            let made = match names_the_real {
                true => made.issuer_key_identifier(&copied),
                false => made,
            };
            made.by("root", &keys[0])
        });
        let materials = real.materials(roots.chain(signers));
        let outcome = Generation::ask(&good, &real.root, &materials).outcome;
        assert!(
            outcome.is_ok(),
            "{generations} {names_the_real} {outcome:?}"
        );
    }
}
