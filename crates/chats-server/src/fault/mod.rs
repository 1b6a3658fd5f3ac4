//! stub
use crate::clock::Clock;
use std::sync::Arc;
/// stub
#[derive(Debug)]
pub struct Faults;
/// stub
#[derive(Debug)]
pub struct FaultRule;
impl Faults {
    pub(crate) fn new(_c: Arc<dyn Clock>, _r: Vec<FaultRule>, _s: u64, _t: bool) -> Self {
        Self
    }
}
