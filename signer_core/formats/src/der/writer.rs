//! The buffer every structure is appended to.

use super::length::{put_header, significant_octets, strip_leading_zeros, unsigned_content_len};
use super::oid::ObjectIdentifier;
use super::tag;
use super::time::Time;
use crate::error::{Error, Result};

/// Appends DER elements to one growing buffer.
#[derive(Debug, Default, Clone)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty writer that holds `octets` before it has to grow.
    #[must_use]
    pub fn with_capacity(octets: usize) -> Self {
        Self {
            out: Vec::with_capacity(octets),
        }
    }

    /// What was written, without a copy.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.out
    }

    /// What was written so far.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.out
    }

    /// Octets written so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing was written yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Empties the writer and keeps its memory, for the next structure of a batch.
    pub fn clear(&mut self) {
        self.out.clear();
    }

    /// Appends octets that are whole DER elements already.
    #[inline]
    pub fn raw(&mut self, elements: &[u8]) {
        self.out.extend_from_slice(elements);
    }

    /// Tag and length of an element whose `content_len` octets the caller writes next.
    #[inline]
    pub fn header(&mut self, tag: u8, content_len: usize) {
        put_header(&mut self.out, tag, content_len);
    }

    /// One element of this tag and content.
    #[inline]
    pub fn tlv(&mut self, tag: u8, content: &[u8]) {
        self.header(tag, content.len());
        self.raw(content);
    }

    /// One element whose content `write` appends; its length is filled in afterwards, moving the
    /// content by up to a few octets when it is 128 or longer. Returns what `write` returns: when
    /// that is an error, drop the writer, as the element is incomplete in meaning.
    pub fn nested<R>(&mut self, tag: u8, write: impl FnOnce(&mut Self) -> R) -> R {
        self.out.extend_from_slice(&[tag, 0]);
        let start = self.out.len();
        let result = write(self);
        let content_len = self.out.len() - start;
        if content_len < 0x80 {
            self.out[start - 1] = content_len.to_le_bytes()[0];
        } else {
            let octets = significant_octets(content_len);
            self.out[start - 1] = 0x80 | octets.to_le_bytes()[0];
            let digits = content_len.to_be_bytes();
            self.out.extend_from_slice(&digits[digits.len() - octets..]);
            self.out[start..].rotate_right(octets);
        }
        result
    }

    /// SEQUENCE.
    pub fn sequence<R>(&mut self, write: impl FnOnce(&mut Self) -> R) -> R {
        self.nested(tag::SEQUENCE, write)
    }

    /// SET with one member, or members the caller gives in DER order.
    pub fn set<R>(&mut self, write: impl FnOnce(&mut Self) -> R) -> R {
        self.nested(tag::SET, write)
    }

    /// SET OF: whole elements, put in DER order here (X.690 11.6).
    pub fn set_of(&mut self, mut elements: Vec<Vec<u8>>) {
        elements.sort_unstable();
        self.header(tag::SET, elements.iter().map(Vec::len).sum());
        for element in &elements {
            self.raw(element);
        }
    }

    /// `[n]` EXPLICIT, or IMPLICIT over a constructed type.
    pub fn context<R>(&mut self, n: u8, write: impl FnOnce(&mut Self) -> R) -> R {
        self.nested(tag::context_constructed(n), write)
    }

    /// BOOLEAN. DER leaves a member out when it equals its DEFAULT: that is the caller's part.
    pub fn boolean(&mut self, value: bool) {
        self.tlv(tag::BOOLEAN, &[if value { 0xff } else { 0 }]);
    }

    /// NULL.
    pub fn null(&mut self) {
        self.tlv(tag::NULL, &[]);
    }

    /// INTEGER from a big-endian unsigned number; leading zeros are dropped, empty means 0.
    #[inline]
    pub fn unsigned(&mut self, big_endian: &[u8]) {
        let digits = strip_leading_zeros(big_endian);
        let content_len = unsigned_content_len(digits);
        self.header(tag::INTEGER, content_len);
        if content_len > digits.len() {
            self.out.push(0);
        }
        self.raw(digits);
    }

    /// INTEGER from a machine number.
    pub fn unsigned_u64(&mut self, value: u64) {
        self.unsigned(&value.to_be_bytes());
    }

    /// ENUMERATED with a value below 128, which every enumeration of X.509 and OCSP has.
    ///
    /// # Errors
    /// `InvalidArgument` from 128 on.
    pub fn enumerated(&mut self, value: u8) -> Result<()> {
        if value > 0x7f {
            return Err(Error::invalid(
                "enumerated",
                format!("{value} is above 127"),
            ));
        }
        self.tlv(tag::ENUMERATED, &[value]);
        Ok(())
    }

    /// OBJECT IDENTIFIER.
    #[inline]
    pub fn oid(&mut self, oid: &ObjectIdentifier) {
        self.tlv(tag::OID, oid.as_bytes());
    }

    /// `AlgorithmIdentifier` with NULL parameters, as RSA signatures carry (RFC 4055 section 5).
    pub fn algorithm_with_null(&mut self, oid: &ObjectIdentifier) {
        self.sequence(|w| {
            w.oid(oid);
            w.null();
        });
    }

    /// OCTET STRING.
    pub fn octet_string(&mut self, content: &[u8]) {
        self.tlv(tag::OCTET_STRING, content);
    }

    /// BIT STRING of whole octets: signatures and keys.
    pub fn bit_string(&mut self, octets: &[u8]) {
        self.header(tag::BIT_STRING, octets.len() + 1);
        self.out.push(0);
        self.raw(octets);
    }

    /// BIT STRING of a named bit list (keyUsage and its like): bit 0 is the lowest bit of `bits`.
    /// Trailing zero bits are dropped (X.690 11.2.2).
    pub fn named_bits(&mut self, bits: u16) {
        // A named bit list counts from the most significant bit of the first octet.
        let octets = bits.reverse_bits().to_be_bytes();
        let used = usize::try_from(u16::BITS - bits.leading_zeros()).unwrap_or(0);
        let len = used.div_ceil(8);
        let unused = len * 8 - used;
        self.header(tag::BIT_STRING, len + 1);
        self.out.push(unused.to_le_bytes()[0]);
        self.raw(&octets[..len]);
    }

    /// UTF8String.
    pub fn utf8_string(&mut self, text: &str) {
        self.tlv(tag::UTF8_STRING, text.as_bytes());
    }

    /// PrintableString.
    ///
    /// # Errors
    /// `InvalidArgument` when a character is outside the type's repertoire (X.680 41.4).
    pub fn printable_string(&mut self, text: &str) -> Result<()> {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&c);
        if !text.bytes().all(allowed) {
            return Err(Error::invalid(
                "text",
                "holds a character PrintableString does not have",
            ));
        }
        self.tlv(tag::PRINTABLE_STRING, text.as_bytes());
        Ok(())
    }

    /// IA5String under `tag`, which is [`tag::IA5_STRING`] or an IMPLICIT context tag.
    ///
    /// # Errors
    /// `InvalidArgument` when the text is not ASCII.
    pub fn ia5_string(&mut self, tag: u8, text: &str) -> Result<()> {
        if !text.is_ascii() {
            return Err(Error::invalid(
                "text",
                "holds a character IA5String does not have",
            ));
        }
        self.tlv(tag, text.as_bytes());
        Ok(())
    }

    /// UTCTime through 2049, GeneralizedTime from 2050 on (RFC 5280 4.1.2.5).
    #[inline]
    pub fn time(&mut self, time: &Time) {
        let (tag, content) = time.rfc5280();
        self.tlv(tag, content);
    }

    /// GeneralizedTime whatever the year, as OCSP asks.
    pub fn generalized_time(&mut self, time: &Time) {
        self.tlv(tag::GENERALIZED_TIME, time.generalized());
    }

    /// `Extension` (RFC 5280 4.1): `value` is the extension's own DER; `critical` only when true.
    pub fn extension(&mut self, oid: &ObjectIdentifier, critical: bool, value: &[u8]) {
        self.sequence(|w| {
            w.oid(oid);
            if critical {
                w.boolean(true);
            }
            w.octet_string(value);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::asn1::{BitStringRef, UintRef};
    use der::{Decode, Encode};

    fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut w = Writer::new();
        write(&mut w);
        w.into_vec()
    }

    #[test]
    fn unsigned_integers_agree_with_the_der_crate() {
        for number in [
            &[0_u8][..],
            &[0, 0, 1],
            &[0x7f],
            &[0x80],
            &[0xff; 20],
            &[0x01; 200],
        ] {
            let theirs = UintRef::new(number).unwrap().to_der().unwrap();
            assert_eq!(written(|w| w.unsigned(number)), theirs);
        }
        assert_eq!(written(|w| w.unsigned(&[])), [2, 1, 0]);
    }

    #[test]
    fn nested_lengths_are_right_around_every_boundary() {
        for len in [
            0_usize, 1, 125, 126, 127, 128, 253, 254, 255, 256, 65_535, 65_536,
        ] {
            let inner = vec![0x5a; len];
            let nested = written(|w| w.sequence(|w| w.octet_string(&inner)));
            let flat = written(|w| {
                w.header(tag::SEQUENCE, super::super::tlv_len(len));
                w.octet_string(&inner);
            });
            assert_eq!(nested, flat, "length {len}");
        }
    }

    #[test]
    fn named_bits_drop_trailing_zeros() {
        assert_eq!(written(|w| w.named_bits(0)), [3, 1, 0]);
        // digitalSignature and nonRepudiation: bits 0 and 1.
        assert_eq!(written(|w| w.named_bits(0b11)), [3, 2, 6, 0xc0]);
        // keyCertSign and cRLSign: bits 5 and 6.
        assert_eq!(written(|w| w.named_bits(0b110_0000)), [3, 2, 1, 0x06]);
        // decipherOnly: bit 8 takes a second octet.
        assert_eq!(written(|w| w.named_bits(1 << 8)), [3, 3, 7, 0, 0x80]);
        assert_eq!(written(|w| w.named_bits(0xffff)), [3, 3, 0, 0xff, 0xff]);
    }

    #[test]
    fn bit_strings_read_back() {
        let der = written(|w| w.bit_string(&[1, 2, 3]));
        assert_eq!(BitStringRef::from_der(&der).unwrap().raw_bytes(), [1, 2, 3]);
    }

    #[test]
    fn set_of_sorts_its_members() {
        let der = written(|w| w.set_of(vec![vec![4, 1, 9], vec![2, 1, 3], vec![4, 1, 1]]));
        assert_eq!(der, [0x31, 9, 2, 1, 3, 4, 1, 1, 4, 1, 9]);
    }

    #[test]
    fn restricted_strings_refuse_what_they_lack() {
        let mut w = Writer::new();
        assert!(w.printable_string("Tokyo-to (13)").is_ok());
        assert!(w.printable_string("a*b").is_err());
        assert!(w.printable_string("東京").is_err());
        assert!(w.ia5_string(tag::IA5_STRING, "http://例").is_err());
        assert!(w.enumerated(128).is_err());
    }

    #[test]
    fn extensions_leave_out_a_false_critical() {
        let plain = written(|w| w.extension(&super::super::oid::CRL_NUMBER, false, &[2, 1, 1]));
        assert_eq!(plain, [0x30, 10, 6, 3, 0x55, 0x1d, 20, 4, 3, 2, 1, 1]);
        let critical = written(|w| w.extension(&super::super::oid::CRL_NUMBER, true, &[2, 1, 1]));
        assert_eq!(critical[1], 13);
        assert_eq!(critical[7..10], [1, 1, 0xff]);
    }
}
