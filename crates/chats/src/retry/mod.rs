//! When a failed request is sent again, how long the client waits before that, and when it
//! stops sending altogether.
//!
//! Three small traits with defaults, each replaceable by itself: [`RetryPolicy`] decides
//! whether to retry, [`Backoff`] how long to wait before that, and [`RetryBudget`]
//! whether the client as a whole may still make retries. The [`CircuitBreaker`] stops
//! calls to a group of endpoints that keeps failing.
//!
//! One rule comes first and cannot be changed: a message, a new session and a plan action
//! are sent again only if the service certainly did not take them, which includes a 429 or
//! 503 with `Retry-After`. Otherwise the client does not even ask the policy.

mod backoff;
pub(crate) mod breaker;
mod budget;
mod policy;

pub use backoff::{Backoff, CappedBackoff, ExponentialBackoff};
pub use breaker::CircuitBreaker;
pub use budget::{BothBudgets, RetryBudget, TokenBudget, UnlimitedBudget};
pub use policy::{FailedAttempt, FailureCause, RetryLimit, RetryPolicy, StandardRetry};
