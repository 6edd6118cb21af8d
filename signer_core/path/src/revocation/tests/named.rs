//! What strangers put beside the evidence takes nothing from whom a certificate names for its lists.

use super::*;

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
