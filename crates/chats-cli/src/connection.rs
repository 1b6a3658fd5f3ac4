//! Makes a client from flags, environment and profile: flags win over the `AIONVISION_*`
//! variables, and those over the profile. If a profile is asked for by name, the
//! variables of key, address and tenant do not count.

use chats::client::DEFAULT_BASE_URL;
use chats::{Client, ClientBuilder};
use chats_server::Server;

use crate::args::ConnectionArgs;
use crate::chat_session;
use crate::failure::{Failure, Result};
use crate::interrupts::Interrupts;
use crate::local;
use crate::profile::{self, Profile, ProfileFile};
use crate::progress::Progress;
use crate::terminal::Terminal;

/// A connection to the service, open until the command ends.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// The service itself, with `--local`.
    server: Option<Server>,
}

impl Connection {
    /// Opens it. `json` means that a program reads the output, not a person.
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
        local::tell_problems(&server);
        let (key, url) = (server.api_key().to_owned(), server.base_url().to_owned());
        Ok(Self {
            client: client(key, Some(url), None, false)?,
            server: Some(server),
        })
    }

    /// Ends what was started here; another Ctrl-C gives up on that.
    pub(crate) async fn shutdown(self, interrupts: &mut Interrupts) {
        let closed = chat_session::close_unfinished(&self.client, interrupts).await;
        if let Some(server) = self.server.filter(|_| closed) {
            tokio::select! {
                () = interrupts.next() => {}
                () = server.shutdown() => {}
            }
        }
    }
}

/// Global flags are checked here, since clap does not check those before and after a
/// subcommand together.
fn check_local(args: &ConnectionArgs) -> Result<()> {
    let other = |flag: &&str| !matches!(*flag, "--local" | "--library");
    match args.given().find(other) {
        Some(flag) => Err(Failure::usage(format!(
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

/// The settings that flags, environment and profile give together.
struct Settings {
    api_key: Option<String>,
    base_url: Option<String>,
    tenant_id: Option<String>,
}

impl Settings {
    /// A saved key goes only to the service that it was saved for, and a key from
    /// elsewhere does not go to the address of a profile.
    fn of(args: &ConnectionArgs, saved: &Saved) -> Result<Self> {
        let flag_or = |flag: &Option<String>, name| {
            let variable = || (!saved.named).then(|| variable(name)).flatten();
            flag.clone().or_else(variable)
        };
        let api_key = flag_or(&args.api_key, "AIONVISION_API_KEY");
        let base_url = flag_or(&args.base_url, "AIONVISION_BASE_URL");
        let tenant_id = flag_or(&args.tenant_id, "AIONVISION_TENANT_ID");
        let profile = &saved.profile;
        if api_key.is_some() || profile.api_key.is_none() {
            return Ok(Self {
                api_key,
                base_url,
                tenant_id,
            });
        }
        // A saved key without an address is one for the hosted service.
        let own = profile.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL);
        if let Some(other) = base_url.as_deref().filter(|other| !same(other, own)) {
            return Err(Failure::usage(format!(
                "the saved key is for {own}, not for {other}: give another key with --api-key or \
                 AIONVISION_API_KEY, or save one with `chats login NAME --base-url {other}`"
            )));
        }
        Ok(Self {
            api_key: profile.api_key.clone(),
            base_url: Some(own.to_owned()),
            tenant_id: tenant_id.or_else(|| profile.tenant_id.clone()),
        })
    }
}

fn same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

fn remote(args: &ConnectionArgs) -> Result<Client> {
    let settings = Settings::of(args, &saved(args)?)?;
    let Some(api_key) = settings.api_key else {
        return Err(Failure::usage(
            "no API key found: run `chats login`, set AIONVISION_API_KEY, or try `chats --local chat`",
        ));
    };
    let client = client(
        api_key,
        settings.base_url,
        settings.tenant_id,
        args.allow_plain_http,
    );
    Ok(client?)
}

/// A client with these settings and whatever else the environment says, such as
/// timeouts and retries.
pub(crate) fn client(
    api_key: String,
    base_url: Option<String>,
    tenant_id: Option<String>,
    allow_plain_http: bool,
) -> chats::Result<Client> {
    let mut builder = ClientBuilder::from_env()?
        .api_key(api_key)
        // An empty one means none: that of the environment may not count.
        .tenant_id(tenant_id.unwrap_or_default())
        .allow_plain_http(allow_plain_http)
        .user_agent(concat!("chats-cli/", env!("CARGO_PKG_VERSION")));
    if let Some(url) = base_url {
        builder = builder.base_url(url);
    }
    builder.build()
}

/// A profile, and whether it was asked for by name.
#[derive(Default)]
struct Saved {
    profile: Profile,
    named: bool,
}

fn saved(args: &ConnectionArgs) -> Result<Saved> {
    if let Some(name) = &args.profile {
        return match ProfileFile::usual()?.get(name)? {
            Some(profile) => Ok(Saved {
                profile,
                named: true,
            }),
            None => Err(Failure::usage(format!(
                "there is no profile `{name}`: create it with `chats login {name}`"
            ))),
        };
    }
    // With a key given, no profile is needed, not even a home folder.
    if args.api_key.is_some() || variable("AIONVISION_API_KEY").is_some() {
        return Ok(Saved::default());
    }
    let profile = match ProfileFile::usual() {
        Ok(file) => file.get(profile::DEFAULT)?,
        Err(_) => None,
    };
    Ok(Saved {
        profile: profile.unwrap_or_default(),
        named: false,
    })
}

/// A variable's value; an empty one counts as not set.
pub(crate) fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok()?.trim().to_owned();
    (!value.is_empty()).then_some(value)
}
