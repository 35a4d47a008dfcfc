//! Query parameters that are not what they should be.

use reqwest::Method;
use serde_json::Value;

use crate::harness::{Database, Person, on_both_databases, raw, shared};

on_both_databases!(
    a_limit_is_a_whole_number_from_one_on,
    a_seq_is_a_whole_number,
    a_cursor_is_one_that_the_server_gave,
    odd_queries_never_fail,
    a_search_needs_a_word_and_not_too_much,
);

const LISTS: [&str; 5] = ["users/", "users/signup/", "users/me/blocks/", "chats/", "chats/URI/members/"];

async fn a_limit_is_a_whole_number_from_one_on(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for list in LISTS.into_iter().chain(["chats/URI/messages/"]) {
        let list = list.replace("URI", &uri);
        for bad in
            ["0", "-1", "", "x", "1.0", "1.5", "1e2", "0x10", "%201", "+1", "1%00", "%EF%BC%91", "NaN", "-0", "1,2"]
        {
            let answer = mabel.api::<Value>(Method::GET, &format!("{list}?limit={bad}")).await;
            assert_eq!(answer.status, 400, "{answer}");
            answer.problem(400, "invalid");
        }
        for good in ["1", "200", "1000", "%31", "001"] {
            mabel.api::<Value>(Method::GET, &format!("{list}?limit={good}")).await.expect_status(200);
        }
    }
}

async fn a_seq_is_a_whole_number(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for name in ["before", "after"] {
        for bad in ["-1", "", "x", "1.5", "1e2", "%201", "0x1", "1%00", "99999999999999999999"] {
            mabel.messages(&uri, &format!("?{name}={bad}")).await.problem(400, "invalid");
        }
    }
    mabel.messages(&uri, "?after=0").await.ok();
}

async fn a_cursor_is_one_that_the_server_gave(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for list in LISTS {
        let list = list.replace("URI", &uri);
        for bad in ["x", "0", "-1", "%00", "%ff", "AAAA", "null", "eyJhIjoxfQ", "%27%20OR%201=1--", &"a".repeat(2000)] {
            let answer = mabel.api::<Value>(Method::GET, &format!("{list}?cursor={bad}")).await;
            assert_eq!(answer.status, 400, "{answer}");
        }
    }
    // A cursor of one list is none of another's.
    Person::new(&server, "other").await;
    let next = mabel.directory("?limit=1").await.link("next").expect("there are others");
    let cursor = next.split("cursor=").nth(1).and_then(|rest| rest.split('&').next()).expect("a cursor");
    mabel.chats(&format!("?cursor={cursor}")).await.any_problem(400);
}

async fn odd_queries_never_fail(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for path in ["users/", "users/signup/", "users/me/", "search/", "chats/", &format!("chats/{}/messages/", &*uri)] {
        for query in [
            "?",
            "?&&&",
            "?=",
            "?limit",
            "?limit=1&limit=2",
            "?%",
            "?%zz=1",
            "?a=%ff",
            "?%ff=1",
            "?search=%ff",
            "?search=%00",
            "?search=",
            "?search=%25%5F%5C",
            "?search[]=a",
            "?limit[]=1",
            "?a=b=c",
            "?;",
            "?search=%F0%9F%98%80",
            &format!("?search={}", "a".repeat(5000)),
            &format!("?{}", "a=1&".repeat(1000)),
            "?\u{e9}",
            "?search=a+b%20c",
        ] {
            let request = format!(
                "GET /api/v1/{path}{query} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
                mabel.access
            );
            let answer = raw(server.address(), request).await;
            assert!([200, 400].contains(&answer.status), "{answer}");
        }
    }
}

async fn a_search_needs_a_word_and_not_too_much(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    mabel.says(&uri, "tea").await;
    let get = async |query: &str| mabel.api::<Value>(Method::GET, &format!("search/{query}")).await;
    for (query, field) in [
        ("", "q"),
        ("?q", "q"),
        ("?q=", "q"),
        ("?q=%20%09", "q"),
        ("?q=*", "q"),
        ("?q=%22%22", "q"),
        ("?q=(:%26%7C!)--%3B", "q"),
        ("?q=%F0%9F%98%80", "q"),
        ("?q=%CC%81", "q"),
        ("?q=tea%00", "q"),
        ("?q=%FF", "q"),
        // A surrogate alone, as three bytes.
        ("?q=tea%ED%A0%80", "q"),
        ("?q=tea&q=two", "q"),
        (&format!("?q={}", "a".repeat(201)), "q"),
        (&format!("?q={}", "%C3%A9".repeat(201)), "q"),
        ("?q=tea&limit=0", "limit"),
        ("?q=tea&limit=x", "limit"),
        ("?q=tea&cursor=x", "cursor"),
        ("?q=tea&cursor=", "cursor"),
        ("?q=tea&cursor=%00", "cursor"),
        (&format!("?q=tea&cursor={}", "A".repeat(43)), "cursor"),
        (&format!("?q=tea&chat={}&chat={}", &*uri, &*uri), "chat"),
        ("?chat=x&limit=0&cursor=x", "q"),
    ] {
        let answer = get(query).await;
        assert_eq!(answer.status, 400, "{query}: {answer}");
        let errors = answer.problem(400, "invalid").errors;
        assert!(errors.contains_key(field), "{query}: {answer}");
    }
    for (query, found) in [
        ("?q=tea&q_=1&before=x", 1),
        ("?q=%22tea", 1),
        ("?q=tea*%20*", 1),
        ("?q=%5Cud800", 0),
        ("?q=tea%20AND", 0),
        ("?q=AND", 0),
        ("?q=NOT%20tea", 0),
        ("?q=keys:tea", 0),
        ("?q=-tea", 1),
        ("?q=t%F0%9F%98%80", 1),
        (&format!("?q={}", "a%20".repeat(100)), 0),
        (&format!("?q={}", "%E2%84%A2".repeat(200)), 0),
        (&format!("?q={}", "%E3%8D%BF".repeat(200)), 0),
    ] {
        let answer = get(query).await;
        assert_eq!(answer.status, 200, "{query}: {answer}");
        assert_eq!(answer.json().as_array().map(Vec::len), Some(found), "{query}: {answer}");
    }
    for length in [5_000, 100_000] {
        let request = format!(
            "GET /api/v1/search/?q={} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
            "a".repeat(length),
            mabel.access
        );
        let answer = raw(server.address(), request).await;
        assert!((400..500).contains(&answer.status), "{answer}");
    }
}
