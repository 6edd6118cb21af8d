//! Requests for certificates (PKCS#10, RFC 2986), read once and kept as they came.
//!
//! Nothing of a request gets into a certificate but its key, and of a partner's its name. So of all
//! that it may ask for, one thing is looked at: whether it wants to be an authority.

use crate::certificate::asks_for_authority;
use crate::names::Name;
use crate::octets::{Elements, IDENTIFIER, INTEGER, SEQUENCE, SET, identifier};
use crate::signature::{Envelope, PublicKey, Received, Signed};
use crate::{Sha256, Unreadable};

/// As long as a request may be: a key of 8,192 bits and its signature take two KiB.
pub const MAX_OCTETS: usize = 64 * 1024;

const SHAPE: Unreadable = Unreadable::new(
    "certificationRequestInfo",
    "must be version, subject, key and attributes (RFC 2986 4.1)",
);
const ATTRIBUTES: Unreadable =
    Unreadable::new("attributes", "must be a type and a set of values each");

/// extensionRequest of PKCS#9, and what Microsoft called the same before.
const EXTENSION_REQUESTS: [&[u8]; 2] = [
    &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x0E],
    &[0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x0E],
];

/// A request: its octets as received, and what they say.
pub struct CertificationRequest {
    received: Received,
    subject: Name,
    key: PublicKey,
    asks_for_authority: bool,
}

impl CertificationRequest {
    /// Reads one DER `CertificationRequest`, nothing after it.
    ///
    /// # Errors
    /// [`Unreadable`] when it is none, or is over [`MAX_OCTETS`]. A key that is not used here is read:
    /// see [`PublicKey::judge`].
    pub fn read(octets: &[u8]) -> Result<Self, Unreadable> {
        if octets.len() > MAX_OCTETS {
            return Err(Unreadable::new("certificationRequest", "is too large"));
        }
        let envelope = Envelope::read(octets, "certificationRequest")?;
        let mut fields = Elements::new(envelope.content);
        if fields.expect(INTEGER).map_err(|_| SHAPE)? != [0] {
            return Err(Unreadable::new("version", "must be v1"));
        }
        let subject = Name::read(fields.next_element().map_err(|_| SHAPE)?.whole)?;
        let key = PublicKey::read(fields.next_element().map_err(|_| SHAPE)?.whole)?;
        // They are not optional, but some programs leave them out where there are none.
        let attributes = fields.optional(0xA0).map_err(|_| SHAPE)?;
        fields.end().map_err(|_| SHAPE)?;
        Ok(Self {
            subject,
            key,
            asks_for_authority: match attributes {
                Some(element) => any_asks_for_authority(element.content)?,
                None => false,
            },
            received: Received::new(octets.into(), envelope.parts(octets)),
        })
    }

    /// The DER, as received.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.received.octets()
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn sha256(&self) -> &Sha256 {
        self.received.sha256()
    }

    /// The subject, as the requester wrote it; proves nothing.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether it asks for CA:TRUE, keyCertSign or cRLSign.
    #[must_use]
    pub fn asks_for_authority(&self) -> bool {
        self.asks_for_authority
    }

    /// What is signed, with what, and the signature: by the key itself, which proves that whoever
    /// made it has the private half.
    #[must_use]
    pub fn signed(&self) -> Signed<'_> {
        self.received.signed()
    }
}

/// Whether one of the Attributes in these octets does, whichever values it has.
fn any_asks_for_authority(octets: &[u8]) -> Result<bool, Unreadable> {
    let mut asks = false;
    let mut attributes = Elements::new(octets);
    while let Some(attribute) = attributes.next_if_any().map_err(|_| ATTRIBUTES)? {
        let mut parts = Elements::new(attribute.of(SEQUENCE).map_err(|_| ATTRIBUTES)?);
        let kind = parts
            .expect(IDENTIFIER)
            .and_then(identifier)
            .map_err(|_| ATTRIBUTES)?;
        let mut values = Elements::new(parts.expect(SET).map_err(|_| ATTRIBUTES)?);
        parts.end().map_err(|_| ATTRIBUTES)?;
        let of_extensions = EXTENSION_REQUESTS.contains(&kind);
        while let Some(value) = values.any_if_any().map_err(|_| ATTRIBUTES)? {
            if of_extensions {
                asks |= asks_for_authority(value.whole)?;
            }
        }
    }
    Ok(asks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octets::wrapped;
    use crate::testing::{Key, extension, name, sequence};
    use crate::{SignaturePolicy, Signatures};

    fn request(key: &Key, attributes: Option<&[Vec<u8>]>) -> Vec<u8> {
        let attributes = attributes.map(|all| wrapped(0xA0, &all.concat()));
        key.sign(&sequence(&[
            &[INTEGER, 1, 0],
            &name("requester"),
            &key.spki(),
            &attributes.unwrap_or_default(),
        ]))
    }

    fn asking(kind: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
        let value = wrapped(SEQUENCE, &extensions.concat());
        sequence(&[&wrapped(IDENTIFIER, kind), &wrapped(SET, &value)])
    }

    fn is_its_own(read: &CertificationRequest) -> bool {
        Signatures::new(SignaturePolicy::default(), 100)
            .verify(read.key(), &read.signed())
            .is_ok()
    }

    #[test]
    fn what_a_request_says_is_read_and_its_signature_holds() {
        let key = Key::new();
        let octets = request(&key, Some(&[]));
        let read = CertificationRequest::read(&octets).unwrap();
        assert_eq!(read.octets(), octets);
        assert_eq!(read.key().spki(), key.spki());
        assert_eq!(read.key().octets(), key.bits());
        assert_eq!(read.subject().der(), name("requester"));
        assert!(!read.asks_for_authority());
        assert!(is_its_own(&read));
        // Left out though they are not optional: some programs do.
        assert!(is_its_own(
            &CertificationRequest::read(&request(&key, None)).unwrap()
        ));
    }

    #[test]
    fn no_octet_of_a_request_can_be_any_other() {
        let octets = request(&Key::new(), Some(&[]));
        for place in 0..octets.len() {
            for bit in 0..8 {
                let mut changed = octets.clone();
                changed[place] ^= 1 << bit;
                let read = CertificationRequest::read(&changed);
                assert!(!read.is_ok_and(|read| is_its_own(&read)), "octet {place}");
            }
            assert!(CertificationRequest::read(&octets[..place]).is_err());
        }
        assert!(CertificationRequest::read(&[&octets[..], &[0]].concat()).is_err());
    }

    #[test]
    fn whoever_wants_to_be_an_authority_is_found_out() {
        let [ours, microsofts] = EXTENSION_REQUESTS;
        let ca = || extension(19, true, &[0x30, 3, 1, 1, 0xFF]);
        let no_ca = || extension(19, true, &[0x30, 0]);
        let usage = |bits: u8| extension(15, true, &[3, 2, 0, bits]);
        for (attributes, asks) in [
            (vec![], false),
            (vec![asking(ours, &[no_ca(), usage(0x80)])], false),
            (vec![asking(ours, &[ca()])], true),
            (vec![asking(ours, &[usage(0x04)])], true),
            (vec![asking(ours, &[usage(0x02)])], true),
            (vec![asking(microsofts, &[ca()])], true),
            // One before it hides nothing.
            (vec![asking(ours, &[no_ca(), ca()])], true),
            (vec![asking(ours, &[no_ca()]), asking(ours, &[ca()])], true),
            // Nothing is asked for by another attribute.
            (vec![asking(&[0x55, 4, 3], &[ca()])], false),
        ] {
            let octets = request(&Key::new(), Some(&attributes));
            let read = CertificationRequest::read(&octets).unwrap();
            assert_eq!(read.asks_for_authority(), asks);
        }
    }

    #[test]
    fn what_it_asks_for_can_be_read_or_it_is_refused() {
        let [ours, _] = EXTENSION_REQUESTS;
        for broken in [
            vec![0x30, 0x00],
            vec![0x05, 0x00],
            sequence(&[&wrapped(IDENTIFIER, ours)]),
            asking(ours, &[vec![0x05, 0x00]]),
            asking(ours, &[extension(19, true, &[0x30, 3, 1, 1, 1])]),
            asking(ours, &[extension(15, true, &[4, 0])]),
        ] {
            let octets = request(&Key::new(), Some(&[broken]));
            assert!(CertificationRequest::read(&octets).is_err());
        }
    }
}
