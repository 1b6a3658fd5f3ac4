//! What a caller may set for one call. Most calls have none of it, so it lies apart from
//! the call: calls, their futures and their requests stay small.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http::HeaderMap;

use crate::retry::RetryPolicy;

/// The options of one call; room for them is made when the first is set.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallOptions(Option<Box<Chosen>>);

/// What was chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen {
    pub(crate) timeout: Option<Duration>,
    pub(crate) headers: HeaderMap,
    pub(crate) max_retries: Option<u32>,
    pub(crate) retry_policy: Option<Arc<dyn RetryPolicy>>,
    /// Sent even if the circuit breaker keeps other calls back: a session that
    /// is not closed stays open.
    pub(crate) despite_circuit: bool,
    /// Not polled all the time: that it runs out of time says nothing of the service.
    pub(crate) unattended: bool,
    /// A header that cannot be sent: the call fails before anything is.
    pub(crate) invalid: Option<Arc<str>>,
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
