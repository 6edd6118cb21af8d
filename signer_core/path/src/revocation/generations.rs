//! Keys of one name, of which one may have made a certificate.

use std::collections::HashMap;

use crate::certificate::Certificate;

/// Certificates of one name, each with a key that may be another generation of the same authority, and
/// found by the identifier that whoever it certified names.
pub(super) struct Generations<'a> {
    all: Vec<&'a Certificate>,
    /// By key identifier, first those whose is a hash of their key.
    identified: HashMap<&'a [u8], Vec<&'a Certificate>>,
}

impl<'a> Generations<'a> {
    pub(super) fn new(certificates: impl Iterator<Item = &'a Certificate>) -> Self {
        let mut all: Vec<_> = certificates.collect();
        all.sort_by_key(|one| !one.has_identifier_of_key());
        let mut identified: HashMap<_, Vec<_>> = HashMap::new();
        for one in &all {
            if let Some(identifier) = one.subject_key_identifier() {
                identified.entry(identifier).or_default().push(*one);
            }
        }
        Self { all, identified }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a certificate names one of the keys by its hash, which whoever copies it has not.
    pub(super) fn is_named_by(&self, certificate: &Certificate) -> bool {
        let first = self.agreeing(certificate).first();
        first.is_some_and(|one| one.has_identifier_of_key())
    }

    /// Those that may have made a certificate, the likeliest first: those alone that it names by a hash of
    /// their key, else those that have the identifier that it names, and the rest.
    pub(super) fn likely_of<'b>(
        &'b self,
        certificate: &'b Certificate,
    ) -> impl Iterator<Item = &'a Certificate> + use<'a, 'b> {
        let named = named(certificate);
        let by_hash = self.is_named_by(certificate);
        let agreeing = self.agreeing(certificate).iter();
        let likely = agreeing.filter(move |one| !by_hash || one.has_identifier_of_key());
        let agrees =
            move |one: &Certificate| named.is_some() && named == one.subject_key_identifier();
        let rest = self.all.iter().filter(move |one| !by_hash && !agrees(one));
        likely.chain(rest).copied()
    }

    fn agreeing(&self, certificate: &Certificate) -> &[&'a Certificate] {
        let found = named(certificate).and_then(|it| self.identified.get(it));
        found.map_or(&[], Vec::as_slice)
    }
}

/// The key identifier that a certificate says is its issuer's.
fn named(certificate: &Certificate) -> Option<&[u8]> {
    certificate.authority_key_identifier()?.key_identifier
}
