//! `--local`: the reference server inside this process, over a folder of the
//! person's own or the sample library.
//!
//! Conversations are kept in a database for each library, in the platform's place
//! for data, so that sessions of one run are there in the next.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chats_server::{Server, StartError};
use uuid::Uuid;

use crate::failure::{Failure, Result};
use crate::profile;

/// A pause between the words of an answer, so that it can be followed.
const READING_PACE: Duration = Duration::from_millis(8);

/// Starts the server; `paced` for somebody who reads along.
pub(crate) async fn start(library: Option<&Path>, paced: bool) -> Result<Server> {
    let mut builder = Server::builder().record_requests(false);
    if paced {
        builder = builder.token_delay(READING_PACE);
    }
    let mut name = "sample".to_owned();
    if let Some(folder) = library {
        let folder = fs::canonicalize(folder).map_err(|error| {
            Failure::usage(format!(
                "the library {} cannot be opened: {error}; --library takes a folder of pictures",
                folder.display()
            ))
        })?;
        name =
            Uuid::new_v5(&Uuid::NAMESPACE_URL, folder.as_os_str().as_encoded_bytes()).to_string();
        builder = builder.library(folder);
    }
    // Where nothing can be kept, conversations last as long as the command.
    if let Ok((folder, key)) = place() {
        builder = builder
            .database(folder.join(format!("{name}.db")))
            .api_key(key);
    }
    builder.start().await.map_err(|error| match error {
        StartError::Library(_) => {
            Failure::usage(format!("{error}; --library takes a folder of pictures"))
        }
        _ => Failure::refused(format!("the local server did not start: {error}")),
    })
}

/// The folder of the databases, and the key under which sessions are kept there.
fn place() -> Result<(PathBuf, String)> {
    let folder = profile::folders()?.data_local_dir().join("local");
    let failed = |error: io::Error| Failure::local("keep local conversations", &error);
    profile::private_folder(&folder).map_err(failed)?;
    let file = folder.join("key");
    if let Ok(key) = fs::read_to_string(&file) {
        return Ok((folder, key.trim().to_owned()));
    }
    let key = format!("local_{}", Uuid::new_v4().simple());
    profile::private(&file)
        .and_then(|mut file| io::Write::write_all(&mut file, key.as_bytes()))
        .map_err(failed)?;
    Ok((folder, key))
}
