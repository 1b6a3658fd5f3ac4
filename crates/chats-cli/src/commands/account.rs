//! `chats login` and `chats logout`.

use std::io::{BufRead, IsTerminal, Read};

use chats::ErrorKind;
use serde_json::json;

use crate::args::{ConnectionArgs, LoginArgs};
use crate::connection;
use crate::failure::{Failure, Result};
use crate::output;
use crate::profile::{DEFAULT, Profile, ProfileFile};
use crate::prompt;
use crate::sentence::about_setting;
use crate::terminal::steers;

pub(crate) async fn login(connection: &ConnectionArgs, args: LoginArgs, json: bool) -> Result<()> {
    let name = profile_name(connection, args.name)?;
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
    if key.is_empty() {
        return Err(Failure::usage("no key was entered"));
    }
    let base_url = connection
        .base_url
        .clone()
        .or_else(|| connection::variable("AIONVISION_BASE_URL"));
    let tenant_id = connection.tenant_id.clone();
    let plain = connection.allow_plain_http;
    let client = connection::client(key.clone(), base_url.clone(), tenant_id.clone(), plain)
        .map_err(|error| {
            // A key that was typed or piped has no flag.
            if error.setting() == Some("api_key") && connection.api_key.is_none() {
                Failure::usage(about_setting(&error, "the key"))
            } else {
                error.into()
            }
        })?;
    if !args.no_check {
        let checked = client.chats().list_sessions().limit(1).await;
        checked.map_err(|error| match error.kind() {
            ErrorKind::Authentication => {
                Failure::refused("the service does not accept this key; nothing was saved")
            }
            _ => error.into(),
        })?;
    }
    let file = ProfileFile::usual()?;
    let profile = Profile {
        api_key: Some(key),
        base_url,
        tenant_id,
    };
    file.set(&name, profile)?;
    if json {
        let saved = json!({"profile": name, "file": file.path().to_string_lossy()});
        return Ok(output::json(&saved)?);
    }
    let use_it = match name.as_str() {
        DEFAULT => String::new(),
        name => format!("; use it with --profile {name}"),
    };
    Ok(output::line(format!(
        "Saved the key in {}{use_it}.",
        file.path().display()
    ))?)
}

pub(crate) fn logout(connection: &ConnectionArgs, name: Option<String>, json: bool) -> Result<()> {
    let name = profile_name(connection, name)?;
    if let Some(flag) = connection.needless_for_logout() {
        return Err(Failure::usage(format!("{flag} has no meaning for logout")));
    }
    if !ProfileFile::usual()?.remove(&name)? {
        return Err(Failure::usage(format!("there is no profile `{name}`")));
    }
    match json {
        true => output::json(&json!({"removed_profile": name}))?,
        false => output::line(format!("Removed profile '{name}'."))?,
    }
    Ok(())
}

/// The profile to use, named by the argument or, as in any other command, by --profile.
fn profile_name(connection: &ConnectionArgs, own: Option<String>) -> Result<String> {
    let name = match (own, &connection.profile) {
        (Some(own), Some(flag)) if own != *flag => {
            return Err(Failure::usage(format!(
                "`{own}` and --profile {flag} name two profiles; name one"
            )));
        }
        (own, flag) => own.or_else(|| flag.clone()),
    };
    let name = name.unwrap_or_else(|| DEFAULT.to_owned());
    if name.trim().is_empty() || name.contains(steers) {
        return Err(Failure::usage(
            "the name of a profile must be visible text on one line",
        ));
    }
    Ok(name)
}

/// The longest line that is read for a key, in bytes.
const LONGEST_KEY: u64 = 8 * 1024;

/// Asks without showing what is typed; from a pipe the first line is the key.
async fn ask_for_key() -> Result<String> {
    if std::io::stdin().is_terminal() {
        let key = prompt::secret("API key: ").await?;
        return Ok(key.unwrap_or_default());
    }
    let read = || {
        let mut line = String::new();
        let mut input = std::io::stdin().lock().take(LONGEST_KEY);
        input.read_line(&mut line).map(|_| line)
    };
    let line = tokio::task::spawn_blocking(read)
        .await
        .map_err(std::io::Error::other)?;
    line.map_err(|error| Failure::local("read the key", &error))
}
