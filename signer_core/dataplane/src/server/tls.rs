//! Mutual TLS: client certificates of the mesh, credentials that may be renewed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::host::{Credentials, Host, Peer};
use crate::swap::Swap;

/// Certificates remembered; beyond that all are forgotten and read again.
const KEPT: usize = 4096;

/// Of each file: when it was changed, and how long it is.
type Stamp = Vec<Option<(SystemTime, u64, u64)>>;

/// Gives each new connection the newest credentials. Without a client certificate that chains to
/// the mesh there is no connection.
pub(super) struct Tls {
    files: Vec<PathBuf>,
    host: Arc<dyn Host>,
    newest: Swap<(Stamp, Arc<ServerConfig>)>,
    peers: Mutex<HashMap<Vec<u8>, Option<Arc<Peer>>>>,
}

impl Tls {
    /// Of credentials in `files`, which are looked at for each connection.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub(super) fn new(files: Vec<PathBuf>, host: Arc<dyn Host>) -> Result<Self, String> {
        let seen = stamp(&files);
        let credentials = host.credentials().ok_or("there are no credentials")?;
        let config = Arc::new(config(&credentials)?);
        Ok(Self {
            files,
            host,
            newest: Swap::new((seen, config)),
            peers: Mutex::default(),
        })
    }

    /// For a new connection.
    pub(super) async fn newest(self: &Arc<Self>) -> Arc<ServerConfig> {
        let held = self.newest.get();
        let seen = stamp(&self.files);
        if held.0 == seen {
            return Arc::clone(&held.1);
        }
        let own = Arc::clone(self);
        // They are read and judged where it may take its time. While they are being replaced, those
        // before are gone on with, and looked at again at the next connection.
        let made = tokio::task::spawn_blocking(move || {
            let config = own.host.credentials().and_then(|it| config(&it).ok())?;
            let config = Arc::new(config);
            own.newest.put((seen, Arc::clone(&config)));
            Some(config)
        });
        let made = made.await.ok().flatten();
        made.unwrap_or_else(|| Arc::clone(&held.1))
    }

    /// Who showed this certificate; each is read once.
    pub(super) async fn peer(self: &Arc<Self>, der: &[u8]) -> Option<Arc<Peer>> {
        if let Some(known) = self.peers().get(der) {
            return known.clone();
        }
        let (own, der) = (Arc::clone(self), der.to_vec());
        let read = tokio::task::spawn_blocking(move || {
            let read = own.host.peer(&der).map(Arc::new);
            let mut peers = own.peers();
            if peers.len() >= KEPT {
                peers.clear();
            }
            peers.insert(der, read.clone());
            read
        });
        read.await.ok().flatten()
    }

    fn peers(&self) -> std::sync::MutexGuard<'_, HashMap<Vec<u8>, Option<Arc<Peer>>>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stamp(files: &[PathBuf]) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    let stamp = |file| {
        let found = std::fs::metadata(file).ok()?;
        Some((found.modified().ok()?, found.len(), found.ino()))
    };
    files.iter().map(stamp).collect()
}

fn config(credentials: &Credentials) -> Result<ServerConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let read = |pem: &[u8]| -> Result<Vec<CertificateDer<'static>>, String> {
        let found = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>();
        found.map_err(|error| error.to_string())
    };
    let mut trusted = RootCertStore::empty();
    // One that can't be an anchor ends no other's being one.
    trusted.add_parsable_certificates(read(&credentials.trusted)?);
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(trusted), Arc::clone(&provider));
    let clients = clients.build().map_err(|error| error.to_string())?;
    let key = PrivateKeyDer::from_pem_slice(&credentials.key);
    let key = key.map_err(|error| error.to_string())?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_client_cert_verifier(clients)
        .with_single_cert(read(&credentials.chain)?, key)
        .map_err(|error| error.to_string())?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
