//! Distribution points (RFC 5280 4.2.1.13), as certificates have them and a list has its own
//! (5.2.5).

use asn1::{SetOf, SimpleAsn1Readable, Tlv};

use crate::Unreadable;
use crate::names::{GeneralName, Name, each_general_name, general_names_at_most};
use crate::octets::{Element, Elements, SEQUENCE, SET, bits, only, wrapped};

/// The most names of one point that are read, and of one cRLIssuer: each list of an issuer is asked for
/// by each of them.
pub(crate) const MOST_NAMES: usize = 1024;

/// The name of a distribution point (RFC 5280 4.2.1.13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PointName {
    /// fullName.
    Full(Vec<GeneralName>),
    /// nameRelativeToCRLIssuer: the DER of the one RelativeDistinguishedName.
    Relative(Box<[u8]>),
}

impl PointName {
    /// What a DistributionPointName says.
    pub(crate) fn of(name: &Element<'_>) -> Result<Self, Unreadable> {
        if name.tag == 0xA0 {
            let names = general_names_at_most(name.content, MOST_NAMES)?;
            Ok(Self::Full(names))
        } else {
            // The implicit tag stands for SET: the RDN as it would be inside a name.
            Ok(Self::Relative(name.content.into()))
        }
    }
}

/// A DistributionPoint, a piece of the octets that were read.
pub(crate) struct DistributionPoint<'a> {
    /// Its name: fullName, \[0\] around GeneralNames, or nameRelativeToCRLIssuer, \[1\] in the place of
    /// the SET that an RDN is.
    pub(crate) name: Option<Element<'a>>,
    /// Content of ReasonFlags.
    pub(crate) reasons: Option<&'a [u8]>,
    /// Content of the GeneralNames of cRLIssuer.
    pub(crate) issuers: Option<&'a [u8]>,
}

impl<'a> DistributionPoint<'a> {
    fn read(content: &'a [u8]) -> Result<Self, Unreadable> {
        let mut fields = Elements::new(content);
        let name = match fields.optional(0xA0)? {
            Some(field) => Some(point_name(field.content)?),
            None => None,
        };
        let reasons = fields.optional(0x81)?.map(|field| field.content);
        if let Some(content) = reasons {
            bits(content)?;
        }
        let issuers = fields.optional(0xA2)?.map(|field| field.content);
        if let Some(content) = issuers {
            each_general_name(content, |_| Ok(()))?;
        }
        fields.end()?;
        Ok(Self {
            name,
            reasons,
            issuers,
        })
    }
}

/// Acts on each point of a cRLDistributionPoints or freshestCRL.
pub(crate) fn each<'a>(
    value: &'a [u8],
    mut act: impl FnMut(DistributionPoint<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut all = Elements::within(value, SEQUENCE)?;
    while !all.is_empty() {
        act(DistributionPoint::read(all.expect(SEQUENCE)?)?)?;
    }
    Ok(())
}

/// A point's names, a relative one put below the issuer it is relative to.
pub(crate) fn full_names(name: &PointName, issuer: &Name) -> Vec<GeneralName> {
    match name {
        PointName::Full(names) => names.clone(),
        PointName::Relative(attributes) => {
            let below = || {
                let mut names = only(issuer.der(), SEQUENCE).ok()?.to_vec();
                names.extend(wrapped(SET, attributes));
                Name::read(&wrapped(SEQUENCE, &names)).ok()
            };
            below().map(GeneralName::Directory).into_iter().collect()
        }
    }
}

/// Reads a DistributionPointName out of the explicit tag that holds it.
pub(crate) fn point_name(content: &[u8]) -> Result<Element<'_>, Unreadable> {
    let mut elements = Elements::new(content);
    let name = elements.any()?;
    elements.end()?;
    match name.tag {
        0xA0 => each_general_name(name.content, |_| Ok(()))?,
        0xA1 => {
            SetOf::<Tlv<'_>>::parse_data(name.content)?;
        }
        _ => {
            return Err(Unreadable::new(
                "distributionPoint",
                "must be a DistributionPointName",
            ));
        }
    }
    Ok(name)
}
