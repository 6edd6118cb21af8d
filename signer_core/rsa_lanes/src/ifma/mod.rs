//! The lanes themselves. The mathematics is in the module above.

mod across;
mod alone;
mod blinding;
mod eight;
mod entry;
mod layout;
mod limbs;
mod modulus;
mod private;
mod public;
mod single;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tiles;
#[cfg(test)]
mod timing;
mod twenty;
mod window;

pub use eight::LANES;
pub use entry::{multiply_alone, sign_group, verify_group};
pub use layout::PAIRS;
pub use private::PrivateNumbers;
pub use public::PublicNumbers;
pub use single::{LongNumber, SingleNumbers};
