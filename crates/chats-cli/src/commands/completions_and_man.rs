//! `chats completions` and `chats man`: both made from the command line's own
//! definitions.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::Cli;
use crate::failure::{Failure, Result};
use crate::output;

pub(crate) fn completions(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "chats", &mut script);
    Ok(output::raw(script)?)
}

pub(crate) fn man(folder: Option<&Path>) -> Result<()> {
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
