use proptest::prelude::*;

use super::*;
use crate::certificate::Certificate;
use crate::testing::{Key, Made, MadeResponse, NOW};

fn means(single: &Single, certificate: &Certificate, issuer: &Certificate) -> bool {
    Identified::new(certificate, issuer).is_meant(&single.certificate)
}

#[test]
fn says_of_whom_and_what() {
    let key = Key::new();
    let issuer = Made::authority("CA", &key).root(&key);
    let other = Made::authority("CB", &key).root(&key);
    let user = Made::user("user", &Key::new()).by("CA", &key);
    let made = || MadeResponse::revoked(NOW);
    for made in [made(), made().sha2(1), made().sha2(2), made().sha2(3)] {
        let response = made.sign(&user, &key, &key);
        assert!(response.responder().is(&issuer));
        let [single] = response.singles() else {
            panic!("one answer");
        };
        assert_eq!(
            single.status,
            Status::Revoked {
                at: NOW,
                reason: None
            }
        );
        assert!(means(single, &user, &issuer));
        // The same key under another name; the hash of the user's own issuer field still agrees.
        assert!(means(single, &user, &other));
        let stranger = Made::authority("CA", &Key::new()).root(&Key::new());
        assert!(!means(single, &user, &stranger));
        assert!(!means(single, &issuer, &issuer));
    }
}

#[test]
fn answers_are_found_by_serial_number() {
    let key = Key::new();
    let user = |serial| {
        Made::user("user", &Key::new())
            .serial(serial)
            .by("CA", &key)
    };
    let users = [user(300), user(7), user(300), user(70_000)];
    let all = [MadeResponse::good(), MadeResponse::revoked(NOW)];
    let response = MadeResponse::about_all(&all, &users, &key);
    assert_eq!(response.singles().len(), 8);
    for (asked, count) in [
        (&users[0], 4),
        (&users[1], 2),
        (&users[3], 2),
        (&user(8), 0),
    ] {
        let found = response.singles_for(asked.serial());
        assert_eq!(found.len(), count);
        assert!(
            found
                .iter()
                .all(|one| one.certificate.serial() == asked.serial())
        );
    }
    assert_eq!(response.serials().count(), 3);
}

#[test]
fn a_cert_id_of_an_unknown_hash_says_nothing() {
    let key = Key::new();
    let user = Made::user("user", &Key::new()).by("CA", &key);
    let response = MadeResponse::good().sha2(1).sign(&user, &key, &key);
    let mut octets = response.octets().to_vec();
    let sha256 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    let place = octets.windows(9).position(|some| some == sha256).unwrap();
    octets[place + 8] = 9;
    assert!(OcspResponse::read(octets).unwrap().singles().is_empty());
}

#[test]
fn what_is_not_whole_or_not_successful_is_refused() {
    let key = Key::new();
    let user = Made::user("user", &Key::new()).by("CA", &key);
    let octets = MadeResponse::good()
        .sign(&user, &key, &key)
        .octets()
        .to_vec();
    for end in 0..octets.len() {
        assert!(OcspResponse::read(&octets[..end]).is_err());
    }
    // tryLater.
    assert!(OcspResponse::read([0x30, 3, 0x0A, 1, 3].as_slice()).is_err());
}

proptest! {
    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = OcspResponse::read(octets);
    }

    #[test]
    fn no_change_makes_it_panic(place in any::<prop::sample::Index>(), octet in any::<u8>()) {
        let key = Key::new();
        let issuer = Made::authority("CA", &key).root(&key);
        let made = MadeResponse::revoked(NOW).certificate(&issuer);
        let mut octets = made.sign(&issuer, &key, &key).octets().to_vec();
        let place = place.index(octets.len());
        octets[place] = octet;
        if let Ok(response) = OcspResponse::read(octets) {
            for single in response.singles() {
                let _ = means(single, &issuer, &issuer);
            }
        }
    }
}
