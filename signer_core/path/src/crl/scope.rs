//! What a list says it is about: issuingDistributionPoint (RFC 5280 5.2.5) and reasons.

use crate::Unreadable;
use crate::distribution::{PointName, point_name};
use crate::names::{GeneralName, Name};
use crate::octets::{Elements, SEQUENCE, bits, boolean};

/// Reasons for revocation, as a set of the bits of ReasonFlags (RFC 5280 4.2.1.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reasons(u16);

impl Reasons {
    /// None yet.
    pub const NONE: Self = Self(0);
    /// Every reason there is: bits 1 to 8.
    pub const ALL: Self = Self(0b1_1111_1110);

    /// Reads the content of a ReasonFlags BIT STRING. Bits that mean nothing count for nothing.
    pub(crate) fn read(content: &[u8]) -> Result<Self, Unreadable> {
        let fault = Unreadable::new("reasons", "must be a bit string of RFC 5280 4.2.1.13");
        let bits = bits(content).map_err(|_| fault)?.as_bytes();
        let mut set = 0;
        for (number, octet) in bits.iter().take(2).enumerate() {
            for bit in 0..8 {
                if octet & (0x80 >> bit) != 0 {
                    set |= 1 << (number * 8 + bit);
                }
            }
        }
        Ok(Self(set & Self::ALL.0))
    }

    /// Those in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every one of these is in `other`.
    #[must_use]
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// An issuingDistributionPoint; the default is that of a list without one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// distributionPoint.
    pub point: Option<PointName>,
    /// onlyContainsUserCerts.
    pub users_only: bool,
    /// onlyContainsCACerts.
    pub authorities_only: bool,
    /// onlyContainsAttributeCerts.
    pub attributes_only: bool,
    /// indirectCRL.
    pub indirect: bool,
    /// onlySomeReasons; none: all.
    pub reasons: Option<Reasons>,
}

impl Scope {
    /// Whether both cover the same certificates. RFC 5280 6.3.3 (b)(2)(i) lets a list speak for a
    /// certificate when one name of its point is one of the certificate's; so two points are the same
    /// when they have a directory name in common and agree in all that limits them. A URI says where
    /// a list is fetched, and may change while certificates that carry the old one are in use.
    #[must_use]
    pub fn covers_the_same(&self, other: &Self) -> bool {
        let limits = |one: &Self| Self {
            point: None,
            ..one.clone()
        };
        limits(self) == limits(other)
            && self
                .directories()
                .any(|one| other.directories().any(|two| one == two))
    }

    fn directories(&self) -> impl Iterator<Item = &Name> {
        let names = match &self.point {
            Some(PointName::Full(names)) => names.as_slice(),
            _ => &[],
        };
        names.iter().filter_map(|name| match name {
            GeneralName::Directory(name) => Some(name),
            _ => None,
        })
    }

    /// Reads the extension's value.
    ///
    /// # Errors
    /// [`Unreadable`] when it is none of RFC 5280 5.2.5.
    pub fn read(value: &[u8]) -> Result<Self, Unreadable> {
        let fault = Unreadable::new(
            "issuingDistributionPoint",
            "must be a value of RFC 5280 5.2.5",
        );
        let mut elements = Elements::within(value, SEQUENCE).map_err(|_| fault)?;
        let mut scope = Self::default();
        let mut last = None;
        while let Some(element) = elements.next_if_any().map_err(|_| fault)? {
            let number = element.tag & 0x1F;
            if last.is_some_and(|last| last >= number) {
                return Err(fault);
            }
            last = Some(number);
            match element.tag {
                0xA0 => scope.point = Some(PointName::of(&point_name(element.content)?)?),
                0x81 => scope.users_only = boolean(element.content).map_err(|_| fault)?,
                0x82 => scope.authorities_only = boolean(element.content).map_err(|_| fault)?,
                0x83 => scope.reasons = Some(Reasons::read(element.content)?),
                0x84 => scope.indirect = boolean(element.content).map_err(|_| fault)?,
                0x85 => scope.attributes_only = boolean(element.content).map_err(|_| fault)?,
                _ => return Err(fault),
            }
        }
        let only = [
            scope.users_only,
            scope.authorities_only,
            scope.attributes_only,
        ];
        if only.iter().filter(|only| **only).count() > 1 {
            return Err(Unreadable::new(
                "issuingDistributionPoint",
                "must be about one kind of certificates at most",
            ));
        }
        Ok(scope)
    }
}
