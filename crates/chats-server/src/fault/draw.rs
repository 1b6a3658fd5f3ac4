//! Which faults a request meets: rules with their counts, and the chance drawn
//! from the seed, so that the same requests meet the same faults again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Fault, FaultRule, header};
use crate::clock::Clock;
use crate::http::Operation;

/// How many rules from headers are counted; a client may invent a new one for each request.
const KEPT: usize = 1024;

/// The faults of a server: add to them, or clear them, while it runs.
#[derive(Debug)]
pub struct Faults {
    pub(super) clock: Arc<dyn Clock>,
    obeys_header: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rules: Vec<Counted>,
    /// Rules from headers, by their text: a repeated request continues the count. The one
    /// that was asked for last is the last.
    headers: VecDeque<(String, Counted)>,
    random: fastrand::Rng,
}

#[derive(Debug)]
struct Counted {
    rule: FaultRule,
    seen: u32,
    happened: u32,
}

impl Counted {
    fn new(rule: FaultRule) -> Self {
        Self {
            rule,
            seen: 0,
            happened: 0,
        }
    }

    fn happens(&mut self, random: &mut fastrand::Rng) -> bool {
        self.seen = self.seen.saturating_add(1);
        if self.seen <= self.rule.after
            || self.rule.times.is_some_and(|times| self.happened >= times)
        {
            return false;
        }
        if self
            .rule
            .chance
            .is_some_and(|chance| random.f64() >= chance)
        {
            return false;
        }
        self.happened += 1;
        true
    }
}

impl Faults {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        rules: Vec<FaultRule>,
        seed: u64,
        obeys_header: bool,
    ) -> Self {
        Self {
            clock,
            obeys_header,
            state: Mutex::new(State {
                rules: rules.into_iter().map(Counted::new).collect(),
                headers: VecDeque::new(),
                random: fastrand::Rng::with_seed(seed),
            }),
        }
    }

    /// Adds a fault to those that happen from now on.
    pub fn add(&self, rule: impl Into<FaultRule>) {
        self.lock().rules.push(Counted::new(rule.into()));
    }

    /// Nothing goes wrong any more.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.rules.clear();
        state.headers.clear();
    }

    /// The faults that the next request of `operation` meets; the error names the part of
    /// the header that is not understood.
    pub(super) fn draw(
        &self,
        operation: Option<Operation>,
        header: Option<&str>,
    ) -> Result<Vec<Fault>, String> {
        let mut state = self.lock();
        let State {
            rules,
            headers,
            random,
        } = &mut *state;
        let mut faults: Vec<Fault> = rules
            .iter_mut()
            .filter(|counted| {
                counted.rule.operation.is_none() || counted.rule.operation == operation
            })
            .filter_map(|counted| counted.happens(random).then(|| counted.rule.fault.clone()))
            .collect();
        if let Some(text) = header.filter(|_| self.obeys_header) {
            for (item, rule) in header::parse(text)? {
                let known = headers.iter().position(|(text, _)| *text == item);
                let known = known.and_then(|at| headers.remove(at));
                let (item, mut counted) = known.unwrap_or_else(|| (item, Counted::new(rule)));
                if counted.happens(random) {
                    faults.push(counted.rule.fault.clone());
                }
                headers.push_back((item, counted));
                if headers.len() > KEPT {
                    headers.pop_front();
                }
            }
        }
        Ok(faults)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::SystemClock;

    fn faults(rules: Vec<FaultRule>, seed: u64) -> Faults {
        Faults::new(Arc::new(SystemClock), rules, seed, true)
    }

    fn drawn(faults: &Faults, requests: usize, header: Option<&str>) -> Vec<bool> {
        (0..requests)
            .map(|_| {
                !faults
                    .draw(Some(Operation::SendMessage), header)
                    .unwrap()
                    .is_empty()
            })
            .collect()
    }

    #[test]
    fn rules_count_only_the_requests_that_they_fit() {
        let faults = faults(
            vec![Fault::Reset.on(Operation::SendMessage).after(1).times(2)],
            0,
        );
        assert!(
            faults
                .draw(Some(Operation::ListSessions), None)
                .unwrap()
                .is_empty()
        );
        assert_eq!(drawn(&faults, 4, None), [false, true, true, false]);
        faults.add(Fault::Delay(Duration::ZERO));
        faults.clear();
        assert_eq!(drawn(&faults, 1, None), [false]);
    }

    #[test]
    fn the_same_seed_draws_the_same_faults() {
        let draw = |seed| drawn(&faults(vec![Fault::Reset.chance(0.5)], seed), 64, None);
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7).contains(&true) && draw(7).contains(&false));
    }

    #[test]
    fn a_request_that_is_sent_again_with_its_header_counts_on() {
        let faults = faults(Vec::new(), 0);
        assert_eq!(
            drawn(&faults, 3, Some("status=503;times=2")),
            [true, true, false]
        );
        assert_eq!(
            drawn(&faults, 1, Some("status=503;times=2;id=other")),
            [true]
        );
    }

    #[test]
    fn only_the_rules_that_were_asked_for_last_are_counted() {
        let faults = faults(Vec::new(), 0);
        let once = |id: usize| drawn(&faults, 1, Some(&format!("reset;times=1;id={id}")));
        for id in 0..KEPT {
            assert_eq!(once(id), [true]);
        }
        assert_eq!(once(0), [false], "still counted, and now the last");
        assert_eq!(once(KEPT), [true]);
        assert_eq!(faults.lock().headers.len(), KEPT);
        assert_eq!(once(0), [false]);
        assert_eq!(once(1), [true], "forgotten");
    }

    #[test]
    fn the_header_is_nothing_outside_the_test_mode() {
        let faults = Faults::new(Arc::new(SystemClock), Vec::new(), 0, false);
        assert_eq!(drawn(&faults, 1, Some("reset")), [false]);
    }
}
