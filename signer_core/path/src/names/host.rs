//! Texts of names that have a host in them.

use std::borrow::Cow;

/// The longest name DNS can carry, in its text form.
const LONGEST: usize = 253;
const LONGEST_LABEL: usize = 63;

/// A host or a domain in lower case: labels of letters, digits, hyphens and underscores between
/// single full stops. Nothing when the octets are none.
pub(super) fn host(text: &[u8]) -> Option<String> {
    let label = |label: &[u8]| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label
                .iter()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'))
    };
    let whole = text.len() <= LONGEST && text.split(|c| *c == b'.').all(label);
    // All of it is ASCII.
    whole.then(|| {
        text.iter()
            .map(|c| char::from(c.to_ascii_lowercase()))
            .collect()
    })
}

/// Local part and host of a mailbox (RFC 5280 4.2.1.6): the part before the last `@`, which has no
/// other `@` unless it is quoted. Quotes are no part of it: mail to `"x"` is mail to `x`
/// (RFC 5321 4.1.2), and would get around a constraint.
pub(super) fn mailbox(text: &[u8]) -> Option<(Cow<'_, [u8]>, String)> {
    let at = text.iter().rposition(|c| *c == b'@')?;
    let (local, domain) = (text.get(..at)?, text.get(at + 1..)?);
    let inside = local
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    let local = match inside {
        Some(inside) => Cow::Owned(unquoted(inside)?),
        None => Cow::Borrowed(local),
    };
    let plain = |c: &u8| c.is_ascii_graphic() && !b"@\"<>,;\\".contains(c);
    let whole = !local.is_empty() && (inside.is_some() || local.iter().all(plain));
    whole.then_some((local, host(domain)?))
}

/// What is between quotes, without the backslash before a character that it stands for.
fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    let mut found = Vec::with_capacity(text.len());
    let mut characters = text.iter();
    while let Some(c) = characters.next() {
        let c = match c {
            b'\\' => characters.next()?,
            b'"' => return None,
            c => c,
        };
        if !c.is_ascii_graphic() && *c != b' ' {
            return None;
        }
        found.push(*c);
    }
    Some(found)
}

/// The host of a URI (RFC 3986 3.2): what is between `//`, user information and port. Nothing when
/// there is no authority, or its host is an address or no name, or the text has a character that no
/// URI has: others would find another host in it (a browser ends the host at a backslash).
pub(super) fn of_uri(text: &[u8]) -> Option<String> {
    let foreign = |c: &u8| !c.is_ascii_graphic() || b"\"<>\\^`{|}".contains(c);
    if text.iter().any(foreign) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let (scheme, rest) = text.split_once(':')?;
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.'));
    let authority = rest.strip_prefix("//")?;
    let authority = authority.split(['/', '?', '#']).next()?;
    let address = match authority.rsplit_once('@') {
        Some((user, _)) if user.contains('@') => return None,
        Some((_, address)) => address,
        None => authority,
    };
    let name = match address.split_once(':') {
        Some((name, port)) if port.bytes().all(|c| c.is_ascii_digit()) => name,
        Some(_) => return None,
        None => address,
    };
    let host = host(name.as_bytes())?;
    let last = host.rsplit('.').next()?;
    // A last label of digits is an IPv4 address (WHATWG, RFC 3696 2), not a domain.
    (named && !last.bytes().all(|c| c.is_ascii_digit())).then_some(host)
}

/// The host itself and every domain above it, the whole name space last.
pub(super) fn upwards(host: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(host);
    std::iter::from_fn(move || {
        let this = next?;
        next = match this.split_once('.') {
            Some((_, above)) => Some(above),
            None if this.is_empty() => None,
            None => Some(""),
        };
        Some(this)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_labels_between_single_full_stops() {
        assert_eq!(host(b"WWW.Example.JP").as_deref(), Some("www.example.jp"));
        assert_eq!(host(b"localhost").as_deref(), Some("localhost"));
        for wrong in [
            &b""[..],
            b".",
            b".example.jp",
            b"example.jp.",
            b"a..b",
            b"*.example.jp",
            b"a b",
            "例.jp".as_bytes(),
            &[b'a'; 64],
        ] {
            assert_eq!(host(wrong), None, "{}", String::from_utf8_lossy(wrong));
        }
        let long = [&b"a."[..]; 127].concat();
        assert!(host(&long[..253]).is_some());
        assert_eq!(host(&[&long[..], b"aa"].concat()), None);
    }

    #[test]
    fn a_mailbox_has_one_at_outside_quotes() {
        let of = |text: &'static str| mailbox(text.as_bytes());
        assert_eq!(
            of("Foo@Example.JP"),
            Some((b"Foo"[..].into(), "example.jp".to_owned()))
        );
        assert_eq!(
            of("\"a@b\"@c.jp"),
            Some((b"a@b"[..].into(), "c.jp".to_owned()))
        );
        for same in ["x.y@c.jp", "\"x.y\"@c.jp", "\"\\x\\.y\"@c.jp"] {
            assert_eq!(of(same), of("x.y@c.jp"), "{same}");
        }
        assert_ne!(of("\"x \"@c.jp"), of("x@c.jp"));
        for wrong in [
            "",
            "@",
            "a@",
            "@a",
            "a@b@c",
            "a",
            "a b@c",
            "a@.c",
            "a@[192.0.2.1]",
            "\"\"@c",
            "\"@c",
            "\"a@c",
            "\"a\"b\"@c",
            "\"a\\\"@c",
            "a\\b@c",
        ] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_host_of_a_uri_is_a_name() {
        let of = |text: &str| of_uri(text.as_bytes());
        assert_eq!(
            of("http://User@Host.Example:80/p?q#f").as_deref(),
            Some("host.example")
        );
        assert_eq!(
            of("ldap://dir.example/cn=x@y").as_deref(),
            Some("dir.example")
        );
        for wrong in [
            "",
            "http:",
            "mailto:a@b",
            "urn:a:b",
            "http://",
            "http://192.0.2.1/",
            "//host/",
            "http://[2001:db8::1]/",
            "http://a:b/",
            "1http://a/",
            "http://a b/",
            "http://evil.example\\@host.example/",
            "http://a@evil.example@host.example/",
            "http://host.example/{x}",
            "http://host.example/\n",
        ] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn upwards_ends_with_everything() {
        assert_eq!(
            upwards("a.b.c").collect::<Vec<_>>(),
            ["a.b.c", "b.c", "c", ""]
        );
        assert_eq!(upwards("").collect::<Vec<_>>(), [""]);
    }
}
