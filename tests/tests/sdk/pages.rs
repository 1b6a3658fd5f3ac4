//! Lists that are longer than a page, also while they change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contract_tests::{Reply, ScriptedServer, SeenRequest, client_of};

use chats::clock::Clock as _;
use chats::{ChatResource, CircuitBreaker, ErrorKind, ImageId};
use futures_util::{StreamExt, TryStreamExt};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// The number that a query parameter has.
fn query(request: &SeenRequest, name: &str) -> usize {
    let (_, query) = request.target.split_once('?').unwrap();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name).unwrap();
    value.parse().unwrap()
}

fn page(ids: impl IntoIterator<Item = usize>, total: usize, has_more: bool) -> Reply {
    let ids: Vec<_> = ids
        .into_iter()
        .map(|n| Uuid::from_u128(n as u128))
        .collect();
    let body = serde_json::json!({"image_ids": ids, "total_count": total, "has_more": has_more});
    Reply::json(200, body.to_string())
}

/// A server with this many images.
async fn images(total: usize) -> ScriptedServer {
    ScriptedServer::start(move |request, _| {
        let (limit, offset) = (query(request, "limit"), query(request, "offset"));
        let end = (offset + limit).min(total);
        page(offset..end, total, end < total)
    })
    .await
}

fn chats_of(server: &ScriptedServer) -> ChatResource {
    client_of(server).0.max_retries(0).build().unwrap().chats()
}

#[tokio::test]
async fn a_list_goes_on_where_it_is_told_to() {
    for prefetch in [0, 2] {
        let server = images(23).await;
        let from = |offset| {
            chats_of(&server)
                .iter_images()
                .page_size(5)
                .prefetch(prefetch)
                .offset(offset)
        };
        let rest: Vec<_> = from(12).try_collect().await.unwrap();
        assert_eq!(numbers(&rest), (12..23).collect::<Vec<_>>());
        let pages: Vec<_> = from(23).pages().try_collect().await.unwrap();
        let places = pages.iter().map(|page| (page.offset, page.items.len()));
        assert!(places.eq([(23, 0)]), "an empty list is one empty page");
    }
    let server = images(5).await;
    let far = chats_of(&server).iter_images().offset(u64::MAX);
    let error = far.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(server.requests().is_empty(), "nothing is sent");
}

fn numbers(ids: &[ImageId]) -> Vec<u128> {
    ids.iter().map(|id| id.as_uuid().as_u128()).collect()
}

#[tokio::test]
async fn all_items_come_in_order_with_and_without_prefetch() {
    for prefetch in [0, 1, 3, 100] {
        let server = images(23).await;
        let mut pager = chats_of(&server)
            .iter_images()
            .page_size(5)
            .prefetch(prefetch);
        assert_eq!(pager.total_hint(), None);
        let first = pager.try_next().await.unwrap().unwrap();
        assert_eq!(pager.total_hint(), Some(23));
        let mut all = vec![first];
        all.extend(pager.try_collect::<Vec<_>>().await.unwrap());
        assert_eq!(numbers(&all), (0..23).collect::<Vec<_>>());
        assert_eq!(
            server.requests().len(),
            5,
            "prefetch {prefetch} asks for no page twice"
        );
    }
}

#[tokio::test]
async fn nothing_is_requested_before_it_is_needed() {
    let server = images(50).await;
    let mut pager = chats_of(&server).iter_images().page_size(10);
    for _ in 0..10 {
        pager.try_next().await.unwrap();
    }
    assert_eq!(server.requests().len(), 1);
    pager.try_next().await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn items_that_move_to_a_later_page_come_once() {
    // Two new items appear at the front between the two requests.
    let server = ScriptedServer::replies([
        page([10, 11, 12, 13], 8, true),
        page([12, 13, 14, 15], 10, true),
        page([16, 17], 10, false),
    ])
    .await;
    let all: Vec<_> = chats_of(&server)
        .iter_images()
        .page_size(4)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(numbers(&all), (10..18).collect::<Vec<_>>());
}

#[tokio::test]
async fn rows_that_move_by_whole_pages_cost_nothing() {
    let server = ScriptedServer::start(|_, n| match n {
        0 | 1 => page([1, 2], 100, true),
        2 => page([3, 4], 100, true),
        // Three rows came: what was seen two pages ago comes again.
        3 => page([2, 3], 100, true),
        _ => page([5], 100, false),
    })
    .await;
    let pager = chats_of(&server).iter_images().page_size(2);
    let all: Vec<_> = pager.try_collect().await.unwrap();
    assert_eq!(numbers(&all), [1, 2, 3, 4, 5]);

    let server = ScriptedServer::start(|_, n| match n {
        0 => page([1], 100, true),
        1..=5 => page([n - 1], 100, true),
        _ => page([5], 100, false),
    })
    .await;
    let pager = chats_of(&server).iter_images().page_size(1);
    let all: Vec<_> = pager.try_collect().await.unwrap();
    assert_eq!(numbers(&all), [1, 0, 2, 3, 4, 5]);
}

#[tokio::test]
async fn no_more_pages_are_requested_ahead_than_were_asked_for() {
    for ahead in [1, 3, 8] {
        let server = images(5000).await;
        let mut pager = chats_of(&server)
            .iter_images()
            .page_size(400)
            .prefetch(ahead);
        // Each item that is taken brings on what is requested ahead.
        for _ in 0..400 {
            pager.try_next().await.unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(server.requests().len(), 1 + ahead);
    }
}

/// What is asked for ahead may be read before the page that precedes it.
#[tokio::test]
async fn a_page_that_was_read_before_its_predecessor_is_read_again() {
    // While the second page waits, an item is added; the third was read before that.
    let grown = Arc::new(AtomicBool::new(false));
    let gate = Arc::new(Semaphore::new(0));
    let (has_grown, opens) = (grown.clone(), gate.clone());
    let server = ScriptedServer::start(move |request, _| match query(request, "offset") {
        0 => page(0..4, 12, true),
        4 => page(3..7, 13, true).after(gate.clone()),
        8 if !has_grown.swap(true, Ordering::Relaxed) => {
            opens.add_permits(1);
            page(8..12, 12, true)
        }
        offset => page(offset - 1..(offset + 3).min(12), 13, offset < 12),
    })
    .await;
    let images = chats_of(&server).iter_images().page_size(4).prefetch(2);
    let all: Vec<_> = images.try_collect().await.unwrap();
    assert_eq!(numbers(&all), (0..12).collect::<Vec<_>>());
    assert!(grown.load(Ordering::Relaxed));
}

#[tokio::test]
async fn pages_ahead_do_not_end_a_list_while_a_circuit_closes() {
    let server = ScriptedServer::start(|request, n| match n {
        0..5 => Reply::json(500, "{}"),
        _ => {
            let offset = query(request, "offset");
            page(offset..offset + 5, 30, offset < 25)
        }
    })
    .await;
    let (builder, clock) = client_of(&server);
    let breaker = CircuitBreaker::new().open_for(Duration::from_secs(20));
    let chats = builder.circuit_breaker(breaker).max_retries(0).build();
    let chats = chats.unwrap().chats();
    for _ in 0..5 {
        chats.get_all_images().await.unwrap_err();
    }
    clock.sleep(Duration::from_secs(20)).await;
    let images = chats.iter_images().page_size(5).prefetch(4);
    let all: Vec<_> = images.try_collect().await.unwrap();
    assert_eq!(numbers(&all), (0..30).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_service_that_repeats_itself_does_not_keep_the_list_going() {
    let server = ScriptedServer::start(|_, _| page([1, 2], 100, true)).await;
    let all: Vec<_> = chats_of(&server)
        .iter_images()
        .page_size(2)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(numbers(&all), [1, 2]);
    let server = ScriptedServer::start(|_, n| page([n % 3, (n + 1) % 3], 100, true)).await;
    let all: Vec<_> = chats_of(&server)
        .iter_images()
        .page_size(2)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(numbers(&all), [0, 1, 2]);
    let server = ScriptedServer::start(|_, _| page([], 100, true)).await;
    let all: Vec<_> = chats_of(&server).iter_images().try_collect().await.unwrap();
    assert!(all.is_empty());
    assert!(server.requests().len() <= 2);
}

#[tokio::test]
async fn pages_that_are_shorter_than_asked_for_lose_nothing() {
    for prefetch in [0, 4] {
        // The service gives at most 3 at a time, whatever is asked for.
        let server = ScriptedServer::start(|request, _| {
            let offset = query(request, "offset");
            let end = (offset + 3).min(10);
            page(offset..end, 10, end < 10)
        })
        .await;
        let pager = chats_of(&server)
            .iter_images()
            .page_size(5)
            .prefetch(prefetch);
        let all: Vec<_> = pager.try_collect().await.unwrap();
        assert_eq!(numbers(&all), (0..10).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn one_item_that_cannot_be_read_costs_one_error() {
    let session = |n: u128| format!(r#"{{"id":"{}","title":"s"}}"#, Uuid::from_u128(n));
    let (a, b) = (session(1), session(2));
    let body = format!(r#"{{"sessions":[{a},{{"id":5}},{b}],"total_count":3,"has_more":false}}"#);
    let server = ScriptedServer::start(move |_, _| Reply::json(200, &body)).await;
    let chats = chats_of(&server);
    let items: Vec<_> = chats.iter_sessions().collect().await;
    assert!(items[0].is_ok() && items[2].is_ok() && items.len() == 3);
    let error = items[1].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.path(), Some("sessions[1].id"));

    let pages: Vec<_> = chats.iter_sessions().pages().try_collect().await.unwrap();
    assert_eq!((pages[0].items.len(), pages[0].unreadable.len()), (2, 1));
    assert_eq!(pages[0].total, Some(3));
    let whole = chats.list_sessions().await.unwrap_err();
    assert_eq!(whole.path(), Some("sessions[1].id"));
}

#[tokio::test]
async fn a_page_that_cannot_be_had_ends_the_list() {
    for prefetch in [0, 2] {
        let server = ScriptedServer::start(|request, _| match query(request, "offset") {
            0 => page(0..2, 9, true),
            _ => Reply::json(403, "{}"),
        })
        .await;
        let mut pager = chats_of(&server)
            .iter_images()
            .page_size(2)
            .prefetch(prefetch);
        assert!(pager.next().await.unwrap().is_ok());
        assert!(pager.next().await.unwrap().is_ok());
        let error = pager.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission);
        assert!(pager.next().await.is_none());
    }
}

#[tokio::test]
async fn an_empty_list_has_one_empty_page() {
    let server = images(0).await;
    let pages: Vec<_> = chats_of(&server)
        .iter_images()
        .pages()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(pages.len(), 1);
    assert!(pages[0].items.is_empty() && !pages[0].has_more);
}

#[tokio::test]
async fn a_list_whose_total_nobody_tells_has_none() {
    let server = ScriptedServer::start(|request, _| {
        let offset = query(request, "offset");
        let ids: Vec<_> = (offset..offset + 5)
            .map(|n| Uuid::from_u128(n as u128))
            .collect();
        let body = serde_json::json!({"image_ids": ids, "has_more": offset < 15});
        Reply::json(200, body.to_string())
    })
    .await;
    let mut pager = chats_of(&server).iter_images().page_size(5).prefetch(2);
    let first = pager.try_next().await.unwrap().unwrap();
    assert_eq!(pager.total_hint(), None);
    let mut all = vec![first];
    all.extend(pager.try_collect::<Vec<_>>().await.unwrap());
    assert_eq!(numbers(&all), (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_search_goes_on_while_its_total_says_so() {
    let server = ScriptedServer::start(|request, _| {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        let (limit, offset) = (
            body["limit"].as_u64().unwrap(),
            body["offset"].as_u64().unwrap(),
        );
        let results: Vec<_> = (offset..(offset + limit).min(7))
            .map(|n| serde_json::json!({"image_id": Uuid::from_u128(u128::from(n))}))
            .collect();
        let body = serde_json::json!({"results": results, "total_count": 7});
        Reply::json(200, body.to_string())
    })
    .await;
    let pager = chats_of(&server).iter_search_images("x").page_size(3);
    assert_eq!(pager.try_collect::<Vec<_>>().await.unwrap().len(), 7);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
#[should_panic(expected = "options set after it was polled")]
async fn options_after_the_first_poll_are_a_mistake() {
    let server = images(5).await;
    let mut pager = chats_of(&server).iter_images();
    let _ = pager.next().await;
    drop(pager.page_size(3));
}

/// A page of sessions none of which can be read.
fn unreadable(count: usize, total: usize) -> Reply {
    let sessions = vec![serde_json::json!({"id": 5}); count];
    let body = serde_json::json!({"sessions": sessions, "total_count": total, "has_more": true});
    Reply::json(200, body.to_string())
}

#[tokio::test]
async fn pages_of_unreadable_items_do_not_end_the_list_as_if_it_were_complete() {
    let session = serde_json::json!({"id": Uuid::from_u128(1), "title": "s"});
    let last = serde_json::json!({"sessions": [session], "total_count": 101, "has_more": false});
    let server = ScriptedServer::start(move |request, _| match query(request, "offset") {
        100 => Reply::json(200, last.to_string()),
        _ => unreadable(20, 101),
    })
    .await;
    let items: Vec<_> = chats_of(&server)
        .iter_sessions()
        .page_size(20)
        .collect()
        .await;
    assert_eq!(items.len(), 101);
    assert!(items[..100].iter().all(Result::is_err) && items[100].is_ok());
}

#[tokio::test]
async fn an_endless_run_of_unreadable_pages_ends_with_an_error() {
    let server = ScriptedServer::start(|_, _| unreadable(20, 1_000_000)).await;
    for prefetch in [0, 2] {
        let chats = chats_of(&server);
        let pages = chats.iter_sessions().page_size(20).prefetch(prefetch);
        let mut pages: Vec<_> = pages.pages().collect().await;
        let error = pages.pop().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("200 items"), "{error}");
        let pages: Vec<_> = pages.into_iter().map(Result::unwrap).collect();
        assert_eq!(pages.len(), 10);
        assert!(pages[..9].iter().all(|page| page.has_more));
        assert!(!pages[9].has_more);
        assert!(pages.iter().all(|page| page.unreadable.len() == 20));
    }
}

#[tokio::test]
async fn a_page_read_ahead_that_ran_out_of_time_while_nobody_waited_is_read_again() {
    let server = ScriptedServer::start(|request, n| match query(request, "offset") {
        // The first time it is asked for, it never comes.
        100 if n == 1 => Reply::silence(),
        offset => page(offset..offset + 100, 300, offset < 200),
    })
    .await;
    let (builder, clock) = client_of(&server);
    let chats = builder.max_retries(0).build().unwrap().chats();
    let mut pager = chats.iter_images().page_size(100).prefetch(1);
    let mut all = Vec::new();
    // Each item that is taken brings on what is requested ahead.
    while server.requests().len() < 2 {
        all.push(pager.try_next().await.unwrap().unwrap());
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
    assert!(all.len() < 100);
    // Whoever reads the list takes longer over an item than a page may take.
    clock.expire();
    all.extend(pager.try_collect::<Vec<_>>().await.unwrap());
    assert_eq!(numbers(&all), (0..300).collect::<Vec<_>>());
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn pages_that_nobody_waited_for_say_nothing_of_the_service() {
    let server = ScriptedServer::start(|request, n| match query(request, "offset") {
        // What is requested ahead comes only the second time.
        offset if (1..9).contains(&n) && offset > 0 => Reply::silence(),
        offset => page(offset..offset + 100, 1000, offset < 900),
    })
    .await;
    let (builder, clock) = client_of(&server);
    let chats = builder.max_retries(0).build().unwrap().chats();
    let mut pager = chats.iter_images().page_size(100).prefetch(8);
    let mut all = Vec::new();
    while server.requests().len() < 9 {
        all.push(pager.try_next().await.unwrap().unwrap());
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
    clock.expire();
    // More than enough of them to open a circuit, if they counted.
    all.extend(pager.try_collect::<Vec<_>>().await.unwrap());
    assert_eq!(numbers(&all), (0..1000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_that_somebody_waits_for_may_run_out_of_time() {
    let server = ScriptedServer::start(|request, _| match query(request, "offset") {
        2 => Reply::silence(),
        offset => page(offset..offset + 2, 6, true),
    })
    .await;
    for (prefetch, requests) in [(0, 2), (1, 3)] {
        let before = server.requests().len();
        let (builder, clock) = client_of(&server);
        let chats = builder.max_retries(0).build().unwrap().chats();
        let mut pager = chats.iter_images().page_size(2).prefetch(prefetch);
        for _ in 0..2 {
            pager.try_next().await.unwrap().unwrap();
        }
        let mut waiting = pager.next();
        let mut arrived = before + 1;
        let ended = loop {
            if let std::task::Poll::Ready(ended) = futures_util::poll!(&mut waiting) {
                break ended;
            }
            // Each request that has arrived runs out of its time.
            if server.requests().len() > arrived {
                arrived += 1;
                clock.expire();
            }
            tokio::task::yield_now().await;
        };
        let error = ended.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(pager.next().await.is_none());
        assert_eq!(server.requests().len() - before, requests);
    }
}

#[tokio::test]
async fn all_pages_read_ahead_are_taken_in_while_one_is_read() {
    let server = images(2000).await;
    let (builder, clock) = client_of(&server);
    let chats = builder.max_retries(0).build().unwrap().chats();
    let mut pager = chats.iter_images().page_size(400).prefetch(4);
    let mut all = Vec::new();
    for _ in 0..400 {
        all.push(pager.try_next().await.unwrap().unwrap());
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(server.requests().len(), 5);
    // They are here, so that no time can run out any more.
    clock.expire();
    all.extend(pager.try_collect::<Vec<_>>().await.unwrap());
    assert_eq!(numbers(&all), (0..2000).collect::<Vec<_>>());
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn a_negative_total_says_nothing_of_the_pages_to_come() {
    let results: Vec<_> = (0..2)
        .map(|n| serde_json::json!({"image_id": n.to_string()}))
        .collect();
    let page = serde_json::json!({"results": results, "total_count": -1});
    let server = ScriptedServer::start(move |_, _| Reply::json(200, page.to_string())).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let found = chats.search_images("poles").limit(2).await.unwrap();
    assert!(found.has_more);
}
