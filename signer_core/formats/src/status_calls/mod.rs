//! What calls of StatusService say: their requests as protocol buffers have them, and the rules that
//! the contract writes on the fields.

mod asked;
mod rules;
mod wire;

pub use self::asked::Asked;
pub use self::rules::{Broken, broken};
pub use self::wire::{NoMessage, Writer};

/// A method of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// One certificate.
    Check,
    /// Many.
    CheckBatch,
    /// Many, and what becomes of them.
    Watch,
}

impl Method {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Check, Self::CheckBatch, Self::Watch];

    /// As the contract names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "Check",
            Self::CheckBatch => "CheckBatch",
            Self::Watch => "Watch",
        }
    }

    /// As the contract names its request.
    #[must_use]
    pub fn request(self) -> &'static str {
        match self {
            Self::Check => "CheckRequest",
            Self::CheckBatch => "CheckBatchRequest",
            Self::Watch => "WatchRequest",
        }
    }
}
