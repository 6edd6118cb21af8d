//! The objects in some octets.

use super::LeftOut;
use super::pem::parts;
use crate::Unreadable;
use crate::certificate::Certificate;
use crate::crl::{MAX_OCTETS, RevocationList};
use crate::ocsp::OcspResponse;
use crate::octets::{ENUMERATED, Elements, INTEGER, SEQUENCE};
use crate::time::{GENERALIZED_TIME, UTC_TIME};

/// What was read from one file, or one answer: certificates, revocation lists, OCSP responses.
#[derive(Default)]
pub struct Material {
    certificates: Vec<Certificate>,
    lists: Vec<RevocationList>,
    responses: Vec<OcspResponse>,
    left_out: Vec<LeftOut>,
    objects: usize,
    /// Why what should be a certificate, before any that can be read, is none.
    first_unread: Option<Unreadable>,
}

impl Material {
    /// Reads PEM, with any text before, between and after its parts, or one DER object.
    ///
    /// Nothing in it ends the rest: what cannot be read is left out and told in
    /// [`Material::left_out`].
    #[must_use]
    pub fn read(octets: &[u8]) -> Self {
        let mut material = Self::default();
        let Some(parts) = parts(octets) else {
            material.take(octets);
            material.note_first_unread();
            return material;
        };
        for part in parts {
            let before = material.left_out.len();
            match part.octets() {
                Ok(octets) if is_read(part.label) => material.take(&octets),
                Ok(_) => material.leave_out(Unreadable::new(
                    "pem",
                    "must be a certificate, a revocation list or an OCSP response",
                )),
                Err(why) => material.leave_out(why),
            }
            if is_certificate(part.label) && material.left_out.len() > before {
                material.note_first_unread();
            }
        }
        if material.objects == 0 {
            material.leave_out(Unreadable::new("octets", "must be DER or PEM"));
        }
        material
    }

    /// What was read before, as if it had come together.
    #[must_use]
    pub fn of(certificates: Vec<Certificate>, lists: Vec<RevocationList>) -> Self {
        Self {
            objects: certificates.len() + lists.len(),
            certificates,
            lists,
            ..Self::default()
        }
    }

    /// The certificates, in the order they came.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The first certificate. Whatever is not one may stand before it: a private key does in many
    /// files.
    ///
    /// # Errors
    /// Why the first that should be one is none.
    pub fn first_certificate(&self) -> Result<&Certificate, Unreadable> {
        match self.first_unread {
            Some(why) => Err(why),
            None => self
                .certificates
                .first()
                .ok_or(Unreadable::new("certificate", "must be a certificate")),
        }
    }

    /// The revocation lists, in the order they came.
    #[must_use]
    pub fn lists(&self) -> &[RevocationList] {
        &self.lists
    }

    /// The OCSP responses, in the order they came.
    #[must_use]
    pub fn responses(&self) -> &[OcspResponse] {
        &self.responses
    }

    /// What could not be read, and why.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    fn take(&mut self, octets: &[u8]) {
        let taken = match kind(octets) {
            Some(Kind::Certificate) => {
                Certificate::read(octets).map(|one| self.certificates.push(one))
            }
            Some(Kind::List) => RevocationList::read_whatever_is_critical(octets, MAX_OCTETS)
                .map(|one| self.lists.push(one)),
            Some(Kind::Response) => OcspResponse::read(octets).map(|one| self.responses.push(one)),
            None => Err(Unreadable::new(
                "octets",
                "must be a certificate, a revocation list or an OCSP response",
            )),
        };
        match taken {
            Ok(()) => self.objects += 1,
            Err(why) => self.leave_out(why),
        }
    }

    fn note_first_unread(&mut self) {
        if self.certificates.is_empty() && self.first_unread.is_none() {
            self.first_unread = self.left_out.last().map(|one| one.why);
        }
    }

    fn leave_out(&mut self, why: Unreadable) {
        self.left_out.push(LeftOut {
            place: self.objects,
            why,
        });
        self.objects += 1;
    }
}

enum Kind {
    Certificate,
    List,
    Response,
}

/// What some DER is, by what tells one from another. Whether it is one is for its reader.
fn kind(octets: &[u8]) -> Option<Kind> {
    let mut outer = Elements::within(octets, SEQUENCE).ok()?;
    let first = outer.next_element().ok()?;
    match first.tag {
        ENUMERATED => Some(Kind::Response),
        SEQUENCE => {
            let mut fields = Elements::new(first.content);
            // A list has: [version], algorithm, name, time. A certificate: [version], serial number,
            // algorithm, name, a SEQUENCE of two times.
            let mut tags = [0; 4];
            for tag in &mut tags {
                *tag = fields.next_if_any().ok()?.map_or(0, |field| field.tag);
            }
            match tags {
                [SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, _]
                | [INTEGER, SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME] => Some(Kind::List),
                _ => Some(Kind::Certificate),
            }
        }
        _ => None,
    }
}

/// Whether parts of this label are read; labels of before RFC 7468 are in use still.
fn is_read(label: &[u8]) -> bool {
    is_certificate(label) || matches!(label, b"X509 CRL" | b"CRL" | b"OCSP RESPONSE")
}

fn is_certificate(label: &[u8]) -> bool {
    matches!(label, b"CERTIFICATE" | b"X509 CERTIFICATE")
}
