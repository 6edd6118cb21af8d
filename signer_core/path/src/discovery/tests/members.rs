//! What somebody makes whom an authority certified, and through whom every path is refused: the others have
//! their turn.

use super::*;

/// A root that certified a member and a bridge; below the bridge others, of whom the last certified the
/// user.
struct Mesh {
    root: Key,
    member: Key,
    bridge: Key,
    /// From the top down.
    below: Vec<(&'static str, Key)>,
}

impl Mesh {
    fn new(names: &[&'static str]) -> Self {
        Self {
            root: Key::new(),
            member: Key::new(),
            bridge: Key::new(),
            below: names.iter().map(|name| (*name, Key::new())).collect(),
        }
    }

    fn key(&self, name: &str) -> &Key {
        let mut below = self.below.iter();
        &below.find(|(other, _)| *other == name).unwrap().1
    }

    fn honest(&self) -> Vec<Certificate> {
        let mut all = vec![
            Made::authority("member", &self.member).by("root", &self.root),
            Made::authority("bridge", &self.bridge).by("root", &self.root),
        ];
        let mut above = ("bridge", &self.bridge);
        for (name, key) in &self.below {
            all.push(Made::authority(name, key).by(above.0, above.1));
            above = (name, key);
        }
        all
    }

    fn user(&self) -> Made {
        let host = wrapped(0x30, &wrapped(0x82, b"a.test"));
        Made::user("user", &Key::new()).with(extension(17, false, &host))
    }

    fn query(&self, made: Vec<Certificate>) -> Query {
        let anchor = Made::authority("root", &self.root).root(&self.root);
        let (name, key) = self.below.last().unwrap();
        let user = self.user().by(name, key);
        let all: Vec<_> = self.honest().into_iter().chain(made).collect();
        query(&user, &anchor, &all)
    }

    /// Through the honest, whatever was made beside them.
    fn found(&self, made: Vec<Certificate>, what: &str) {
        let verdict = ask(&self.query(made));
        assert!(verdict.outcome.is_ok(), "{what} {:?}", verdict.outcome);
        assert_eq!(verdict.path.len(), self.below.len() + 2, "{what}");
    }
}

/// It came later, so it comes first.
fn younger(name: &str, key: &Key) -> Made {
    Made::authority(name, key).validity(NOW - DAY, NOW + DAY)
}

/// The user's name is excluded.
fn constrained(made: Made) -> Made {
    let excluded = sequence(&[&wrapped(0x82, b"test")]);
    made.with(extension(30, true, &sequence(&[&wrapped(0xA1, &excluded)])))
}

#[test]
fn real_keys_that_a_member_certified_in_vain_hide_no_path() {
    let mesh = Mesh::new(&["honest", "below", "last"]);
    for place in ["last", "below", "honest"] {
        let key = mesh.key(place);
        let made = (0..300).map(|_| constrained(younger(place, key)).by("member", &mesh.member));
        mesh.found(made.collect(), place);
    }
}

/// Of some names some each, so that their number is a power: none of the names has many.
#[test]
fn real_keys_below_some_names_of_a_member_hide_no_path() {
    for (names, each) in [(2, 8), (8, 2)] {
        // As long as the honest path, and shorter by one.
        for honest in [names + 1, names + 2] {
            let honest = &["1", "2", "3", "4", "5", "6", "7", "8", "9", "last"][10 - honest..];
            let mesh = Mesh::new(honest);
            let mut made = Vec::new();
            let mut above = ("member".to_owned(), &mesh.member);
            let keys: Vec<_> = (0..names).map(|_| Key::new()).collect();
            for (number, key) in keys.iter().enumerate() {
                let name = format!("m {number}");
                made.extend((0..each).map(|_| younger(&name, key).by(&above.0, above.1)));
                above = (name, key);
            }
            let last = mesh.key("last");
            made.extend(
                (0..each).map(|_| constrained(younger("last", last)).by(&above.0, above.1)),
            );
            mesh.found(made, &format!("{names} {each} {}", honest.len()));
        }
    }
}

/// Paths that are refused through one issuer take nothing of another's turn.
#[test]
fn what_is_refused_through_one_issuer_leaves_the_next_its_turn() {
    let mesh = Mesh::new(&["below", "last"]);
    let middle = Key::new();
    let last = (0..90).map(|_| younger("last", mesh.key("last")).by("m", &middle));
    let above = (0..300).map(|_| constrained(younger("m", &middle)).by("member", &mesh.member));
    mesh.found(last.chain(above).collect(), "one issuer");
}

/// Nor what a member revokes himself.
#[test]
fn what_a_member_revokes_himself_hides_no_path() {
    let mesh = Mesh::new(&["honest", "below", "last"]);
    let made: Vec<_> = (0..300)
        .map(|number| {
            let made = younger("last", mesh.key("last")).serial(1_000_000 + number);
            made.by("member", &mesh.member)
        })
        .collect();
    let mut lists = vec![
        MadeList::of("root").octets(&mesh.root),
        MadeList::of("bridge").octets(&mesh.bridge),
    ];
    for (name, key) in &mesh.below {
        lists.push(MadeList::of(name).octets(key));
    }
    let revoking = (0..300).fold(MadeList::of("member"), |list, number| {
        list.revoking(1_000_000 + number)
    });
    lists.push(revoking.octets(&mesh.member));
    let mut asked = mesh.query(Vec::new());
    let octets = mesh.honest().into_iter().chain(made);
    let materials: Vec<_> = octets
        .map(|one| one.octets().to_vec())
        .chain(lists)
        .map(|one| Arc::new(Material::read(&one)))
        .collect();
    asked.pool = Arc::new(Pool::new(&materials));
    asked.revocation = RevocationMode::Require(Default::default());
    let verdict = ask(&asked);
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(verdict.path.len(), 5);
}

/// Longer paths that are tried meanwhile leave the last round all paths of the shortest length.
#[test]
fn one_of_many_short_paths_is_found_beside_many_longer_ones() {
    let mesh = Mesh::new(&["last"]);
    let last = mesh.key("last");
    let policy = |number| {
        let oid = [6, 3, 0x2A, 3, number];
        extension(32, false, &sequence(&[&sequence(&[&oid])]))
    };
    let above: Vec<_> = (0..20).map(|_| Key::new()).collect();
    let name = |number: usize| format!("a {number}");
    let mut all = Vec::new();
    for (number, key) in above.iter().enumerate() {
        let made = || Made::authority(&name(number), key).with(policy(1));
        all.push(made().by("root", &mesh.root));
        if let Some(next) = above.get(number + 1) {
            all.push(made().by(&name(number + 1), next));
        }
    }
    // The younger comes first.
    all.extend((0..150_u8).map(|number| {
        Made::authority("last", last)
            .validity(NOW - DAY - i64::from(number), NOW + DAY)
            .with(policy(if number == 139 { 1 } else { 2 }))
            .by(&name(0), &above[0])
    }));
    let anchor = Made::authority("root", &mesh.root).root(&mesh.root);
    let user = Made::user("user", &Key::new()).with(policy(1));
    let mut asked = query(&user.by("last", last), &anchor, &all);
    asked.policy = PathPolicy {
        initial: vec![asn1::oid!(1, 2, 3, 1)],
        explicit: true,
        ..PathPolicy::default()
    };
    let verdict = ask(&asked);
    assert!(
        verdict.outcome.is_ok(),
        "{:?} {:?}",
        verdict.outcome,
        verdict.spent
    );
    assert_eq!(verdict.path.len(), 3);
}
