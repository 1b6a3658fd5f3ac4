//! The project's own Rust sources, read with `syn`: which functions there are
//! and what they call ([`calls`], [`functions`]), what the generated client offers
//! ([`client`], [`signatures`]), and what users of a crate can name
//! ([`public`]). Nothing here knows about OpenAPI.

pub mod calls;
pub mod client;
pub mod expand;
pub mod functions;
pub mod public;
pub mod signatures;

use std::path::{Path, PathBuf};
use std::{fmt, fs};

use crate::{Failure, Result};

/// One parsed source file.
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Its items, without those that are compiled only for tests.
    pub file: syn::File,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.path.display())
    }
}

/// Every Rust file at or below a path, by name.
pub fn read(path: &Path) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    collect(path, &mut found)?;
    found.sort();
    found.into_iter().map(parse).collect()
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |source| Failure::File {
        action: "read",
        path: path.to_path_buf(),
        source,
    };
    if path.is_dir() {
        for entry in fs::read_dir(path).map_err(failed)? {
            collect(&entry.map_err(failed)?.path(), found)?;
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        found.push(path.to_path_buf());
    }
    Ok(())
}

fn parse(path: PathBuf) -> Result<Source> {
    let text = fs::read_to_string(&path).map_err(|source| Failure::File {
        action: "read",
        path: path.clone(),
        source,
    })?;
    let mut file = syn::parse_file(&text).map_err(|error| Failure::Syntax {
        name: path.display().to_string(),
        reason: error.to_string(),
    })?;
    file.items.retain(|item| !is_for_tests(item));
    Ok(Source { path, file })
}

fn is_for_tests(item: &syn::Item) -> bool {
    let syn::Item::Mod(module) = item else {
        return false;
    };
    module.attrs.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
    })
}
