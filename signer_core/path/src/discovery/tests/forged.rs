//! Certificates that somebody made in others' names, beside those of a valid path.

use super::*;

/// What the forger writes as his key's identifier.
#[derive(Clone, Copy, Debug)]
enum Identifier {
    /// That of the key in whose place he puts his.
    Copied,
    /// His own key's.
    Own,
}

/// A chain of authorities, and a user below the last.
struct Chain {
    keys: Vec<Key>,
    /// How many octets of a key's identifier are written.
    octets: usize,
}

impl Chain {
    fn new(length: usize, octets: usize) -> Self {
        let keys = (0..=length).map(|_| Key::new()).collect();
        Self { keys, octets }
    }

    fn identifier(&self, place: usize) -> Vec<u8> {
        self.keys[place].identifier()[..self.octets].to_vec()
    }

    /// The root is the first.
    fn certificates(&self) -> Vec<Certificate> {
        let below = (1..self.keys.len()).map(|place| {
            Made::authority(&place.to_string(), &self.keys[place])
                .key_identifier(Some(&self.identifier(place)))
                .issuer_key_identifier(&self.identifier(place - 1))
                .by(&(place - 1).to_string(), &self.keys[place - 1])
        });
        let root = Made::authority("0", &self.keys[0])
            .key_identifier(Some(&self.identifier(0)))
            .root(&self.keys[0]);
        std::iter::once(root).chain(below).collect()
    }

    fn user(&self) -> Certificate {
        let last = self.keys.len() - 1;
        Made::user("user", &Key::new())
            .issuer_key_identifier(&self.identifier(last))
            .by(&last.to_string(), &self.keys[last])
    }

    /// In the name of one of them, said to be of `issuer`, and younger than the real one.
    fn forged(&self, place: usize, issuer: usize, identifier: Identifier) -> Made {
        let key = Key::new();
        let made = Made::authority(&place.to_string(), &key).validity(NOW - DAY, NOW + DAY);
        let made = match identifier {
            Identifier::Copied => made.key_identifier(Some(&self.identifier(place))),
            Identifier::Own => made.key_identifier(Some(&key.identifier()[..self.octets])),
        };
        made.issuer_key_identifier(&self.identifier(issuer))
    }

    fn ask(&self, forged: impl Iterator<Item = Certificate>) -> Verdict {
        let all = self.certificates();
        let pooled: Vec<_> = forged.chain(all[1..].iter().cloned()).collect();
        ask(&query(&self.user(), &all[0], &pooled))
    }
}

fn found(verdict: &Verdict, length: usize) {
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(verdict.path.len(), length);
    assert!(verdict.spent.signatures < 500, "{:?}", verdict.spent);
}

/// An identifier that is a hash of the key, as nearly all are, can be copied and not be made: thousands of
/// keys of others come after the one that a certificate says is its issuer's, wherever they are said to
/// stand.
#[test]
fn thousands_of_keys_in_an_authoritys_name_do_not_hide_it() {
    let chain = Chain::new(3, 20);
    let forger = Key::new();
    for identifier in [Identifier::Copied, Identifier::Own] {
        // Beside the real one, and nearer to the anchor than it.
        for issuer in [2, 1, 0] {
            let forged = (0..2000).map(|_| {
                let made = chain.forged(3, issuer, identifier);
                made.by(&issuer.to_string(), &forger)
            });
            found(&chain.ask(forged), 4);
        }
        // In the names of all of them.
        let forged = (0..1500).map(|number| {
            let place = number % 3 + 1;
            let made = chain.forged(place, number % place, identifier);
            made.by(&(number % place).to_string(), &forger)
        });
        found(&chain.ask(forged), 4);
    }
}

/// Where identifiers are no hashes, nothing tells them apart but their signatures; and those that are
/// said to stand nearer to the anchor do not take it all before the real one has its turn.
#[test]
fn keys_nearer_to_the_anchor_leave_the_others_their_turn() {
    let chain = Chain::new(3, 7);
    let forger = Key::new();
    for identifier in [Identifier::Copied, Identifier::Own] {
        for issuer in [0, 1] {
            let forged = (0..2000).map(|_| {
                let made = chain.forged(3, issuer, identifier);
                made.by(&issuer.to_string(), &forger)
            });
            found(&chain.ask(forged), 4);
        }
    }
}

/// A key that can't have made a signature is not tried, whatever a verification with it would cost.
#[test]
fn keys_that_cannot_have_made_a_signature_cost_nothing() {
    let chain = Chain::new(1, 7);
    let forger = Key::new();
    let forged = (0..200).map(|number: u32| {
        let mut modulus = vec![0xA7; 1025];
        (modulus[0], modulus[1024]) = (0, 1);
        modulus[2..6].copy_from_slice(&number.to_be_bytes());
        let numbers = [
            wrapped(2, &modulus),
            wrapped(2, &[1, 0xFF, 0xFF, 0xFF, 0xFF]),
        ];
        let rsa = [0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0];
        let bits = [&[0], &*wrapped(0x30, &numbers.concat())].concat();
        let spki = sequence(&[&wrapped(0x30, &rsa), &wrapped(3, &bits)]);
        let made = chain.forged(1, 0, Identifier::Copied).spki(spki);
        made.by("0", &forger)
    });
    found(&chain.ask(forged), 2);
}

/// Nor does what is no key that is used here take the paths that may be judged.
#[test]
fn what_is_no_key_is_no_path() {
    let chain = Chain::new(1, 7);
    let forger = Key::new();
    let forged = (0..300).map(|_| {
        let mut spki = Key::new().spki();
        // The last octet of the curve's name.
        spki[22] ^= 1;
        let made = chain.forged(1, 0, Identifier::Copied).spki(spki);
        made.by("0", &forger)
    });
    found(&chain.ask(forged), 2);
}

/// Nor is a key hashed that nobody verifies with, however long it is.
#[test]
fn what_is_no_key_is_not_hashed() {
    let chain = Chain::new(3, 20);
    let forger = Key::new();
    let forged = (0..30).map(|number: u8| {
        let mut modulus = vec![0xA7; 490_000];
        (modulus[0], modulus[1]) = (0, 0x80 | number);
        let numbers = [wrapped(2, &modulus), wrapped(2, &[1, 0, 1])];
        let rsa = [0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0];
        let bits = [&[0], &*wrapped(0x30, &numbers.concat())].concat();
        let spki = sequence(&[&wrapped(0x30, &rsa), &wrapped(3, &bits)]);
        let made = chain.forged(3, 2, Identifier::Copied).spki(spki);
        made.by("2", &forger)
    });
    found(&chain.ask(forged), 4);
}

/// With the real key in them, they are told by their own signatures: each costs one.
#[test]
fn forged_certificates_of_the_real_key_are_no_paths() {
    let chain = Chain::new(3, 20);
    let forger = Key::new();
    let forged = (0..270).map(|_| {
        Made::authority("3", &chain.keys[3])
            .validity(NOW - DAY, NOW + DAY)
            .issuer_key_identifier(&chain.identifier(2))
            .by("2", &forger)
    });
    let verdict = chain.ask(forged);
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(verdict.path.len(), 4);
    assert!(verdict.spent.paths <= Limits::default().paths);
}

/// What is nobody's by its algorithm costs nothing there either, however many.
#[test]
fn signatures_of_another_kind_are_no_paths() {
    let chain = Chain::new(3, 20);
    let forged = (0..3000).map(|_| {
        Made::authority("3", &chain.keys[3])
            .validity(NOW - DAY, NOW + DAY)
            .issuer_key_identifier(&chain.identifier(2))
            .by_no_key("2", &RSA_SHA256)
    });
    let verdict = chain.ask(forged);
    found(&verdict, 4);
    // That each was asked is counted.
    assert!(verdict.spent.signatures > 180, "{:?}", verdict.spent);
}

/// Nor do copies of an authority's key below made up ones: the judge is asked about each that nothing else
/// speaks against.
#[test]
fn copies_of_the_real_key_below_made_up_authorities_are_no_paths() {
    let chain = Chain::new(4, 20);
    let forger = Key::new();
    let copy = |issuer: &str, identifier: &[u8]| {
        Made::authority("4", &chain.keys[4])
            .key_identifier(Some(&chain.identifier(4)))
            .issuer_key_identifier(identifier)
            .validity(NOW - DAY, NOW + DAY)
            .by(issuer, &forger)
    };
    let spki = |octet: usize| {
        let mut spki = Key::new().spki();
        spki[octet] ^= 1;
        spki
    };
    let point = Key::new().spki().len() - 1;
    let no_room = extension(19, true, &sequence(&[&[1, 1, 0xFF], &[2, 1, 0]]));
    for how in ["no curve", "no point", "no room"] {
        let forged = (0..270).flat_map(|number| {
            let (name, key) = (format!("made up {number}"), Key::new());
            let made = Made::authority(&name, &key);
            let made = match how {
                // The last octet of the curve's name.
                "no curve" => made.spki(spki(22)),
                "no point" => made.spki(spki(point)),
                _ => Made::user(&name, &key)
                    .usage(0b0000_0110)
                    .with(no_room.clone()),
            };
            [made.by("0", &forger), copy(&name, &key.identifier())]
        });
        let verdict = chain.ask(forged);
        assert!(verdict.outcome.is_ok(), "{how} {:?}", verdict.outcome);
        assert_eq!(verdict.path.len(), 5);
        assert!(verdict.spent.paths < 10, "{how} {:?}", verdict.spent);
    }
}

/// Nor do copies that say that they are signed with what is used nowhere.
#[test]
fn copies_of_the_real_key_in_an_algorithm_that_is_refused_are_no_paths() {
    let chain = Chain::new(3, 20);
    // ecdsa-with-SHA1.
    let refused = sequence(&[&[6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 1]]);
    let forged = (0..3000).map(|_| {
        Made::authority("3", &chain.keys[3])
            .validity(NOW - DAY, NOW + DAY)
            .issuer_key_identifier(&chain.identifier(2))
            .by_no_key("2", &refused)
    });
    found(&chain.ask(forged), 4);
}

/// Each round has all steps: those that come before take none from the last.
#[test]
fn a_few_forged_keys_take_no_steps_from_a_mesh() {
    let (anchor, mut all, keys) = mesh(40, 4);
    let user = Made::user("user", &Key::new()).by("39", &keys[39]);
    let nobody = Key::new();
    let forged = || Made::authority("39", &Key::new()).by("anchor", &nobody);
    // As many as one round tries; and one more, which it leaves to the next.
    all.extend((0..8).map(|_| forged()));
    let in_one = ask(&query(&user, &anchor, &all));
    assert!(in_one.outcome.is_ok(), "{:?}", in_one.outcome);
    all.push(forged());
    let mut settings = Settings::default();
    settings.limits.steps = in_one.spent.steps * 5 / 4;
    let verdict = validate_target(&query(&user, &anchor, &all), &settings);
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(verdict.path.len(), in_one.path.len());
    assert!(
        verdict.spent.steps > settings.limits.steps,
        "it took a round more"
    );
}

/// Generations that an authority has had are tried among paths of one length, and no longer one before.
#[test]
fn generations_of_an_authority_are_all_tried_before_longer_paths() {
    let (a, old) = (Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let other = Key::new();
    let user = Made::user("user", &Key::new())
        .issuer_key_identifier(&[7])
        .by("CA", &old);
    let mut all: Vec<_> = (0..6)
        .map(|_| {
            let young = Made::authority("CA", &Key::new()).validity(NOW - DAY, NOW + DAY);
            young.by("root", &a)
        })
        .collect();
    let real = Made::authority("CA", &old).by("root", &a);
    all.extend([
        real.clone(),
        Made::authority("other", &other).by("root", &a),
        Made::authority("CA", &old).by("other", &other),
    ]);
    let verdict = ask(&query(&user, &root, &all));
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(names(&verdict.path), [&real, &user]);
}
