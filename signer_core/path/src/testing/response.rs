//! OCSP responses.

use aws_lc_rs::digest;

use super::key::Key;
use super::{DAY, NOW, generalized, name, sequence};
use crate::certificate::Certificate;
use crate::ocsp::OcspResponse;
use crate::octets::wrapped;

/// A response about one certificate in the making.
pub(crate) struct MadeResponse {
    hash: (&'static digest::Algorithm, Vec<u8>),
    status: Vec<u8>,
    window: (i64, Option<i64>),
    certificates: Vec<Vec<u8>>,
    /// The responder's, where that is how the response names it.
    name: Option<Vec<u8>>,
}

impl MadeResponse {
    pub(crate) fn good() -> Self {
        Self {
            hash: (
                &digest::SHA1_FOR_LEGACY_USE_ONLY,
                vec![0x2B, 0x0E, 3, 2, 0x1A],
            ),
            status: vec![0x80, 0],
            window: (NOW - DAY, Some(NOW + DAY)),
            certificates: Vec::new(),
            name: None,
        }
    }

    pub(crate) fn revoked(at: i64) -> Self {
        Self {
            status: wrapped(0xA1, &generalized(at)),
            ..Self::good()
        }
    }

    /// With a CRLReason.
    pub(crate) fn revoked_for(at: i64, reason: u8) -> Self {
        let reason = wrapped(0xA0, &[10, 1, reason]);
        Self {
            status: wrapped(0xA1, &[generalized(at), reason].concat()),
            ..Self::good()
        }
    }

    pub(crate) fn unknown() -> Self {
        Self {
            status: vec![0x82, 0],
            ..Self::good()
        }
    }

    /// SHA-2: 1, 2, 3 for 256, 384, 512 bits.
    pub(crate) fn sha2(mut self, size: u8) -> Self {
        let function = [&digest::SHA256, &digest::SHA384, &digest::SHA512];
        let oid = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, size];
        self.hash = (function[usize::from(size) - 1], oid.to_vec());
        self
    }

    pub(crate) fn window(mut self, from: i64, until: Option<i64>) -> Self {
        self.window = (from, until);
        self
    }

    pub(crate) fn certificate(mut self, certificate: &Certificate) -> Self {
        self.certificates.push(certificate.octets().to_vec());
        self
    }

    pub(crate) fn by_name(mut self, responder: &str) -> Self {
        self.name = Some(name(responder));
        self
    }

    /// About this certificate, signed by this key.
    pub(crate) fn sign(&self, about: &Certificate, issuer: &Key, responder: &Key) -> OcspResponse {
        self.signed(&self.single(about, issuer), responder)
    }

    /// These answers in one response, all about one certificate, signed by its issuer.
    pub(crate) fn several(answers: &[Self], about: &Certificate, issuer: &Key) -> OcspResponse {
        Self::about_all(answers, std::slice::from_ref(about), issuer)
    }

    /// Each of these answers about each of these certificates, signed by their issuer.
    pub(crate) fn about_all(answers: &[Self], about: &[Certificate], issuer: &Key) -> OcspResponse {
        let singles = about
            .iter()
            .flat_map(|about| answers.iter().map(|one| one.single(about, issuer)));
        Self::good().signed(&singles.collect::<Vec<_>>().concat(), issuer)
    }

    fn single(&self, about: &Certificate, issuer: &Key) -> Vec<u8> {
        let (function, oid) = &self.hash;
        let hash = |octets: &[u8]| wrapped(4, digest::digest(function, octets).as_ref());
        let id = sequence(&[
            &sequence(&[&wrapped(6, oid), &[5, 0]]),
            &hash(about.issuer().der()),
            &hash(issuer.bits()),
            &wrapped(2, about.serial()),
        ]);
        let next = self.window.1.map(|next| wrapped(0xA0, &generalized(next)));
        sequence(&[
            &id,
            &self.status,
            &generalized(self.window.0),
            &next.unwrap_or_default(),
        ])
    }

    fn signed(&self, singles: &[u8], responder: &Key) -> OcspResponse {
        let who = match &self.name {
            Some(name) => wrapped(0xA1, name),
            None => wrapped(0xA2, &wrapped(4, &responder.identifier())),
        };
        let data = sequence(&[&who, &generalized(self.window.0), &sequence(&[singles])]);
        let mut basic = responder.sign(&data);
        if !self.certificates.is_empty() {
            let mut parts = crate::octets::Elements::new(&basic);
            let content = parts.expect(0x30).unwrap();
            let certificates = wrapped(0xA0, &wrapped(0x30, &self.certificates.concat()));
            basic = sequence(&[content, &certificates]);
        }
        let kind = [6, 9, 0x2B, 6, 1, 5, 5, 7, 48, 1, 1];
        let bytes = sequence(&[&kind, &wrapped(4, &basic)]);
        OcspResponse::read(sequence(&[&[0x0A, 1, 0], &wrapped(0xA0, &bytes)])).unwrap()
    }
}
