//! What the commands of maintenance do: codegen, drift and import, and the detector
//! against all that tests it. One program, which links the generator once.

mod command;
mod detector;
mod differences;
mod experiments;
mod generated;
mod import;
mod verdicts;
