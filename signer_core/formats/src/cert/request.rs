//! What is asked for: the fields of one user certificate that differ from person to person.

use super::rsa_key::RsaPublicKey;
use crate::der::Time;
use crate::error::{Error, Result};

/// Last second of a day in Japan, as seconds into the UTC day: 14:59:59Z.
pub(super) const END_OF_DAY_IN_JAPAN: i64 = 14 * 3600 + 59 * 60 + 59;

const MAX_TEXT_CHARS: usize = 200;
/// ub-locality-name (RFC 5280 appendix A.1).
const MAX_LOCALITY_CHARS: usize = 128;

/// The fields as the caller gives them; [`UserCertificateRequest::new`] checks them.
///
/// There is no `Debug`: these are a person's attributes and belong in no log.
#[derive(Clone)]
pub struct RequestFields {
    /// Serial number, big-endian unsigned.
    pub serial: Vec<u8>,
    /// Start of validity, seconds since 1970 UTC.
    pub not_before: i64,
    /// End of validity, seconds since 1970 UTC; the end of a day in Japan.
    pub not_after: i64,
    /// First L of the subject: the prefecture, romanised.
    pub prefecture: String,
    /// Second L of the subject: the municipality, romanised.
    pub municipality: String,
    /// CN: `YYYYMMDDhhmmss`, five digits, eight digits and a capital letter of the window.
    pub common_name: String,
    /// The person's key as SubjectPublicKeyInfo DER: RSA 2048.
    pub public_key: Vec<u8>,
    /// 氏名, arc .1.
    pub name: String,
    /// Birth date `EYYYYMMDD`, arc .4.
    pub birth_date: String,
    /// Sex, one digit, arc .3.
    pub sex: String,
    /// 住所, arc .5.
    pub address: String,
    /// One `0` or `1` for each character of the name, arc .2.
    pub name_substitutions: String,
    /// One `0` or `1` for each character of the address, arc .6.
    pub address_substitutions: String,
    /// The CRL partition's directoryName, DER of a `Name`.
    pub partition: Vec<u8>,
    /// Where the partition's list is fetched, if policy says so.
    pub partition_url: Option<String>,
}

/// A request whose every field has the shape the profile asks for.
pub struct UserCertificateRequest {
    fields: RequestFields,
    /// Octets of the RSAPublicKey, with which the SubjectPublicKeyInfo ends.
    key_len: usize,
}

impl UserCertificateRequest {
    /// Checks every field.
    ///
    /// # Errors
    /// `InvalidArgument` naming the field and the rule, never the value.
    pub fn new(mut fields: RequestFields) -> Result<Self> {
        let zeros = fields
            .serial
            .iter()
            .take_while(|octet| **octet == 0)
            .count();
        fields.serial.drain(..zeros);
        rule("serial", serial_fault(&fields.serial))?;
        rule("not_after", validity_fault(&fields))?;
        for (field, text) in [
            ("prefecture", &fields.prefecture),
            ("municipality", &fields.municipality),
        ] {
            rule(field, text_fault(text, MAX_LOCALITY_CHARS))?;
        }
        rule("common_name", common_name_fault(&fields.common_name))?;
        rule("name", text_fault(&fields.name, MAX_TEXT_CHARS))?;
        rule("address", text_fault(&fields.address, MAX_TEXT_CHARS))?;
        rule("birth_date", birth_date_fault(&fields.birth_date))?;
        rule("sex", sex_fault(&fields.sex))?;
        for (field, positions, text) in [
            (
                "name_substitutions",
                &fields.name_substitutions,
                &fields.name,
            ),
            (
                "address_substitutions",
                &fields.address_substitutions,
                &fields.address,
            ),
        ] {
            rule(field, substitutions_fault(positions, text))?;
        }
        super::name::check_name("partition", &fields.partition)?;
        if let Some(url) = &fields.partition_url {
            super::inputs::check_url("partition_url", url)?;
        }
        let key = RsaPublicKey::from_spki(&fields.public_key);
        rule("public_key", key.err())?;
        let key_len = key.map_or(0, |key| key.der.len());
        Ok(Self { fields, key_len })
    }

    /// The checked fields; the serial has no leading zeros.
    #[must_use]
    pub fn fields(&self) -> &RequestFields {
        &self.fields
    }

    /// RSAPublicKey DER, the octets of the key's BIT STRING.
    pub(super) fn key(&self) -> &[u8] {
        let spki = &self.fields.public_key;
        &spki[spki.len() - self.key_len..]
    }

    /// The six otherName values in the order of [`super::oids::OTHER_NAMES`].
    pub(super) fn other_names(&self) -> [&str; 6] {
        let f = &self.fields;
        [
            &f.name,
            &f.birth_date,
            &f.sex,
            &f.address,
            &f.name_substitutions,
            &f.address_substitutions,
        ]
    }
}

fn rule(field: &str, fault: Option<&str>) -> Result<()> {
    match fault {
        None => Ok(()),
        Some(why) => Err(Error::InvalidArgument(format!("{field}: {why}"))),
    }
}

/// RFC 5280 4.1.2.2: positive and at most 20 octets as encoded; the profile asks for 64 bits.
pub(super) fn serial_fault(digits: &[u8]) -> Option<&'static str> {
    let bits = digits
        .first()
        .map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize);
    if bits < 64 {
        return Some("must have at least 64 bits");
    }
    (bits > 159).then_some("must fit in 20 octets and be positive")
}

fn validity_fault(fields: &RequestFields) -> Option<&'static str> {
    // Nothing was certified before 1970, and the parser that checks what is built knows no such time.
    let nameable = |at| at >= 0 && Time::rfc5280_len(at).is_ok();
    if !nameable(fields.not_before) || !nameable(fields.not_after) {
        return Some("validity must lie in the years 1970 to 9999");
    }
    if fields.not_before >= fields.not_after {
        return Some("must be later than not_before");
    }
    (fields.not_after.rem_euclid(86_400) != END_OF_DAY_IN_JAPAN)
        .then_some("must be the end of a day in Japan, 14:59:59Z")
}

fn text_fault(text: &str, max_chars: usize) -> Option<&'static str> {
    if text.is_empty() {
        return Some("must not be empty");
    }
    if text.chars().nth(max_chars).is_some() {
        return Some("is too long");
    }
    text.chars()
        .any(is_unprintable)
        .then_some("holds a control, direction or variation character")
}

/// Characters that would make two readers see different text, or break "one position per
/// character". The full repertoire is the registration's rule.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

fn common_name_fault(text: &str) -> Option<&'static str> {
    let shape = text.len() == 28
        && text.bytes().take(27).all(|c| c.is_ascii_digit())
        && text.bytes().last().is_some_and(|c| c.is_ascii_uppercase());
    (!shape).then_some("must be 14 digits of time, 5 of sequence, 8 of the window and a letter")
}

fn birth_date_fault(text: &str) -> Option<&'static str> {
    let shape = text.len() == 9
        && text.bytes().all(|c| c.is_ascii_digit())
        && text.bytes().next().is_some_and(|era| era <= b'5');
    (!shape).then_some("must be an era digit 0 to 5 and YYYYMMDD")
}

fn sex_fault(text: &str) -> Option<&'static str> {
    let shape = text.len() == 1 && text.bytes().all(|c| c.is_ascii_digit());
    (!shape).then_some("must be one digit")
}

fn substitutions_fault(positions: &str, text: &str) -> Option<&'static str> {
    if !positions.bytes().all(|c| matches!(c, b'0' | b'1')) {
        return Some("must hold only 0 and 1");
    }
    (positions.len() != text.chars().count()).then_some("must have one digit per character")
}
