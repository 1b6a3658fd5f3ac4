//! `chats man`.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::args::Cli;
use crate::failure::{Failure, Result};
use crate::output;

pub(crate) fn run(folder: Option<&Path>) -> Result<()> {
    if let Some(folder) = folder {
        return fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
            .map_err(|error| {
                Failure::local(format_args!("write to {}", folder.display()), &error)
            });
    }
    let mut page = Vec::new();
    Man::new(Cli::command()).render(&mut page)?;
    Ok(output::raw(page)?)
}
