//! TLS 1.3 from the client's side.

use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use crate::Outcome;
use crate::options::{Http, Options};

/// With the credentials of the command line; nothing where it asks for no TLS.
///
/// # Errors
/// When they can't be used.
pub fn connector(options: &Options) -> Outcome<Option<(TlsConnector, ServerName<'static>)>> {
    let (Some(trust), Some(name)) = (&options.trust, &options.server_name) else {
        return Ok(None);
    };
    let mut trusted = RootCertStore::empty();
    for one in certificates("--trust", trust)? {
        let added = trusted.add(one);
        added.map_err(|error| format!("--trust {}: {error}", trust.display()))?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(trusted);
    let mut config = match (&options.certificate, &options.key) {
        (Some(certificate), Some(key)) => {
            let read = PrivateKeyDer::from_pem_file(key);
            let read = read.map_err(|error| format!("--key {}: {error}", key.display()))?;
            let chain = certificates("--certificate", certificate)?;
            let built = builder.with_client_auth_cert(chain, read);
            built.map_err(|error| format!("--certificate {}: {error}", certificate.display()))?
        }
        _ => builder.with_no_client_auth(),
    };
    let protocol: &[u8] = match options.http {
        Http::Http1 => b"http/1.1",
        Http::Http2 => b"h2",
    };
    config.alpn_protocols = vec![protocol.to_vec()];
    // A handshake is a whole one, however many there were before.
    config.resumption = Resumption::disabled();
    let said = ServerName::try_from(name.clone());
    let said = said.map_err(|_| format!("--server-name {name}: must be a name or an address"))?;
    Ok(Some((TlsConnector::from(Arc::new(config)), said)))
}

fn certificates(option: &str, path: &Path) -> Outcome<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(format!("{option} {}: has no certificate", path.display()).into()),
        Err(error) => Err(format!("{option} {}: {error}", path.display()).into()),
    }
}
