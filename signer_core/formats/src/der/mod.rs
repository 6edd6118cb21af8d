//! A DER *writer* (X.690). Foreign bytes are parsed with the `RustCrypto` `der` family instead.
//!
//! Everything is appended to one buffer. Small structures use [`Writer::nested`], which fills the
//! length in afterwards; large ones compute it with [`tlv_len`] and write the header first, so no
//! byte of a 50 MB list moves twice.
//!
//! ```
//! use formats::der::{Writer, oid};
//! let mut w = Writer::new();
//! w.sequence(|w| {
//!     w.oid(&oid::SHA256_WITH_RSA);
//!     w.null();
//! });
//! assert_eq!(w.as_slice()[..2], [0x30, 0x0d]);
//! ```

mod length;
pub mod oid;
mod serial;
pub mod tag;
mod time;
mod writer;

pub use length::{header_len, put_header, tlv_len, unsigned_content_len};
pub(crate) use serial::sum;
pub use serial::{SerialColumn, SerialNumber};
pub use time::{GENERALIZED_TIME_LEN, Time, UTC_TIME_LEN};
pub use writer::Writer;
