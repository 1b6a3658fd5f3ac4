//! Work on the items of a list by all processors.

use std::thread;

/// The result of `work` for each item, in the order of the items.
pub fn map<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        let work = &work;
        let parts: Vec<_> = items
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<_>>()))
            .collect();
        parts
            .into_iter()
            .flat_map(|part| {
                part.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..100).collect();
        let doubled: Vec<u32> = (0..100).map(|item| item * 2).collect();
        assert_eq!(map(&items, |item| item * 2), doubled);
        assert_eq!(map(&[], |item: &u32| *item), [0; 0]);
    }

    #[test]
    #[should_panic(expected = "the third")]
    fn a_panic_in_one_worker_is_the_callers() {
        map(&[1, 2, 3], |item| assert_ne!(*item, 3, "the third"));
    }
}
