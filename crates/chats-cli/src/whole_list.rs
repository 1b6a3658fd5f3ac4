//! Lists that are read to their end, page after page.

use chats::pager::{PageItem, Pager};
use futures_util::TryStreamExt;

use crate::counting::counted;
use crate::output;
use crate::progress::Progress;
use crate::terminal::Terminal;

/// Reads all of a list, with a bar while it comes in. If it ends before all that it was to
/// have came, that is said: a script must not take the part for the whole.
pub(crate) async fn read<T: PageItem>(
    mut pager: Pager<T>,
    terminal: Terminal,
    doing: &str,
    what: &str,
) -> chats::Result<Vec<T>> {
    let progress = Progress::bar(terminal, doing);
    let mut items = Vec::new();
    while let Some(item) = pager.try_next().await? {
        progress.of(pager.total_hint());
        progress.step();
        items.push(item);
    }
    drop(progress);
    let came = items.len();
    if let Some(all) = pager.total_hint().filter(|all| *all > came as u64) {
        let all = counted(all, what);
        output::remark(format!("warning: the list ended after {came} of {all}"));
    }
    Ok(items)
}
