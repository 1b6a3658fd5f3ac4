//! The options of one call: what its caller chose, and how the crate itself makes it. Most
//! calls have none, so they are boxed apart: calls, their futures and their requests stay
//! small.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http::HeaderMap;

use super::headers::X_REQUEST_ID;
use crate::retry::RetryPolicy;

/// The options of one call; room for them is made when the first is set.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallOptions(Option<Box<Chosen>>);

/// What was chosen, by the caller or, where that is said, by the crate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen {
    pub(crate) timeout: Option<Duration>,
    pub(crate) headers: HeaderMap,
    pub(crate) max_retries: Option<u32>,
    pub(crate) retry_policy: Option<Arc<dyn RetryPolicy>>,
    /// Set by the crate: sends the call even if the circuit is open, since its session would
    /// stay open otherwise.
    pub(crate) despite_circuit: bool,
    /// Set by the crate: nobody polls the call all the time, so its timeout says nothing about
    /// the service.
    pub(crate) unattended: bool,
    /// Why a header cannot be sent; the call then fails without sending anything.
    pub(crate) invalid: Option<Arc<str>>,
}

impl CallOptions {
    /// The options of a further call on the caller's behalf: the id that the caller gave a
    /// request is that of the first call alone.
    pub(crate) fn for_another_call(&self) -> Self {
        let mut options = self.clone();
        if options.headers.contains_key(X_REQUEST_ID) {
            options.headers.remove(X_REQUEST_ID);
        }
        options
    }

    /// Whether anything was chosen.
    pub(crate) fn any(&self) -> bool {
        self.0.is_some()
    }
}

impl Deref for CallOptions {
    type Target = Chosen;

    fn deref(&self) -> &Chosen {
        static NOTHING: LazyLock<Chosen> = LazyLock::new(Chosen::default);
        self.0.as_deref().unwrap_or_else(|| &NOTHING)
    }
}

impl DerefMut for CallOptions {
    fn deref_mut(&mut self) -> &mut Chosen {
        self.0.get_or_insert_default()
    }
}
