//! Public keys, and the one rule for them.

mod verifying;

use std::fmt;
use std::sync::{Arc, OnceLock};

use asn1::BitString;
use aws_lc_rs::digest::{SHA256, digest};

use super::algorithm::{Algorithm, RSASSA_PSS};
use super::identifier::{Hash, Identifier, NULL};
use super::known_keys::KnownKeys;
use super::policy::SignaturePolicy;
use super::pss::Pss;
use super::ready::{Message, ReadyKey};
use crate::Unreadable;
use crate::octets::{BIT_STRING, Elements, IDENTIFIER, INTEGER, SEQUENCE, bits, only, unsigned};
use crate::verdict::Reason;
use crate::{Oid, Sha256};

/// The least RSA modulus that a policy may allow, in bits.
pub const MINIMUM_RSA_BITS: usize = 1024;
/// The greatest RSA modulus, in bits. A verification costs the square of it.
pub use key_rule::MAXIMUM_BITS as MAXIMUM_RSA_BITS;
/// The greatest RSA exponent, in bits. A verification costs as much as it has.
pub use key_rule::MAXIMUM_EXPONENT_BITS as MAXIMUM_RSA_EXPONENT_BITS;

/// Looks that a point of P-256 takes.
const POINT: usize = 96;

const OFF_CURVE: &str = "the point is not on the curve";

/// A `SubjectPublicKeyInfo`, read and judged once. A key that is not used here can be read, so that
/// whoever presents it is told so; nothing verifies with it.
pub struct PublicKey {
    spki: Box<[u8]>,
    sha256: OnceLock<Sha256>,
    kind: Kind,
    ready: OnceLock<Ready>,
}

/// The key ready for one algorithm; nothing: the cryptographic library does not take it.
type Ready = (Algorithm, Option<Arc<ReadyKey>>);

/// The kinds of keys that are used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// rsaEncryption.
    Rsa,
    /// id-RSASSA-PSS, which signs with that padding alone.
    RsaPss,
    /// P-256.
    P256,
    /// P-384.
    P384,
    /// P-521.
    P521,
}

/// What kind of key it is, and whether it is one that is used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// rsaEncryption, or id-RSASSA-PSS with what its parameters ask for.
    Rsa {
        bits: usize,
        /// Multiplications that a verification takes.
        multiplications: usize,
        only: Option<Only>,
    },
    P256,
    P384,
    P521,
    /// Anything else, and why.
    Refused(&'static str),
}

/// A key of id-RSASSA-PSS: no other padding, and the parameters if it has any (RFC 4055 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Only(Option<Pss>);

impl PublicKey {
    /// Reads DER of a `SubjectPublicKeyInfo`, nothing after it.
    ///
    /// # Errors
    /// [`Unreadable`] when it is none. Keys that are not used here are read: see [`Self::judge`].
    pub fn read(spki: &[u8]) -> Result<Self, Unreadable> {
        let info = Info::read(spki)
            .map_err(|_| Unreadable::new("subjectPublicKeyInfo", "is not DER of one"))?;
        Ok(Self {
            spki: spki.into(),
            sha256: OnceLock::new(),
            kind: kind(&info),
            ready: OnceLock::new(),
        })
    }

    /// The DER, as received.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn sha256(&self) -> &Sha256 {
        self.sha256.get_or_init(|| sha256(&self.spki))
    }

    /// The content of the BIT STRING, of RSA keys an `RSAPublicKey`: what key identifiers and CertIDs are
    /// hashes of.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        // It was read, so it is there.
        Info::read(&self.spki).map_or(&[], |info| info.key.as_bytes())
    }

    /// Modulus and exponent of an RSA key, big-endian, also of one that is not used here; nothing for
    /// another kind of key, and for one without such numbers.
    #[must_use]
    pub fn rsa_numbers(&self) -> Option<[&[u8]; 2]> {
        let info = Info::read(&self.spki).ok()?;
        if !(info.algorithm.is(&RSA) || info.algorithm.is(&RSASSA_PSS)) {
            return None;
        }
        rsa_numbers(info.key.as_bytes()).ok()
    }

    /// What kind of key it is; nothing when it is none that is used here.
    #[must_use]
    pub fn kind(&self) -> Option<KeyKind> {
        match self.kind {
            Kind::Rsa { only: None, .. } => Some(KeyKind::Rsa),
            Kind::Rsa { only: Some(_), .. } => Some(KeyKind::RsaPss),
            Kind::P256 => Some(KeyKind::P256),
            Kind::P384 => Some(KeyKind::P384),
            Kind::P521 => Some(KeyKind::P521),
            Kind::Refused(_) => None,
        }
    }

    /// Whether the signature is this key's over these octets, for whoever verifies one alone.
    ///
    /// # Errors
    /// `KeyRefused`, `AlgorithmRefused`, `SignatureInvalid`.
    pub fn verify_alone(
        &self,
        algorithm: Algorithm,
        octets: &[u8],
        signature: &[u8],
        policy: &SignaturePolicy,
    ) -> Result<(), Reason> {
        if !policy.allows(algorithm.hash()) {
            return Err(Reason::AlgorithmRefused);
        }
        self.judge(policy).map_err(|_| Reason::KeyRefused)?;
        self.verify(algorithm, Message::Octets(octets), signature, None)
    }

    /// The rule for keys: RSA of the policy's size up to [`MAXIMUM_RSA_BITS`], an odd modulus, an
    /// odd exponent from 3 to [`MAXIMUM_RSA_EXPONENT_BITS`]; points of P-256, P-384 and P-521.
    ///
    /// # Errors
    /// The rule it breaks, in constant words.
    pub fn judge(&self, policy: &SignaturePolicy) -> Result<(), &'static str> {
        self.judge_among(policy, None)
    }

    /// The same, with keys that are ready already.
    pub(super) fn judge_among(
        &self,
        policy: &SignaturePolicy,
        known: Option<&KnownKeys>,
    ) -> Result<(), &'static str> {
        self.judge_kind(policy)?;
        match self.kind {
            Kind::P256 => self.on_curve(Hash::Sha256, known),
            Kind::P384 => self.on_curve(Hash::Sha384, known),
            Kind::P521 => self.on_curve(Hash::Sha512, known),
            Kind::Rsa { .. } | Kind::Refused(_) => Ok(()),
        }
    }

    /// The same, but for points: to look at one takes as long as reading a certificate. Nor does it say what
    /// was found out of one, for that depends on what others asked.
    pub(super) fn judge_kind(&self, policy: &SignaturePolicy) -> Result<(), &'static str> {
        match self.kind {
            Kind::Refused(rule) => Err(rule),
            Kind::Rsa { bits, .. } if bits < policy.minimum_rsa_bits.max(MINIMUM_RSA_BITS) => {
                Err("the RSA modulus is shorter than allowed")
            }
            _ => Ok(()),
        }
    }

    /// Whether it was found out before that the point is on no curve: that is not paid for again.
    pub(super) fn is_known_off_curve(&self) -> bool {
        matches!(self.ready.get(), Some((_, None)))
    }

    /// Looks that judging it takes: none but for a point that was not looked at.
    pub(crate) fn looks(&self) -> usize {
        match self.kind {
            Kind::Rsa { .. } | Kind::Refused(_) => 0,
            _ if self.ready.get().is_some() => 0,
            Kind::P256 => POINT,
            Kind::P384 => 4 * POINT,
            Kind::P521 => 7 * POINT,
        }
    }

    /// What a verification costs, counted in those with an RSA modulus of 2,048 bits and the exponent
    /// 65537: ten or twenty microseconds.
    pub(super) fn cost(&self) -> u64 {
        match self.kind {
            Kind::Rsa {
                bits,
                multiplications,
                ..
            } => {
                // Both are bounded by the rule for keys: 2^13 bits, 2^7 multiplications.
                let asked = (bits * bits * multiplications).div_ceil(USUAL_RSA);
                u64::try_from(asked).unwrap_or(u64::MAX).max(1)
            }
            Kind::P256 => 3,
            Kind::P384 => 12,
            Kind::P521 => 20,
            Kind::Refused(_) => 1,
        }
    }

    /// Whether a signature can be this key's, by its kind and its length.
    ///
    /// # Errors
    /// `AlgorithmRefused`, `SignatureInvalid`.
    pub(super) fn may_have_made(
        &self,
        algorithm: Algorithm,
        signature: &[u8],
    ) -> Result<(), Reason> {
        if !self.makes(algorithm) {
            return Err(Reason::AlgorithmRefused);
        }
        match self.kind {
            // RFC 8017 8.1.2, 8.2.2: as long as the modulus.
            Kind::Rsa { bits, .. } if signature.len() != bits.div_ceil(8) => {
                Err(Reason::SignatureInvalid)
            }
            _ => Ok(()),
        }
    }

    fn makes(&self, algorithm: Algorithm) -> bool {
        match (self.kind, algorithm) {
            (Kind::Rsa { only: None, .. }, Algorithm::Pkcs1(_) | Algorithm::Pss(_)) => true,
            (
                Kind::Rsa {
                    only: Some(Only(None)),
                    ..
                },
                Algorithm::Pss(_),
            ) => true,
            // The key's salt is the least one.
            (
                Kind::Rsa {
                    only: Some(Only(Some(key))),
                    ..
                },
                Algorithm::Pss(pss),
            ) => key.hash == pss.hash && key.salt <= pss.salt,
            (Kind::P256 | Kind::P384 | Kind::P521, Algorithm::Ecdsa(_)) => true,
            _ => false,
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.kind)
    }
}

pub(crate) fn sha256(octets: &[u8]) -> Sha256 {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, octets).as_ref());
    out
}

/// A SubjectPublicKeyInfo.
struct Info<'a> {
    algorithm: Identifier<'a>,
    key: BitString<'a>,
}

impl<'a> Info<'a> {
    fn read(spki: &'a [u8]) -> Result<Self, Unreadable> {
        let mut parts = Elements::within(spki, SEQUENCE)?;
        let algorithm = Identifier::read(parts.expect(SEQUENCE)?)?;
        let key = bits(parts.expect(BIT_STRING)?)?;
        parts.end()?;
        Ok(Self { algorithm, key })
    }
}

/// Modulus and exponent of an RSAPublicKey.
fn rsa_numbers(octets: &[u8]) -> Result<[&[u8]; 2], Unreadable> {
    let mut parts = Elements::within(octets, SEQUENCE)?;
    let modulus = unsigned(parts.expect(INTEGER)?)?;
    let exponent = unsigned(parts.expect(INTEGER)?)?;
    parts.end()?;
    Ok([modulus, exponent])
}

fn kind(info: &Info<'_>) -> Kind {
    if info.key.padding_bits() != 0 {
        return Kind::Refused("the key has unused bits");
    }
    let octets = info.key.as_bytes();
    let algorithm = &info.algorithm;
    if algorithm.is(&RSA) {
        // RFC 3279 2.3.1: NULL.
        if algorithm.parameters == Some(NULL) {
            rsa(octets, None)
        } else {
            Kind::Refused("the parameters of the RSA key are not NULL")
        }
    } else if algorithm.is(&RSASSA_PSS) {
        match algorithm.parameters.map(Pss::read) {
            None => rsa(octets, Some(Only(None))),
            Some(Some(pss)) => rsa(octets, Some(Only(Some(pss)))),
            Some(None) => Kind::Refused("the parameters of the RSA-PSS key are not used here"),
        }
    } else if algorithm.is(&EC) {
        ec(algorithm.parameters, octets)
    } else {
        Kind::Refused("the key is neither RSA nor on a curve that is used here")
    }
}

fn rsa(octets: &[u8], only: Option<Only>) -> Kind {
    let Ok([modulus, exponent]) = rsa_numbers(octets) else {
        return Kind::Refused("the RSA key cannot be read");
    };
    match key_rule::judge(modulus, exponent) {
        Ok(bits) => Kind::Rsa {
            bits,
            multiplications: multiplications(exponent),
            only,
        },
        Err(rule) => Kind::Refused(rule),
    }
}

/// Of a power: a squaring for each bit but the first, one more for each other bit that is set, and three
/// to get into the form that they are made in, and out of it.
fn multiplications(exponent: &[u8]) -> usize {
    let ones: u32 = exponent.iter().map(|octet| octet.count_ones()).sum();
    // 33 bits at most.
    key_rule::bits_of(exponent) + usize::try_from(ones).unwrap_or(usize::MAX) + 1
}

/// The square of 2,048 bits, for each of the multiplications by 65537.
const USUAL_RSA: usize = 2048 * 2048 * 20;

/// RFC 5480 2.1.1: a named curve; 2.2: a point, uncompressed.
fn ec(parameters: Option<&[u8]>, octets: &[u8]) -> Kind {
    let named = parameters.and_then(|der| only(der, IDENTIFIER).ok());
    let (kind, field) = match named {
        Some(curve) if curve == P256.as_der() => (Kind::P256, 32),
        Some(curve) if curve == P384.as_der() => (Kind::P384, 48),
        Some(curve) if curve == P521.as_der() => (Kind::P521, 66),
        _ => return Kind::Refused("the curve is none of P-256, P-384 and P-521"),
    };
    if octets.len() == 1 + 2 * field && octets[0] == 0x04 {
        kind
    } else {
        Kind::Refused("the point is not an uncompressed one of its curve")
    }
}

static RSA: Oid = asn1::oid!(1, 2, 840, 113549, 1, 1, 1);
static EC: Oid = asn1::oid!(1, 2, 840, 10045, 2, 1);
static P256: Oid = asn1::oid!(1, 2, 840, 10045, 3, 1, 7);
static P384: Oid = asn1::oid!(1, 3, 132, 0, 34);
static P521: Oid = asn1::oid!(1, 3, 132, 0, 35);
