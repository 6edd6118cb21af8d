//! Names that come as finished DER: accepted only when they are what a DER encoder would write.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Encode, ErrorKind, Length, Reader, SliceReader, Tag};
use x509_cert::name::Name;

use crate::error::{Error, Result};

/// A non-empty `Name` in DER.
pub(super) fn check_name(field: &'static str, der: &[u8]) -> Result<()> {
    if is_plain_name(der).unwrap_or(false) || is_canonical_name(der).unwrap_or(false) {
        return Ok(());
    }
    Err(Error::invalid(field, "must be a non-empty Name in DER"))
}

fn is_canonical_name(der: &[u8]) -> der::Result<bool> {
    let name = Name::from_der(der)?;
    Ok(!name.is_empty() && name.to_der()? == der)
}

/// Whether this is a `Name` of single-valued RDNs, as nearly every one is: then there is no order
/// within a SET to look at, and nothing has to be allocated.
fn is_plain_name(der: &[u8]) -> der::Result<bool> {
    let mut names = SliceReader::new(content(&mut SliceReader::new(der)?, Tag::Sequence, true)?)?;
    let some = !names.is_finished();
    while !names.is_finished() {
        let mut rdn = SliceReader::new(content(&mut names, Tag::Set, false)?)?;
        let mut pair = SliceReader::new(content(&mut rdn, Tag::Sequence, true)?)?;
        ObjectIdentifier::from_bytes(content(&mut pair, Tag::ObjectIdentifier, false)?)?;
        AnyRef::decode(&mut pair)?;
        pair.finish(())?;
    }
    Ok(some)
}

/// Content of the next element, which must have this tag and, where it is the `only` one, be the last.
fn content<'a>(reader: &mut SliceReader<'a>, tag: Tag, only: bool) -> der::Result<&'a [u8]> {
    // The identifier octet as it stands: turning it into a `Tag` first costs more than this.
    if reader.read_byte()? != tag.octet() {
        return Err(tag.value_error());
    }
    let length = Length::decode(reader)?;
    let content = reader.read_slice(length)?;
    if only && !reader.is_finished() {
        return Err(reader.error(ErrorKind::TrailingData {
            decoded: reader.position(),
            remaining: reader.remaining_len(),
        }));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Vec<u8> {
        text.parse::<Name>().unwrap().to_der().unwrap()
    }

    #[test]
    fn plain_names_are_read_without_the_complete_parser() {
        for text in ["C=JP", "CN=13101,OU=東京都,O=OpenJPKI,C=JP"] {
            assert!(is_plain_name(&name(text)).unwrap(), "{text}");
        }
        let several = name("CN=13101+OU=x,C=JP");
        assert!(is_plain_name(&several).is_err());
        assert!(check_name("partition", &several).is_ok());
        for empty in [&[][..], &[0x30, 0]] {
            assert!(check_name("partition", empty).is_err());
        }
    }

    #[test]
    fn what_reads_as_a_plain_name_is_one_for_the_complete_parser() {
        let good = name("CN=13101,OU=東京都,C=JP");
        for place in 0..good.len() {
            for octet in 0..=u8::MAX {
                let mut altered = good.clone();
                altered[place] = octet;
                if is_plain_name(&altered).unwrap_or(false) {
                    assert!(is_canonical_name(&altered).unwrap(), "{place}: {octet}");
                }
            }
            assert!(
                !is_plain_name(&good[..place]).unwrap_or(false),
                "cut at {place}"
            );
        }
        assert!(is_plain_name(&[&good[..], &[0]].concat()).is_err());
    }

    #[test]
    fn attributes_of_one_rdn_must_be_in_der_order() {
        let ordered = name("CN=a+OU=b");
        let mut parsed = Name::from_der(&ordered).unwrap();
        let pairs: Vec<_> = parsed.0.remove(0).0.into_vec();
        let mut reversed = Vec::new();
        for pair in pairs.iter().rev() {
            pair.encode_to_vec(&mut reversed).unwrap();
        }
        let set = [
            &[0x31, u8::try_from(reversed.len()).unwrap()],
            &reversed[..],
        ]
        .concat();
        let whole = [&[0x30, u8::try_from(set.len()).unwrap()], &set[..]].concat();
        assert_eq!(whole.len(), ordered.len());
        assert!(check_name("issuer", &ordered).is_ok());
        assert!(check_name("issuer", &whole).is_err());
    }
}
