//! From flags, environment and profile to a client: flags win over the
//! `AIONVISION_*` variables, and those over the profile. A profile that was asked
//! for by name is as good as a flag.

use chats::{Client, ClientBuilder};
use chats_server::Server;

use crate::args::ConnectionArgs;
use crate::failure::{Failure, Result};
use crate::local;
use crate::profile::{self, Profile, ProfileFile};
use crate::progress::Progress;
use crate::terminal::Terminal;

/// A way to the service, open until the command ends.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// The service itself, with `--local`.
    server: Option<Server>,
}

impl Connection {
    /// Opens it. `json` means that a program reads what comes, not a person.
    pub(crate) async fn open(
        args: &ConnectionArgs,
        terminal: Terminal,
        json: bool,
    ) -> Result<Self> {
        if !args.local {
            check(args)?;
            let client = remote(args)?;
            return Ok(Self {
                client,
                server: None,
            });
        }
        check_local(args)?;
        let paced = terminal.rich && !json;
        let spinner = Progress::spinner(terminal, "Reading the library");
        let server = local::start(args.library.as_deref(), paced).await?;
        drop(spinner);
        let (key, url) = (server.api_key().to_owned(), server.base_url().to_owned());
        Ok(Self {
            client: client(key, Some(url), None)?,
            server: Some(server),
        })
    }

    /// Ends what was started here.
    pub(crate) async fn shutdown(self) {
        self.client.shutdown().await;
        if let Some(server) = self.server {
            server.shutdown().await;
        }
    }
}

/// Global flags are checked here, since the command line's parser does not see
/// those on both sides of a command together.
fn check_local(args: &ConnectionArgs) -> Result<()> {
    let others = [
        ("--base-url", &args.base_url),
        ("--api-key", &args.api_key),
        ("--profile", &args.profile),
        ("--tenant-id", &args.tenant_id),
    ];
    match others.iter().find(|(_, value)| value.is_some()) {
        Some((flag, _)) => Err(Failure::usage(format!(
            "{flag} cannot be combined with --local"
        ))),
        None => Ok(()),
    }
}

fn check(args: &ConnectionArgs) -> Result<()> {
    match args.library {
        Some(_) => Err(Failure::usage("--library only works with --local")),
        None => Ok(()),
    }
}

/// What the three sources say together.
struct Settings {
    api_key: Option<String>,
    base_url: Option<String>,
    tenant_id: Option<String>,
}

impl Settings {
    fn of(args: &ConnectionArgs, named: Profile, usual: Profile) -> Self {
        let pick = |flag: &Option<String>, named: Option<String>, name, usual: Option<String>| {
            flag.clone().or(named).or_else(|| variable(name)).or(usual)
        };
        Self {
            api_key: pick(
                &args.api_key,
                named.api_key,
                "AIONVISION_API_KEY",
                usual.api_key,
            ),
            base_url: pick(
                &args.base_url,
                named.base_url,
                "AIONVISION_BASE_URL",
                usual.base_url,
            ),
            tenant_id: pick(
                &args.tenant_id,
                named.tenant_id,
                "AIONVISION_TENANT_ID",
                usual.tenant_id,
            ),
        }
    }
}

fn remote(args: &ConnectionArgs) -> Result<Client> {
    let (named, usual) = profiles(args)?;
    let settings = Settings::of(args, named, usual);
    let Some(api_key) = settings.api_key else {
        return Err(Failure::usage(
            "no API key found: run `chats login`, set AIONVISION_API_KEY, or try `chats --local chat`",
        ));
    };
    client(api_key, settings.base_url, settings.tenant_id)
}

/// A client with these settings and whatever else the environment says, such as
/// timeouts and retries.
pub(crate) fn client(
    api_key: String,
    base_url: Option<String>,
    tenant_id: Option<String>,
) -> Result<Client> {
    let mut builder = ClientBuilder::from_env()?
        .api_key(api_key)
        .user_agent(concat!("chats-cli/", env!("CARGO_PKG_VERSION")));
    if let Some(url) = base_url {
        builder = builder.base_url(url);
    }
    if let Some(tenant) = tenant_id {
        builder = builder.tenant_id(tenant);
    }
    Ok(builder.build()?)
}

/// The profile that was asked for by name, and the one that stands behind the
/// environment.
fn profiles(args: &ConnectionArgs) -> Result<(Profile, Profile)> {
    match &args.profile {
        Some(name) => match ProfileFile::usual()?.get(name)? {
            Some(profile) => Ok((profile, Profile::default())),
            None => Err(Failure::usage(format!(
                "there is no profile `{name}`: create it with `chats login {name}`"
            ))),
        },
        None => {
            // Who names a key and has no home folder needs no profile.
            let usual = match ProfileFile::usual() {
                Ok(file) => file.get(profile::DEFAULT)?,
                Err(_) => None,
            };
            Ok((Profile::default(), usual.unwrap_or_default()))
        }
    }
}

/// A variable that is set to nothing counts as not set.
pub(crate) fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok()?.trim().to_owned();
    (!value.is_empty()).then_some(value)
}
