//! `cargo xtask codegen`: a document becomes the generated client. The stages run in the
//! order of `stages`. Each is a function in a module of its own that returns a new
//! document; two of them also add to the report. Reading the command line is not here.

mod address;
pub mod audit;
mod bodies;
mod defaults;
pub mod dissolve;
pub mod docs;
pub mod format;
pub mod generate;
pub mod lower;
pub mod null;
mod one_type;
pub mod params;
pub mod report;
pub mod respond;
pub mod soften;
pub mod unite;
pub mod untitle;
pub mod write;

use std::path::Path;

use serde_json::Value;

use crate::contract::read;
use crate::document::canon::{canon, fingerprint};
use crate::document::grammar::step;
use crate::document::inline::inline;
use crate::document::load::load;
use crate::document::name::name;
use crate::document::origin::origin;
use crate::document::select::{Selection, prune, select_paths};
use crate::{Failure, Result};

pub use report::{LeftOut, Report};

/// What a run of the pipeline gives.
#[derive(Debug)]
pub struct Generated {
    /// The text of the generated file.
    pub text: String,
    /// What was generated and what was not.
    pub report: Report,
}

/// Runs the whole pipeline on a file.
pub fn from_file(path: &Path, selection: &Selection) -> Result<Generated> {
    from_document(&load(path)?, selection)
}

/// Runs the pipeline on a document in memory.
///
/// With a prefix selected, everything must be generated: an operation that is
/// left out is an error. With all selected, it is an entry of the report.
pub fn from_document(document: &Value, selection: &Selection) -> Result<Generated> {
    // A document that makes no sense fails here as it does in `drift`, at its own places:
    // the canonical order moves what has no order.
    let contract = read(document, selection)?;
    if let Selection::Prefix(prefix) = selection
        && contract.operations.is_empty()
    {
        let problem = format!("the document has no path below `{prefix}`; see `--select`");
        return Err(Failure::Usage(problem));
    }
    let run = run(document, selection)?;
    if let (Selection::Prefix(_), Some(left_out)) = (selection, run.report.left_out.first()) {
        return Err(run.default.unwrap_or_else(|| {
            let at = step(&step("/paths", &left_out.path), &left_out.method);
            let reason = format!("it cannot be generated: {}", left_out.reason);
            Failure::at(origin(document, &at), reason)
        }));
    }
    let file = format::tidy(&run.code)?;
    audit::audit(&file, &run.prepared, &run.report)?;
    let text = format::format(&file, &fingerprint(&canon(document)?));
    Ok(Generated {
        text,
        report: run.report,
    })
}

/// The operations of a document for which no function can be generated.
pub fn left_out(document: &Value, selection: &Selection) -> Result<Vec<LeftOut>> {
    Ok(run(document, selection)?.report.left_out)
}

/// The code of what can be generated.
struct Run {
    prepared: Value,
    code: String,
    report: Report,
    /// A default for which an operation is left out, with its place.
    default: Option<Failure>,
}

fn run(document: &Value, selection: &Selection) -> Result<Run> {
    let mut report = Report::default();
    let at_home = |fault: Failure| fault.moved(|at| origin(document, at));
    // Faults outside the selection do not matter.
    let selected = inline(&select_paths(document, selection)?).map_err(at_home)?;
    let prepared = stages(&canon(document)?, selection, &mut report).map_err(at_home)?;
    let code = generate::generate(&prepared, &mut report)?;
    let mut default = None;
    for left_out in &mut report.left_out {
        // The generator says less.
        let at = step(&step("/paths", &left_out.path), &left_out.method);
        if let Err(fault) = defaults::defaults(&selected, &at).map_err(at_home) {
            left_out.reason = fault.to_string();
            default.get_or_insert(fault);
        }
    }
    Ok(Run {
        prepared,
        code,
        report,
        default,
    })
}

/// Everything between reading a document and handing it to progenitor.
fn stages(canonical: &Value, selection: &Selection, report: &mut Report) -> Result<Value> {
    // Faults outside the selection do not matter.
    let document = inline(&select_paths(canonical, selection)?)?;
    let document = prune(document)?;
    let document = lower::lower(&document)?;
    let document = name(&document)?;
    let document = untitle::untitle(&document)?;
    let document = unite::unite(&document)?;
    let document = null::null(&document)?;
    let document = soften::soften(&document)?;
    let document = dissolve::dissolve(&document)?;
    let document = params::params(&document, report)?;
    let document = respond::respond(&document, report)?;
    docs::docs(&document)
}

/// Drops operations from a document, and the schemas that only they reached.
fn without(document: &Value, dropped: &[(String, String)]) -> Result<Value> {
    if dropped.is_empty() {
        return Ok(document.clone());
    }
    let mut document = document.clone();
    for (path, method) in dropped {
        if let Some(item) = document["paths"][path].as_object_mut() {
            item.remove(method);
        }
    }
    prune(document)
}
