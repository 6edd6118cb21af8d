//! What stands around the entries of a `TBSCertList`.

use super::fields::CrlFields;
use crate::der::{header_len, put_header, tag, tlv_len};
use crate::error::Result;

/// The parts of a list that do not depend on its entries, checked and encoded.
pub(super) struct Frame {
    opening: Vec<u8>,
    tail: Vec<u8>,
}

impl Frame {
    /// # Errors
    /// `Malformed` when the issuer or the distribution point does not parse; `InvalidArgument` for
    /// an empty issuer or key identifier and a next update that is not later.
    pub(super) fn new(fields: &CrlFields<'_>) -> Result<Self> {
        Ok(Self {
            opening: fields.opening()?,
            tail: fields.extensions()?,
        })
    }

    /// Everything in front of the first entry, headers included, when the entries have so many
    /// octets.
    pub(super) fn head(&self, entries_len: usize) -> Vec<u8> {
        // RFC 5280 5.1.2.6: the list of entries is absent, not empty, when nothing is revoked.
        let list_len = if entries_len == 0 {
            0
        } else {
            tlv_len(entries_len)
        };
        let content_len = self.opening.len() + list_len + self.tail.len();
        let mut head = Vec::with_capacity(header_len(content_len) + self.opening.len() + 8);
        put_header(&mut head, tag::SEQUENCE, content_len);
        head.extend_from_slice(&self.opening);
        if entries_len > 0 {
            put_header(&mut head, tag::SEQUENCE, entries_len);
        }
        head
    }

    /// Everything behind the last entry.
    pub(super) fn tail(&self) -> &[u8] {
        &self.tail
    }
}
