//! What rustls is told.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{RootCertStore, ServerConfig};

use crate::host::Credentials;

pub(super) fn config(
    credentials: &Credentials,
    protocols: &[&[u8]],
) -> Result<ServerConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut trusted = RootCertStore::empty();
    // One that can't be an anchor ends no other's being one.
    trusted.add_parsable_certificates(credentials.trusted.iter().map(|it| it.as_slice().into()));
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(trusted), Arc::clone(&provider));
    let clients = clients.build().map_err(|error| error.to_string())?;
    let chain = CertificateDer::pem_slice_iter(&credentials.chain);
    let chain = chain.collect::<Result<Vec<_>, _>>();
    let key = PrivateKeyDer::from_pem_slice(&credentials.key);
    let mut config = ServerConfig::builder_with_provider(provider)
        // Before 1.3 a client's certificate goes in the clear.
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| error.to_string())?
        .with_client_cert_verifier(clients)
        .with_single_cert(
            chain.map_err(|error| error.to_string())?,
            key.map_err(|error| error.to_string())?,
        )
        .map_err(|error| error.to_string())?;
    config.alpn_protocols = protocols.iter().map(|it| it.to_vec()).collect();
    Ok(config)
}
