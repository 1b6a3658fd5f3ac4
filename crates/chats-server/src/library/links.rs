//! Signed addresses of library files: an image tag can load one without the key, and
//! nobody can guess another. No address holds a file's path.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// The size of picture that an address stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    Thumbnail,
    Medium,
    Full,
}

impl Variant {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumbnail",
            Self::Medium => "medium",
            Self::Full => "full",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Thumbnail, Self::Medium, Self::Full]
            .into_iter()
            .find(|variant| variant.as_str() == text)
    }
}

/// Makes and checks the addresses.
#[derive(Clone)]
pub(crate) struct Links {
    base_url: String,
    secret: [u8; 32],
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl Links {
    pub(crate) fn new(base_url: String, secret: [u8; 32]) -> Self {
        Self { base_url, secret }
    }

    /// The same addresses below another base.
    pub(crate) fn below(&self, base_url: String) -> Self {
        Self::new(base_url, self.secret)
    }

    pub(crate) fn url(&self, item: Uuid, variant: Variant) -> String {
        let signature = self.sign(item, variant);
        format!(
            "{}/files/{item}/{}?signature={signature}",
            self.base_url,
            variant.as_str()
        )
    }

    pub(crate) fn is_signed(&self, item: Uuid, variant: Variant, signature: &str) -> bool {
        self.sign(item, variant)
            .as_bytes()
            .ct_eq(signature.as_bytes())
            .into()
    }

    fn sign(&self, item: Uuid, variant: Variant) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes keys of every length");
        mac.update(item.as_bytes());
        mac.update(variant.as_str().as_bytes());
        let mut text = String::new();
        for byte in mac.finalize().into_bytes().iter().take(16) {
            write!(text, "{byte:02x}").expect("writing to a string succeeds");
        }
        text
    }
}
