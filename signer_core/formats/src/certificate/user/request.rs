//! What is asked for: the fields of one user certificate that differ from person to person.

use crate::certificate::bounds::{check_url, serial_fault, validity_fault};
use crate::certificate::faults::refused;
use crate::certificate::key::RsaPublicKey;
use crate::certificate::kinds::USER;
use crate::certificate::name::check_name;
use crate::certificate::person::Texts;
use crate::error::Result;

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
        rule("serial", serial_fault(&USER, &fields.serial))?;
        let validity = validity_fault(&USER, fields.not_before, fields.not_after);
        rule("not_after", validity)?;
        let texts = Texts {
            prefecture: &fields.prefecture,
            municipality: &fields.municipality,
            common_name: &fields.common_name,
            other_names: other_names(&fields),
        };
        if let Some((field, fault)) = texts.fault() {
            return Err(refused(field, fault));
        }
        check_name("partition", &fields.partition)?;
        if let Some(url) = &fields.partition_url {
            check_url("partition_url", url)?;
        }
        let key = RsaPublicKey::from_spki(&fields.public_key, &USER.key_bits);
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

    /// The six otherName values in the order of the profile.
    pub(super) fn other_names(&self) -> [&str; 6] {
        other_names(&self.fields)
    }
}

fn other_names(fields: &RequestFields) -> [&str; 6] {
    [
        &fields.name,
        &fields.birth_date,
        &fields.sex,
        &fields.address,
        &fields.name_substitutions,
        &fields.address_substitutions,
    ]
}

fn rule(field: &'static str, fault: Option<&'static str>) -> Result<()> {
    match fault {
        None => Ok(()),
        Some(why) => Err(refused(field, why)),
    }
}
