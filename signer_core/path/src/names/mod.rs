//! Names: read, and compared as RFC 5280 section 7 says.

mod general;
mod name;

pub use general::GeneralName;
pub use name::Name;
