//! When a failed request is sent again, how long the client waits before that, and when it
//! stops sending altogether.
//!
//! Three small traits with defaults, each replaceable by itself:
//! [`RetryPolicy`] says whether, [`Backoff`] says after how long, and
//! [`RetryBudget`] says whether the client as a whole can still afford it. The
//! [`CircuitBreaker`] guards an endpoint that keeps failing.
//!
//! One rule stands above them and cannot be configured away: a message, a new session and
//! a plan action are sent again only if the service certainly did not take them. Otherwise
//! policies are not even asked.

mod backoff;
pub(crate) mod breaker;
mod budget;
mod policy;

pub use backoff::{Backoff, CappedBackoff, ExponentialBackoff};
pub use breaker::CircuitBreaker;
pub use budget::{BothBudgets, RetryBudget, TokenBudget, UnlimitedBudget};
pub use policy::{FailedAttempt, FailureCause, RetryLimit, RetryPolicy, StandardRetry};
