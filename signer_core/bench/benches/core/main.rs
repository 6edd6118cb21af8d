//! What each part of the signing core costs on one thread, without Python, beside aws-lc-rs where
//! that does the same: `make bench-core`.
//!
//! `make bench` has the ratios that are promised; these figures say where the time goes and whether
//! a change moved it, which is what criterion's comparison with the last run is for.

mod certificates;
mod crl;
mod ocsp;
mod rsa;
mod samples;

criterion::criterion_group!(
    parts,
    rsa::sign,
    rsa::verify,
    certificates::issue,
    ocsp::respond,
    crl::encode
);
criterion::criterion_main!(parts);
