//! OCSP over HTTP (RFC 6960, RFC 9919) and StatusService over gRPC: from the socket to the answer
//! without Python on the way.
//!
//! What is answered stands in [`plane`], which Python feeds: who may ask ([`registry`]), who signed
//! a certificate ([`issuers`]), what is known of it ([`known`]), who signs answers ([`responder`]).
//! [`answering`] makes of a request what its answer says; [`signing`] has it signed with others;
//! [`kept`] keeps signed answers, [`questions`] what they were asked by; [`usage`] counts what each verifier was told, which [`quota`] bounds; [`server`],
//! [`http`] and [`grpc`] are the edge, which bounds what a stranger may take. What only the control plane can
//! do is behind [`host::Host`], off the way of a request.
#![forbid(unsafe_code)]

pub mod answering;
pub mod clock;
pub mod counts;
pub mod grpc;
mod halves;
pub mod host;
mod http;
pub mod issuers;
mod kept;
pub mod known;
mod lists;
mod maps;
pub mod plane;
mod questions;
pub mod quota;
pub mod registry;
pub mod responder;
pub mod server;
mod signing;
mod swap;
pub mod usage;
mod watchers;
