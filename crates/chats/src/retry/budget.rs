//! What a client as a whole spends on retries.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Limits how many retries a client makes in all, so that retries do not multiply the load
/// on a service that is failing.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use chats::retry::RetryBudget;
///
/// /// A fixed number of retries for the life of the client.
/// #[derive(Debug)]
/// struct Fixed(AtomicU32);
///
/// impl RetryBudget for Fixed {
///     fn earn(&self) {}
///     fn spend(&self) -> bool {
///         self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
///     }
/// }
///
/// let client = chats::Client::builder()
///     .api_key("aion_0123456789abcdefghij")
///     .retry_budget(Fixed(AtomicU32::new(1000)))
///     .build()?;
/// # Ok::<(), chats::Error>(())
/// ```
pub trait RetryBudget: fmt::Debug + Send + Sync + 'static {
    /// Called once when a call begins, before its first request.
    fn earn(&self);

    /// Takes one retry from the budget. Returns false if none is left; the call then
    /// fails.
    fn spend(&self) -> bool;

    /// Puts back a retry that was taken but is not made, because another budget had none
    /// left ([`and`](Self::and)).
    ///
    /// By default this does nothing: the retry is lost, so that the client makes too few
    /// retries rather than too many.
    fn give_back(&self) {}

    /// Allows a retry only if both budgets do; if one does not, no retry is taken from
    /// the other.
    ///
    /// ```
    /// use chats::retry::{RetryBudget, TokenBudget};
    ///
    /// // A reserve of three, whatever else the first one would allow.
    /// let budget = TokenBudget::default().and(TokenBudget::new(3));
    /// assert!((0..3).all(|_| budget.spend()));
    /// assert!(!budget.spend());
    /// ```
    fn and<B: RetryBudget>(self, other: B) -> BothBudgets<Self, B>
    where
        Self: Sized,
    {
        BothBudgets(self, other)
    }
}

/// Two budgets that must both allow a retry; made by [`RetryBudget::and`].
#[derive(Clone, Debug)]
pub struct BothBudgets<A, B>(A, B);

impl<A: RetryBudget, B: RetryBudget> RetryBudget for BothBudgets<A, B> {
    fn earn(&self) {
        self.0.earn();
        self.1.earn();
    }

    fn spend(&self) -> bool {
        if !self.0.spend() {
            return false;
        }
        let both = self.1.spend();
        if !both {
            self.0.give_back();
        }
        both
    }

    fn give_back(&self) {
        self.0.give_back();
        self.1.give_back();
    }
}

/// A budget that several clients share, or that is chosen at run time.
impl<B: RetryBudget + ?Sized> RetryBudget for Arc<B> {
    fn earn(&self) {
        (**self).earn();
    }

    fn spend(&self) -> bool {
        (**self).spend()
    }

    fn give_back(&self) {
        (**self).give_back();
    }
}

/// The default budget: retries for 20 % of the calls, beyond a reserve of 100.
///
/// The reserve lets a client that has made few calls retry freely; every five calls put one
/// retry back into it. All clones of a client share one budget.
///
/// ```
/// use std::sync::Arc;
/// use chats::retry::TokenBudget;
///
/// // Two clients that share one budget.
/// let budget = Arc::new(TokenBudget::new(20));
/// let client = || {
///     let builder = chats::Client::builder().api_key("aion_0123456789abcdefghij");
///     builder.retry_budget(Arc::clone(&budget)).build()
/// };
/// let (first, second) = (client()?, client()?);
/// # Ok::<(), chats::Error>(())
/// ```
#[derive(Debug)]
pub struct TokenBudget {
    /// In fifths of a retry, so that a call earns exactly one fifth.
    fifths: AtomicU32,
    capacity: u32,
}

const FIFTHS: u32 = 5;

impl TokenBudget {
    /// A budget with a reserve of `retries`.
    ///
    /// ```
    /// use chats::retry::{RetryBudget, TokenBudget};
    ///
    /// let budget = TokenBudget::new(1);
    /// assert!(budget.spend());
    /// assert!(!budget.spend()); // the reserve is used up
    /// for _call in 0..5 {
    ///     budget.earn();
    /// }
    /// assert!(budget.spend()); // five calls pay for one retry
    /// ```
    pub const fn new(retries: u32) -> Self {
        let reserve = retries.saturating_mul(FIFTHS);
        Self {
            fifths: AtomicU32::new(reserve),
            // Without a reserve, the budget can still hold one earned retry.
            capacity: if reserve > FIFTHS { reserve } else { FIFTHS },
        }
    }

    fn add(&self, more: u32) {
        let _ = self
            .fifths
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |fifths| {
                let filled = fifths.saturating_add(more).min(self.capacity);
                (filled != fifths).then_some(filled)
            });
    }
}

impl Default for TokenBudget {
    fn default() -> Self {
        Self::new(100)
    }
}

impl RetryBudget for TokenBudget {
    fn earn(&self) {
        self.add(1);
    }

    fn spend(&self) -> bool {
        self.fifths
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |fifths| {
                fifths.checked_sub(FIFTHS)
            })
            .is_ok()
    }

    fn give_back(&self) {
        self.add(FIFTHS);
    }
}

/// A budget that never runs out, so that only
/// [`max_retries`](crate::ClientBuilder::max_retries) limits the retries.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnlimitedBudget;

impl RetryBudget for UnlimitedBudget {
    fn earn(&self) {}

    fn spend(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_reserve_five_calls_pay_for_one_retry() {
        let budget = TokenBudget::new(2);
        assert!(budget.spend() && budget.spend() && !budget.spend());
        for _ in 0..4 {
            budget.earn();
        }
        assert!(!budget.spend());
        budget.earn();
        assert!(budget.spend() && !budget.spend());
    }

    #[test]
    fn without_a_reserve_calls_pay_for_retries_all_the_same() {
        let budget = TokenBudget::new(0);
        assert!(!budget.spend());
        for _ in 0..100 {
            budget.earn();
        }
        assert!(budget.spend() && !budget.spend());
    }

    #[test]
    fn what_one_budget_declines_costs_the_other_nothing() {
        let shared = Arc::new(TokenBudget::new(2));
        let narrow = shared.clone().and(UnlimitedBudget).and(TokenBudget::new(1));
        assert!(narrow.spend());
        for _ in 0..5 {
            assert!(!narrow.spend(), "the narrow one is used up");
        }
        assert!(shared.spend() && !shared.spend(), "one was left of two");
    }

    #[test]
    fn the_reserve_never_grows_beyond_its_size() {
        let budget = TokenBudget::new(1);
        for _ in 0..100 {
            budget.earn();
        }
        assert!(budget.spend() && !budget.spend());
    }
}
