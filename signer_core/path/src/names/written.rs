//! Distinguished names as people read them (RFC 4514).

use std::fmt::{self, Write};

use super::name::{Attribute, Name};
use super::text::text;
use crate::Oid;
use crate::octets::oid;

/// Types with a short name (RFC 4514 section 3).
static SHORT: [(Oid, &str); 9] = [
    (asn1::oid!(2, 5, 4, 3), "CN"),
    (asn1::oid!(2, 5, 4, 7), "L"),
    (asn1::oid!(2, 5, 4, 8), "ST"),
    (asn1::oid!(2, 5, 4, 10), "O"),
    (asn1::oid!(2, 5, 4, 11), "OU"),
    (asn1::oid!(2, 5, 4, 6), "C"),
    (asn1::oid!(2, 5, 4, 9), "STREET"),
    (asn1::oid!(0, 9, 2342, 19200300, 100, 1, 25), "DC"),
    (asn1::oid!(0, 9, 2342, 19200300, 100, 1, 1), "UID"),
];

impl fmt::Display for Name {
    /// The last RDN first. What can't be written as text is written as `#` and its DER.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rdns: Vec<_> = self.rdns().collect();
        for (place, rdn) in rdns.into_iter().rev().enumerate() {
            if place > 0 {
                f.write_char(',')?;
            }
            for (place, Attribute { kind, value }) in rdn.enumerate() {
                if place > 0 {
                    f.write_char('+')?;
                }
                match SHORT.iter().find(|(oid, _)| oid.as_der() == kind) {
                    Some((_, short)) => f.write_str(short)?,
                    None => write!(f, "{}", oid(kind).map_err(|_| fmt::Error)?)?,
                }
                f.write_char('=')?;
                match text(kind, &value).ok().flatten() {
                    Some(text) => escaped(f, &text)?,
                    None => hexadecimal(f, value.whole)?,
                }
            }
        }
        Ok(())
    }
}

fn escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let last = text.chars().count().saturating_sub(1);
    for (place, character) in text.chars().enumerate() {
        match character {
            '\0' => f.write_str("\\00")?,
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{character}")?,
            '#' if place == 0 => f.write_str("\\#")?,
            ' ' if place == 0 || place == last => f.write_str("\\ ")?,
            _ => f.write_char(character)?,
        }
    }
    Ok(())
}

fn hexadecimal(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    f.write_char('#')?;
    octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(der: &[u8]) -> String {
        Name::read(der).unwrap().to_string()
    }

    #[test]
    fn the_last_first_and_escaped() {
        let name = b"\x30\x2b\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02JP\
            \x31\x0e\x30\x0c\x06\x03\x55\x04\x0a\x0c\x05 a,b \
            \x31\x0c\x30\x0a\x06\x03\x55\x04\x2d\x03\x03\x00\x01\x02";
        assert_eq!(told(name), "2.5.4.45=#0303000102,O=\\ a\\,b\\ ,C=JP");
    }

    #[test]
    fn several_values_and_none() {
        let name = b"\x30\x18\x31\x16\x30\x09\x06\x03\x55\x04\x03\x13\x02#1\
            \x30\x09\x06\x03\x55\x04\x0b\x0c\x02x\0";
        assert_eq!(told(name), "CN=\\#1+OU=x\\00");
        assert_eq!(told(b"\x30\x00"), "");
    }
}
