//! Who makes room for whom.

use super::*;

const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));
const THIRD: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 3));
const PLENTY: Most = Most {
    silent: 100,
    silent_of_one: 100,
    connections: 100,
    of_one: 100,
    silent_first: false,
    bodies_of_one: 100,
    signatures_of_one: 100,
    lists_of_one: 100,
};

fn is_gone(seat: &Seat) -> bool {
    seat.place().gone
}

fn gone<const N: usize>(seats: [&Arc<Seat>; N]) -> [bool; N] {
    seats.map(|seat| is_gone(seat))
}

fn asked(guests: &Arc<Guests>, address: IpAddr) -> Arc<Seat> {
    let seat = guests.enter(address).unwrap();
    seat.asks();
    seat
}

#[test]
fn who_is_silent_longest_of_those_who_have_most_makes_room() {
    let guests = Guests::new(Most {
        silent: 10,
        ..PLENTY
    });
    let asking = asked(&guests, ONE);
    let alone = guests.enter(OTHER).unwrap();
    let many = [(); 9].map(|()| guests.enter(ONE).unwrap());
    let newcomer = guests.enter(THIRD).unwrap();
    assert_eq!(
        gone([&asking, &alone, &many[0], &many[1], &newcomer]),
        [false, false, true, false, false]
    );
}

/// Callers with certificates, behind one gateway: whoever has none ends none of theirs.
#[test]
fn where_the_silent_go_first_nobody_who_has_asked_makes_room_for_them() {
    let guests = Guests::new(Most {
        silent: 25,
        silent_of_one: 25,
        silent_first: true,
        ..PLENTY
    });
    let asking = [(); 90].map(|()| asked(&guests, ONE));
    let strangers: Vec<_> = (0..1000).map(|_| guests.enter(OTHER).unwrap()).collect();
    assert!(asking.iter().all(|seat| !is_gone(seat)));
    assert_eq!(strangers.iter().filter(|seat| !is_gone(seat)).count(), 10);
    // Nor where the system has no more room.
    for _ in 0..5 {
        guests.make_room();
    }
    assert_eq!(strangers.iter().filter(|seat| !is_gone(seat)).count(), 5);
    // Whoever is known gets in all the same.
    let more = asked(&guests, ONE);
    assert!(asking.iter().all(|seat| !is_gone(seat)) && !is_gone(&more));
    // When there is nobody else, it is who has been idle longest.
    for _ in 0..6 {
        guests.make_room();
    }
    assert_eq!(asking.iter().filter(|seat| is_gone(seat)).count(), 1);
}

/// A handshake of somebody else takes several round trips: it outlives any number of these.
#[test]
fn who_comes_again_and_again_ends_their_own_alone() {
    let guests = Guests::new(Most {
        silent: 10,
        silent_of_one: 5,
        ..PLENTY
    });
    let handshake = guests.enter(OTHER).unwrap();
    for _ in 0..1000 {
        drop(guests.enter(ONE));
    }
    assert!(!is_gone(&handshake));
    assert_eq!(guests.lock().silent.len(), 6);
}

#[test]
fn an_address_makes_room_for_itself_and_for_no_other() {
    let guests = Guests::new(Most {
        of_one: 2,
        ..PLENTY
    });
    let other = guests.enter(OTHER).unwrap();
    let first = asked(&guests, ONE);
    let second = asked(&guests, ONE);
    let busy = first.busy();
    let third = guests.enter(ONE).unwrap();
    assert_eq!(gone([&second, &first, &other]), [true, false, false]);
    let _busy = third.busy();
    assert!(guests.enter(ONE).is_none());
    drop(busy);
    assert!(guests.enter(ONE).is_some());
    assert!(is_gone(&first));
}

#[test]
fn nobody_is_ended_for_who_may_not_come() {
    let guests = Guests::new(Most {
        silent: 1,
        of_one: 1,
        ..PLENTY
    });
    let mine = asked(&guests, ONE);
    let _busy = mine.busy();
    let silent = guests.enter(OTHER).unwrap();
    assert!(guests.enter(ONE).is_none());
    assert_eq!(gone([&mine, &silent]), [false, false]);
}

#[test]
fn who_has_most_makes_room_when_there_is_none() {
    let guests = Guests::new(Most {
        connections: 10,
        ..PLENTY
    });
    let alone = asked(&guests, OTHER);
    let many = [(); 9].map(|()| asked(&guests, ONE));
    let newcomer = guests.enter(THIRD).unwrap();
    assert_eq!(gone([&alone, &many[0], &many[1]]), [false, true, false]);
    let all = many.iter().chain([&alone, &newcomer]);
    let busy: Vec<_> = all.map(Seat::busy).collect();
    assert!(guests.enter(THIRD).is_none());
    drop(busy);
}

/// Where nobody has many, it is not who has which address that decides.
#[test]
fn of_those_who_have_few_whoever_is_idle_longest_makes_room() {
    for is_silent in [true, false] {
        let guests = Guests::new(Most {
            silent: if is_silent { 30 } else { 100 },
            connections: if is_silent { 100 } else { 30 },
            ..PLENTY
        });
        let mut seats = Vec::new();
        for number in 0..40_u8 {
            let address = std::net::Ipv4Addr::new(192, 0, 2, number.reverse_bits());
            let seat = guests.enter(address.into()).unwrap();
            if !is_silent {
                seat.asks();
            }
            seats.push(seat);
        }
        for (number, seat) in seats.iter().enumerate() {
            assert_eq!(is_gone(seat), number < 10, "{number}");
        }
    }
}

#[test]
fn a_network_of_ipv6_is_one() {
    let guests = Guests::new(Most {
        of_one: 2,
        ..PLENTY
    });
    let enter = |address: &str| guests.enter(address.parse().unwrap()).unwrap();
    let (first, other) = (enter("2001:db8::1"), enter("2001:db8:0:1::1"));
    let _second = enter("2001:db8::ffff:2");
    let _third = enter("2001:db8::3");
    assert_eq!(gone([&first, &other]), [true, false]);
    assert_eq!(first.address.to_string(), "2001:db8::1");
}

/// It takes no more than a connection that has not asked: it may be ended.
#[test]
fn who_waits_for_a_body_is_idle() {
    let guests = Guests::new(Most {
        connections: 1,
        bodies_of_one: 2,
        ..PLENTY
    });
    let slow = asked(&guests, ONE);
    let bodies = [(); 2].map(|()| slow.takes(Share::Body));
    assert!(bodies.iter().all(Option::is_some));
    assert!(slow.takes(Share::Body).is_none());
    assert!(slow.takes(Share::Signature).is_some());
    let _good = guests.enter(OTHER).unwrap();
    assert!(is_gone(&slow));
    drop(bodies);
    assert!(slow.takes(Share::Body).is_some());
    assert_eq!(guests.lock().groups.len(), 1);
}

#[test]
fn nothing_is_left_of_who_has_left() {
    let guests = Guests::new(Most {
        silent: 1,
        silent_of_one: 1,
        connections: 1,
        of_one: 1,
        silent_first: false,
        bodies_of_one: 1,
        signatures_of_one: 0,
        lists_of_one: 0,
    });
    for _ in 0..5 {
        let seat = guests.enter(ONE).unwrap();
        let kept = seat.kept();
        seat.asks();
        drop(seat.takes(Share::Body));
        assert!(seat.takes(Share::Signature).is_none());
        drop(seat.busy());
        drop(kept);
        drop(seat.kept());
        drop(seat.busy());
    }
    let inside = guests.lock();
    assert_eq!(
        (inside.seats, inside.idle.len(), inside.silent.len()),
        (0, 0, 0)
    );
    assert!(inside.groups.is_empty());
}

/// The lists are not told of a request; whoever looks into them for who makes room learns of it.
#[test]
fn who_asked_since_is_not_idle_longest() {
    let guests = Guests::new(Most {
        connections: 20,
        ..PLENTY
    });
    let few = [OTHER, THIRD].map(|it| asked(&guests, it));
    let many = [(); 18].map(|()| asked(&guests, ONE));
    for seat in &many[..5] {
        seat.asks();
    }
    let _newcomers = [(); 2].map(|()| guests.enter(OTHER).unwrap());
    assert_eq!(
        gone([&many[4], &many[5], &many[6], &many[7]]),
        [false, true, true, false]
    );
    // Nor where the system has no more room, for as long as anybody has many.
    many[7].asks();
    guests.make_room();
    assert_eq!(gone([&many[7], &many[8], &few[0]]), [false, true, false]);
    // All have asked since: it is who did so first.
    let left: Vec<_> = many.iter().filter(|it| !is_gone(it)).collect();
    for seat in left.iter().rev() {
        seat.asks();
    }
    guests.make_room();
    assert!(is_gone(left.last().unwrap()));
    let inside = guests.lock();
    assert_eq!(inside.idle.len(), inside.seats);
}
