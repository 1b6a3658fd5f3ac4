//! The arguments of `chats images`.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum ImagesCommand {
    List(ListImages),
    Search(SearchImages),
}

/// List the ids of your images.
#[derive(Args, Debug)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  chats images list --limit 10
  chats images list --all > ids.txt

With --json: {image_ids, total_count, has_more}."
)]
pub(crate) struct ListImages {
    /// How many ids to list.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=5000))]
    pub(crate) limit: u32,
    /// How many ids to skip.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) offset: u64,
    /// List every id.
    #[arg(long, conflicts_with_all = ["limit", "offset"])]
    pub(crate) all: bool,
}

/// Search images by what they show.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  chats images search \"broken insulator\"
  chats --json images search poles --all | jq -r '.items[].image_id'

With --json: {items: [image], total, query_interpretation, has_more}; with --all
{items, total}.")]
pub(crate) struct SearchImages {
    /// What to search for, 1 to 500 characters.
    pub(crate) query: String,
    /// How many images to list.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) limit: u32,
    /// How many images to skip.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) offset: u64,
    /// List every result.
    #[arg(long, conflicts_with_all = ["limit", "offset"])]
    pub(crate) all: bool,
}
