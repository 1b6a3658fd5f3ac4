//! What a client as a whole spends on retries.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Keeps retries from multiplying the load on a service that is failing.
pub trait RetryBudget: fmt::Debug + Send + Sync + 'static {
    /// A call begins.
    fn earn(&self);

    /// Whether one retry can be afforded; if so it is paid for.
    fn spend(&self) -> bool;

    /// A retry that was paid for is not made after all, since another budget could
    /// not afford it ([`and`](Self::and)).
    ///
    /// Does nothing unless it is implemented: what was paid is lost then, which errs
    /// on the side of fewer retries.
    fn give_back(&self) {}

    /// Affords only what both afford; neither pays for what the other declines.
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

/// Affords what two budgets afford; made by [`RetryBudget::and`].
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

/// One that several clients share, or that was chosen at run time.
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

/// Allows retries up to 20 % of the calls, beyond a reserve of 100.
///
/// The reserve lets a client that has made few calls retry freely; it fills up
/// again as calls are made. One budget is shared by everything that is cloned
/// from a client.
#[derive(Debug)]
pub struct TokenBudget {
    /// In fifths of a retry, so that a call earns exactly one.
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
            // Without a reserve there is still room for one retry to be earned.
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

/// A budget that never runs out.
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
