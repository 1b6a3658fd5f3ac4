//! The arguments of `chats login`.

use clap::Args;

/// Keep your key, so that no command needs it again.
///
/// The key is asked for without showing it, checked with the service, and stored
/// in a file that you alone can read.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  chats login
  chats login work --base-url https://chats.example.com/api/v2
  pass aionvision | chats login")]
pub(crate) struct LoginArgs {
    /// The profile to keep it under.
    #[arg(value_name = "PROFILE", default_value = crate::profile::DEFAULT)]
    pub(crate) name: String,
    /// Store the key without asking the service whether it is good.
    #[arg(long)]
    pub(crate) no_check: bool,
}
