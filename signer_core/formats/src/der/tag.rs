//! Identifier octets (X.690 8.1.2); every tag this project writes has a number below 31.

/// BOOLEAN.
pub const BOOLEAN: u8 = 0x01;
/// INTEGER.
pub const INTEGER: u8 = 0x02;
/// BIT STRING, primitive.
pub const BIT_STRING: u8 = 0x03;
/// OCTET STRING, primitive.
pub const OCTET_STRING: u8 = 0x04;
/// NULL.
pub const NULL: u8 = 0x05;
/// OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;
/// ENUMERATED.
pub const ENUMERATED: u8 = 0x0a;
/// UTF8String.
pub const UTF8_STRING: u8 = 0x0c;
/// PrintableString.
pub const PRINTABLE_STRING: u8 = 0x13;
/// IA5String.
pub const IA5_STRING: u8 = 0x16;
/// UTCTime.
pub const UTC_TIME: u8 = 0x17;
/// GeneralizedTime.
pub const GENERALIZED_TIME: u8 = 0x18;
/// SEQUENCE and SEQUENCE OF, constructed.
pub const SEQUENCE: u8 = 0x30;
/// SET and SET OF, constructed.
pub const SET: u8 = 0x31;

/// `[n]` context-specific, primitive: IMPLICIT over a primitive type. `n` is below 31.
#[must_use]
pub const fn context(n: u8) -> u8 {
    assert!(n < 31, "multi-octet tags are not written here");
    0x80 | n
}

/// `[n]` context-specific, constructed: EXPLICIT, or IMPLICIT over a constructed type.
#[must_use]
pub const fn context_constructed(n: u8) -> u8 {
    context(n) | 0x20
}
