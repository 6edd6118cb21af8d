//! The lanes themselves. The mathematics is in the module above.

mod blinding;
mod eight;
mod entry;
mod layout;
mod limbs;
mod modulus;
mod private;
mod public;
#[cfg(test)]
mod tests;
mod tiles;
#[cfg(test)]
mod timing;
mod twenty;
mod window;

pub(in crate::rsa) use eight::LANES;
pub(in crate::rsa) use entry::{sign_group, verify_group};
pub(in crate::rsa) use layout::PAIRS;
pub use private::PrivateNumbers;
pub(in crate::rsa) use public::PublicNumbers;
