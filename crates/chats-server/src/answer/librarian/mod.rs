//! The default answerer: it finds what the library holds and says so. It
//! understands nothing that is not written beside an image or in a document.

mod compose;
mod followup;
mod propose;

use super::{AnswerError, Answerer, Answering, Progress, Question, Reply};
use crate::library::{Hit, Interpretation, ItemKind, Library, Page, Search};

/// The name under which it appears in events.
pub(crate) const AGENT: &str = "librarian";
/// How many results an answer keeps; it names fewer.
const KEPT: i64 = 200;

/// Answers by full-text search in the library.
#[derive(Debug, Clone, Copy, Default)]
pub struct Librarian;

impl Answerer for Librarian {
    fn answer<'a>(
        &'a self,
        question: &'a Question,
        library: &'a Library,
        progress: &'a mut Progress,
    ) -> Answering<'a> {
        Box::pin(answer(question, library, progress))
    }
}

/// What was found for a question, images and documents apart.
struct Found {
    images: Page,
    documents: Page,
    /// Whether only some of the words were found together.
    partly: bool,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.images.hits.is_empty() && self.documents.hits.is_empty()
    }
}

async fn answer(
    question: &Question,
    library: &Library,
    progress: &mut Progress,
) -> Result<Reply, AnswerError> {
    progress.thinking("Reading the question");
    if let Some(plan) = propose::plan(question, library).await? {
        progress.status("planning", AGENT, "Several steps are needed");
        return Ok(Reply::Plan(plan));
    }
    let asked = Interpretation::of(&question.text, question.now);
    let earlier = followup::earlier_results(question, &asked);
    let about_earlier = earlier.is_some();
    let asked = if about_earlier {
        asked.without(followup::only_points)
    } else {
        asked
    };
    progress.thinking_step(
        "analysis",
        AGENT,
        "The question is cut down to what it looks for",
        &reasoning(&asked, about_earlier),
    );
    if !asked.says_something() && !about_earlier {
        let prose = compose::introduction(library, question).await?;
        progress.words(prose.marked());
        return Ok(Reply::Answer(Box::new(compose::plain_answer(prose))));
    }
    let scope = earlier.unwrap_or_else(|| question.scope.clone());
    progress.status("searching", AGENT, "Searching the library");
    let mut found = search(library, &asked, &scope, progress).await?;
    followup::keep_one(question, about_earlier, &mut found);
    if !found.images.hits.is_empty() {
        progress.image_results(
            compose::named(&found.images.hits, question.detailed),
            found.images.total,
        );
    }
    if !found.documents.hits.is_empty() {
        progress.document_results(
            compose::quoted(&found.documents.hits),
            found.documents.total,
        );
    }
    progress.status("answering", AGENT, "Writing the answer");
    let (prose, answer) = compose::answer(question, &asked, found, about_earlier);
    progress.words(prose.marked());
    Ok(Reply::Answer(Box::new(compose::resolved(prose, answer))))
}

async fn search(
    library: &Library,
    asked: &Interpretation,
    scope: &super::Scope,
    progress: &Progress,
) -> Result<Found, AnswerError> {
    let wants = |kind| asked.filters.kind.is_none_or(|only| only == kind);
    let mut found = Found {
        images: Page::default(),
        documents: Page::default(),
        partly: false,
    };
    for partly in [false, true] {
        let base = Search::of(asked).page(KEPT, 0);
        let base = if partly { base.any() } else { base };
        if wants(ItemKind::Image) {
            progress.tool_invocation("search_images", AGENT);
            let search = base
                .clone()
                .kind(ItemKind::Image)
                .only(scope.images.clone());
            found.images = library.search(search).await?;
            progress.tool_result("search_images", found.images.total);
        }
        // Without words every document would match, and none would be worth naming.
        let documents_asked = !asked.groups.is_empty()
            || asked.filters.kind == Some(ItemKind::Document)
            || scope.documents.as_ref().is_some_and(|ids| !ids.is_empty());
        if wants(ItemKind::Document) && documents_asked {
            progress.tool_invocation("search_documents", AGENT);
            let search = base.kind(ItemKind::Document).only(scope.documents.clone());
            found.documents = library.search(search).await?;
            progress.tool_result("search_documents", found.documents.total);
        }
        found.partly = partly;
        if !found.is_empty() || asked.groups.len() < 2 {
            break;
        }
    }
    Ok(found)
}

fn reasoning(asked: &Interpretation, about_earlier: bool) -> String {
    let place = if about_earlier {
        "the results of the last answer"
    } else {
        "the library"
    };
    format!("Looking in {place} for: {}.", asked.terms.join(", "))
}

/// The hits as ids, for what an answer remembers.
fn ids(hits: &[Hit]) -> Vec<String> {
    hits.iter().map(|hit| hit.item.id.to_string()).collect()
}
