//! The arguments of `chats login`.

use clap::Args;

/// Save your API key.
///
/// Asks for the key without showing it, checks it with the service, and saves it
/// in a file that only you can read.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  chats login
  chats login work --base-url https://chats.example.com/api/v2
  pass aionvision | chats login")]
pub(crate) struct LoginArgs {
    /// The profile to save it in [default: default].
    #[arg(value_name = "PROFILE")]
    pub(crate) name: Option<String>,
    /// Save the key without checking it with the service.
    #[arg(long)]
    pub(crate) no_check: bool,
}
