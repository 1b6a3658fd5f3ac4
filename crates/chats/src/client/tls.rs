//! Chooses the TLS for https: rustls with the installed crypto provider, else ring, and
//! the platform's roots; or the platform's own TLS.
//!
//! rustls is configured here, because reqwest would otherwise take the crypto provider
//! from a process-wide default that is not ours to set.

use reqwest::ClientBuilder;

use crate::error::{Error, Result};

/// Sets TLS up; `https` is false if every connection is plain http.
#[cfg(feature = "rustls")]
pub(super) fn configure(
    http: ClientBuilder,
    roots_pem: &[Vec<u8>],
    https: bool,
) -> Result<ClientBuilder> {
    use std::sync::Arc;

    use rustls::crypto::CryptoProvider;

    let provider = CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()));
    let builder = rustls::ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let mut config = if https {
        let verifier = verifier(provider, roots_pem)?;
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth()
    } else {
        // Nothing will be verified, so the platform's roots need not be read.
        check_pem(roots_pem)?;
        builder
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth()
    };
    if cfg!(feature = "http2") {
        config.alpn_protocols.push(b"h2".to_vec());
    }
    config.alpn_protocols.push(b"http/1.1".to_vec());
    Ok(http.tls_backend_preconfigured(config))
}

#[cfg(feature = "rustls")]
fn verifier(
    provider: std::sync::Arc<rustls::crypto::CryptoProvider>,
    roots_pem: &[Vec<u8>],
) -> Result<rustls_platform_verifier::Verifier> {
    use rustls_platform_verifier::Verifier;

    let roots = check_pem(roots_pem)?;
    if roots.is_empty() {
        return Verifier::new(provider).map_err(no_roots);
    }
    #[cfg(any(all(unix, not(target_os = "android")), windows))]
    return Verifier::new_with_extra_roots(roots, provider).map_err(|error| {
        Error::bad_setting(
            "root_certificate_pem",
            "has a certificate that cannot be used",
        )
        .with_source(error)
    });
    #[cfg(not(any(all(unix, not(target_os = "android")), windows)))]
    Err(Error::bad_setting(
        "root_certificate_pem",
        "is not supported on this platform",
    ))
}

/// The certificates in the given PEM texts, each of which must hold one.
#[cfg(feature = "rustls")]
fn check_pem(roots_pem: &[Vec<u8>]) -> Result<Vec<rustls::pki_types::CertificateDer<'static>>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    let mut roots = Vec::new();
    for pem in roots_pem {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.push(certificate.map_err(|error| not_pem().with_source(error))?);
        }
        if roots.len() == before {
            return Err(not_pem());
        }
    }
    Ok(roots)
}

#[cfg(feature = "rustls")]
fn unusable(error: rustls::Error) -> Error {
    Error::config("could not set up TLS on this machine").with_source(error)
}

/// Usually a small container image without the system's certificates.
#[cfg(feature = "rustls")]
fn no_roots(error: rustls::Error) -> Error {
    Error::config("this machine has no certificates of authorities to trust")
        .with_setting("root_certificate_pem")
        .with_hint(
            "install them (the package ca-certificates), name their file in SSL_CERT_FILE, \
             or pass root_certificate_pem",
        )
        .with_source(error)
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn not_pem() -> Error {
    Error::bad_setting("root_certificate_pem", "has no readable certificate")
        .with_hint("pass the bytes of a PEM file, which contains -----BEGIN CERTIFICATE-----")
}

/// Sets TLS up with the platform's own implementation.
#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
pub(super) fn configure(
    http: ClientBuilder,
    roots_pem: &[Vec<u8>],
    _https: bool,
) -> Result<ClientBuilder> {
    let mut http = http.tls_backend_native();
    for pem in roots_pem {
        let roots = reqwest::Certificate::from_pem_bundle(pem)
            .map_err(|error| not_pem().with_source(error))?;
        if roots.is_empty() {
            return Err(not_pem());
        }
        http = http.tls_certs_merge(roots);
    }
    Ok(http)
}

/// Without a TLS feature, only plain http is possible.
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(super) fn configure(
    http: ClientBuilder,
    roots_pem: &[Vec<u8>],
    https: bool,
) -> Result<ClientBuilder> {
    if https || !roots_pem.is_empty() {
        return Err(Error::config("`chats` was built without TLS")
            .with_hint("enable its feature `rustls` or `native-tls`"));
    }
    Ok(http)
}
