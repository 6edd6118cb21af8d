//! Names: read, compared as RFC 5280 section 7 says, and constrained as 4.2.1.10 says.

mod constraints;
mod general;
mod host;
mod name;
mod prepare;
#[cfg(test)]
mod prohibited_tests;
#[cfg(test)]
mod tests;
mod text;
mod written;

pub use general::GeneralName;
pub use name::Name;

pub(crate) use constraints::{Constraints, Subtree, Subtrees, TOO_MUCH, Work, admits};
pub(crate) use general::{
    Parsed as ParsedGeneralName, each_general_name, first_directories, general_names,
    general_names_at_most,
};
