//! What a seed draws.

use contract_tests::proxy::NetworkFault;
use fastrand::Rng;

#[test]
fn a_seed_draws_every_fault_and_the_same_ones_again() {
    let draw = |seed| {
        let mut random = Rng::with_seed(seed);
        (0..2000)
            .map(|_| NetworkFault::draw(&mut random))
            .collect::<Vec<_>>()
    };
    assert_eq!(draw(3), draw(3));
    assert_ne!(draw(3), draw(4));
    let mut names: Vec<_> = draw(3).concat().iter().map(|fault| fault.name()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 14, "{names:?}");
}
