//! Listing and searching the images of the library.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::http::call::settle;
use crate::http::{ApiError, Call};
use crate::library::{Filters, Interpretation, ItemKind, Page, Search};
use crate::state::App;
use crate::validation::{Problems, SearchImages, integer_parameter};
use crate::wire;

type Reply = Result<Json<Value>, ApiError>;

pub(in crate::http) async fn all(State(app): State<Arc<App>>, call: Call) -> Reply {
    let mut problems = Problems::default();
    let query = call.query();
    let limit = integer_parameter(&query, "limit", 1, 5000, 5000, &mut problems);
    let offset = integer_parameter(&query, "offset", 0, i64::MAX, 0, &mut problems);
    let (limit, offset) = settle(problems, Some((limit, offset)))?;
    let (ids, total) = app.library.image_ids(limit, offset).await?;
    Ok(Json(json!({
        "has_more": wire::has_more(offset, ids.len(), total),
        "image_ids": ids,
        "total_count": total,
    })))
}

pub(in crate::http) async fn search(State(app): State<Arc<App>>, call: Call) -> Reply {
    let mut problems = Problems::default();
    let request = call.body(&mut problems, SearchImages::read)?;
    let request = settle(problems, request)?;
    let asked = Interpretation::of(&request.query, app.now());
    let search = Search::of(&asked)
        .kind(ItemKind::Image)
        .page(request.limit, request.offset);
    let (page, partly) = if asked.names_images() {
        app.library.search_loosely(search).await?
    } else {
        (Page::default(), false)
    };
    let links = call.links(&app.links);
    let results: Vec<Value> = page
        .hits
        .iter()
        .map(|hit| wire::search_result(hit, page.best, &links))
        .collect();
    Ok(Json(json!({
        "results": results,
        "total_count": page.total,
        "query_interpretation": interpretation(&request.query, &asked, partly),
    })))
}

fn interpretation(query: &str, asked: &Interpretation, partly: bool) -> Value {
    let Filters {
        media_types,
        from,
        until,
        ..
    } = &asked.filters;
    json!({
        "original_query": query,
        "terms": asked.terms,
        "synonyms": asked.groups,
        "match": if partly { "any" } else { "all" },
        "filters": {"media_types": media_types, "from": from, "until": until},
    })
}
