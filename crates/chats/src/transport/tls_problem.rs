//! Explains a TLS handshake that fails however often it is tried.

use crate::error::Error;

/// Why a connection cannot be secured.
pub(super) struct TlsProblem {
    /// What is wrong with the server.
    pub(super) what: String,
    advice: Option<Advice>,
}

struct Advice {
    setting: &'static str,
    hint: &'static str,
}

impl TlsProblem {
    /// Adds what can be done about the problem, if anything can be done here.
    pub(super) fn advise(self, error: Error) -> Error {
        match self.advice {
            Some(Advice { setting, hint }) => error.with_setting(setting).with_hint(hint),
            None => error,
        }
    }

    /// Finds the problem behind a connection that could not be made.
    #[cfg(feature = "rustls")]
    pub(super) fn find(error: &reqwest::Error) -> Option<Self> {
        use rustls::InvalidMessage::InvalidContentType;

        let all = super::failure::causes(error);
        let mut all = all.filter_map(|cause| tls_error(cause.downcast_ref()?));
        all.find_map(|error| match error {
            rustls::Error::InvalidCertificate(why) => Some(Self::of_certificate(why)),
            rustls::Error::InvalidMessage(InvalidContentType) => Some(Self {
                what: "it does not speak TLS".to_owned(),
                advice: Some(Advice {
                    setting: "base_url",
                    hint: "base_url is https, and this port speaks something else",
                }),
            }),
            _ => None,
        })
    }

    /// Each platform's TLS library words its errors differently.
    #[cfg(not(feature = "rustls"))]
    pub(super) fn find(_error: &reqwest::Error) -> Option<Self> {
        None
    }

    #[cfg(feature = "rustls")]
    fn of_certificate(why: &rustls::CertificateError) -> Self {
        use rustls::CertificateError as Why;

        let what = match why {
            Why::UnknownIssuer | Why::BadSignature => {
                "no authority that is trusted here signed its certificate"
            }
            Why::Expired | Why::ExpiredContext { .. } => "its certificate has expired",
            Why::NotValidYet | Why::NotValidYetContext { .. } => {
                "its certificate is not valid yet, by this machine's clock"
            }
            Why::NotValidForName | Why::NotValidForNameContext { .. } => {
                "its certificate is for another host"
            }
            Why::Revoked => "its certificate was revoked",
            Why::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
                "its certificate is that of an authority, which may only sign others"
            }
            _ => {
                return Self {
                    what: format!("its certificate is not accepted ({why})"),
                    advice: None,
                };
            }
        };
        let advice = matches!(why, Why::UnknownIssuer | Why::BadSignature).then_some(Advice {
            setting: "root_certificate_pem",
            hint: "if a proxy or a private authority signs certificates here, pass its own to \
                   root_certificate_pem",
        });
        Self {
            what: what.to_owned(),
            advice,
        }
    }
}

/// The TLS error in an I/O error: one may hold another, which `source` then skips.
#[cfg(feature = "rustls")]
fn tls_error(error: &std::io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner
        .downcast_ref()
        .or_else(|| tls_error(inner.downcast_ref()?))
}

#[cfg(all(test, feature = "rustls"))]
mod tests {
    use std::sync::Arc;

    use rustls::{CertificateError, OtherError};

    use super::TlsProblem;

    #[derive(Debug, thiserror::Error)]
    #[error("as webpki says it")]
    struct CaUsedAsEndEntity;

    #[test]
    fn the_certificate_of_an_authority_is_told_from_other_reasons() {
        let other = CertificateError::Other(OtherError(Arc::new(CaUsedAsEndEntity)));
        let what = |why| TlsProblem::of_certificate(&why).what;
        assert!(what(other).contains("that of an authority"));
        assert!(what(CertificateError::BadEncoding).contains("BadEncoding"));
    }
}
