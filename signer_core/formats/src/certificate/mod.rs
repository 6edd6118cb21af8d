//! The certificate engine: profiles as data, one builder, one independent check for every kind.
//!
//! A [`Profile`] says of one kind of certificate which extensions it has, in what order, how
//! critical, and within what bounds; the values come with each certificate as [`Asked`], from a
//! request and from the authority's policy. [`build`] writes `TBSCertificate` DER and hands it to
//! the check, which takes the bytes apart with a parser this crate did not write and compares every
//! field with what was asked and with the profile. Only that check makes a [`CheckedTbs`], the one
//! thing that can be signed, and it can be signed once.
//!
//! Bytes that were stored before their signature, and taken up after a crash, become a
//! [`CheckedTbs`] again through the same check alone: [`check`] where everything that was asked is
//! still known, [`regain`] where only some facts are.

mod asked;
mod bounds;
mod build;
mod check;
mod checked;
mod faults;
mod key;
mod kinds;
mod name;
mod oids;
mod person;
mod profile;
mod read;
mod regain;
mod request;
#[cfg(test)]
mod tests;
pub mod user;

pub use asked::{AltName, Asked, Policies, SignatureAlgorithm, Subject, Subtrees, Values};
pub use build::build;
pub use check::check;
pub use checked::CheckedTbs;
pub use kinds::{AUTHORITY, CROSS, LINK, RESPONDER, USER, by_name};
pub use profile::{Extension, ExtensionRule, PointRule, PolicyRule, Presence, Profile, Relation};
pub use regain::{Facts, regain};
pub use request::build_request;
