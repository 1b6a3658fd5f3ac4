//! `chats login` and `chats logout`.

use std::io::BufRead;

use crate::args::{ConnectionArgs, LoginArgs};
use crate::connection;
use crate::failure::{Failure, Result};
use crate::output;
use crate::profile::{DEFAULT, Profile, ProfileFile};
use crate::prompt;
use crate::terminal::Terminal;

pub(crate) async fn login(connection: &ConnectionArgs, args: LoginArgs) -> Result<()> {
    if connection.local || connection.library.is_some() {
        return Err(Failure::usage(
            "--local needs no login: try `chats --local chat`",
        ));
    }
    let key = match &connection.api_key {
        Some(key) => key.clone(),
        None => ask_for_key().await?,
    };
    let key = key.trim().to_owned();
    let base_url = connection
        .base_url
        .clone()
        .or_else(|| connection::variable("AIONVISION_BASE_URL"));
    let tenant_id = connection.tenant_id.clone();
    let client = connection::client(key.clone(), base_url.clone(), tenant_id.clone())?;
    if !args.no_check {
        client.chats().list_sessions().limit(1).await?;
    }
    let file = ProfileFile::usual()?;
    let profile = Profile {
        api_key: Some(key),
        base_url,
        tenant_id,
    };
    file.set(&args.name, profile)?;
    let use_it = match args.name.as_str() {
        DEFAULT => String::new(),
        name => format!("; use it with --profile {name}"),
    };
    Ok(output::line(format!(
        "Saved the key in {}{use_it}.",
        file.path().display()
    ))?)
}

pub(crate) fn logout(name: &str) -> Result<()> {
    if ProfileFile::usual()?.remove(name)? {
        Ok(output::line(format!("Removed profile '{name}'."))?)
    } else {
        Err(Failure::usage(format!("there is no profile `{name}`")))
    }
}

/// Asks without showing what is typed; from a pipe the first line is the key.
async fn ask_for_key() -> Result<String> {
    if Terminal::detect().asks {
        let key = prompt::secret("API key: ").await?;
        return Ok(key.unwrap_or_default());
    }
    let read = || {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    };
    let line = tokio::task::spawn_blocking(read)
        .await
        .map_err(std::io::Error::other)?;
    line.map_err(|error| Failure::local("read the key", &error))
}
