//! What holds of every request, whatever it asks for.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use parlor_domain::ports::Readiness;
use parlor_domain::{StoreError, async_trait};
use parlor_http::routes;

use crate::support::{Answer, Server, exchange};

#[test]
fn health_is_told_in_two_ways() {
    let server = Server::start();
    assert_eq!(server.get("/healthz").gives(200).text(), r#"{"status":"ok"}"#);
    assert_eq!(server.get("/healthz/").gives(200).text(), r#"{"status":"ok"}"#);
    assert_eq!(server.get("/readyz").gives(200).text(), r#"{"status":"ready","database":"ok"}"#);
}

struct NoDatabase;

#[async_trait]
impl Readiness for NoDatabase {
    async fn check(&self) -> Result<(), StoreError> {
        Err(StoreError::unavailable("connection to 10.0.0.7 refused"))
    }
}

#[test]
fn a_server_without_its_database_lives_and_is_not_ready() {
    let server = Server::with(|services, _| services.readiness = Arc::new(NoDatabase));
    server.get("/healthz").gives(200);
    let answer = server.get("/readyz").gives(503);
    assert_eq!((answer.code().as_str(), answer.header("retry-after")), ("unavailable", Some("1")));
    assert!(!answer.text().contains("10.0.0.7"));
}

struct Broken;

#[async_trait]
impl Readiness for Broken {
    async fn check(&self) -> Result<(), StoreError> {
        panic!("a defect, on purpose")
    }
}

#[test]
fn a_panic_is_an_answer_and_the_worker_goes_on() {
    let server = Server::with(|services, _| services.readiness = Arc::new(Broken));
    for _ in 0..3 {
        let answer = server.get("/readyz").header("X-Request-Id", "abc").gives(500);
        assert_eq!((answer.code().as_str(), answer.header("x-request-id")), ("internal", Some("abc")));
        assert!(!answer.text().contains("on purpose"));
    }
    server.get("/healthz").gives(200);
}

#[test]
fn what_is_no_path_of_ours_is_not_found() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    let long = format!("/{}", "a".repeat(60_000));
    let slashes = "/".repeat(5_000);
    for path in [
        "/web/",
        "/web/app.ts",
        "/web/../app.js",
        "/api",
        "/api/v1/",
        "/api/v2/chats/",
        "//api/v1/chats/",
        "/api/v1//chats/",
        "/api/v1/chats//",
        "/api/v1/chats/%2e%2e/",
        "/api/v1/%63hats/",
        "/api/v1/chats/%",
        "/api/v1/chats/%zz/",
        "/api/v1/chats/%ff%fe/messages/",
        "/api/v1/chats/%00/",
        "/api/v1/chats/a%2Fb/",
        "/api/v1/chats/'\"/",
        "/api/v1/chats/{uri}/",
        "/api/v1/chats/0123456789ABCDEF0123456789abcdef/",
        "/api/v1/users/1/x/",
        "/api/v1/users/me/x/",
        "/API/V1/users/hello/",
        "/index.php?x=/api/v1/users/hello/",
        &long,
        &slashes,
    ] {
        assert_eq!(server.get(path).by(&mabel).gives(404).code(), "not_found", "{path:.60}");
    }
}

#[test]
fn every_route_works_with_and_without_its_last_slash_and_says_what_it_allows() {
    let server = Server::start();
    for route in routes() {
        let path = route.path.replace("{uri}", &"0".repeat(32)).replace("{seq}", "1").replace("{id}", "1");
        // Nothing at all is no path, not even that of the page.
        for path in [path.as_str(), path.trim_end_matches('/')].into_iter().filter(|path| !path.is_empty()) {
            let direct = server.request(route.method, path).send();
            assert!(!matches!(direct.status, 301..=308 | 405), "{} {path}: {}", route.method, direct.status);
            let allow = server.request("OPTIONS", path).gives(204).header("allow").map(str::to_owned);
            let allow = allow.expect("a list of methods");
            let mut expected: Vec<&str> =
                routes().iter().filter(|other| other.path == route.path).map(|other| other.method).collect();
            if expected.contains(&"GET") {
                expected.push("HEAD");
            }
            expected.push("OPTIONS");
            expected.sort_unstable();
            assert_eq!(allow, expected.join(", "), "{path}");
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "FOO"] {
                let status = if expected.contains(&method) { continue } else { 405 };
                let answer = server.request(method, path).gives(status);
                assert_eq!(answer.header("allow"), Some(allow.as_str()));
            }
        }
    }
}

#[test]
fn head_is_get_without_the_body() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    let chat = server.group(&[&mabel]);
    server.say(&mabel, chat, "hello");
    let messages = format!("chats/{chat}/messages/");
    for path in ["/healthz", "users/hello/", "users/me/", "chats/", &messages, "nothing/", "users/login/"] {
        let get = server.get(path).by(&mabel).send();
        let head = server.request("HEAD", path).by(&mabel).gives(get.status);
        for header in ["content-type", "content-length", "etag", "link", "cache-control"] {
            let differs = header == "content-length" && get.status >= 400;
            assert!(differs || head.header(header) == get.header(header), "{header} of {path}");
        }
    }
}

#[test]
fn a_request_keeps_the_name_that_its_caller_gave_it() {
    let server = Server::start();
    let longest = "a".repeat(64);
    for sane in ["a", "Az0._-", &longest] {
        let answer = server.get("users/hello/").header("X-Request-Id", sane).gives(200);
        assert_eq!(answer.header("x-request-id"), Some(sane));
    }
    let mut seen = std::collections::HashSet::new();
    for odd in ["", "a b", "a;b", "é", "<script>", &"a".repeat(65)] {
        let answer = server.get("users/me/").header("X-Request-Id", odd).gives(401);
        let id = answer.header("x-request-id").expect("an id").to_owned();
        assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
        assert!(seen.insert(id), "each has its own");
    }
}

#[test]
fn bytes_that_are_no_http_do_not_stop_the_server() {
    let server = Server::start();
    for garbage in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /api/v1/chats/ HTTP/1.1\r\n\r\n",
        b"GET /\xff\xff HTTP/1.1\r\nHost: p\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: p\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: p\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: p\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
    ] {
        let answer = refusal(&exchange_and_close(&server, garbage));
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid"), "{}", String::from_utf8_lossy(garbage));
    }
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    let answer = exchange(server.address, format!("GET / HTTP/1.1\r\nHost: p\r\n{many}\r\n").as_bytes());
    assert_eq!(refusal(&answer).json()["detail"], "The head of the request is too large.");
    let answer = exchange(server.address, b"GET /healthz HTTP/1.1\r\nHost: p\r\n\r\nGET / HTTP/0.3\r\n\r\n");
    let (good, bad) = answer.split_at(answer.windows(5).rposition(|five| five == b"HTTP/").expect("two answers"));
    assert_eq!((Answer::parse(good).status, refusal(bad).status), (200, 400));
    server.get("/healthz").gives(200);
}

/// An answer to what was no request: it is like all others.
fn refusal(bytes: &[u8]) -> Answer {
    let answer = Answer::parse(bytes);
    answer.check("GET");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(answer.header("date").is_some());
    answer
}

fn exchange_and_close(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    stream.write_all(bytes).expect("sent");
    stream.shutdown(std::net::Shutdown::Write).expect("half closed");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

#[test]
fn a_head_that_does_not_come_in_time_is_not_waited_for() {
    let server = Server::with(|_, options| options.head_timeout = Duration::from_millis(300));
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: p\r\n").expect("sent");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(refusal(&answer).code(), "request_timeout");
}

#[test]
fn requests_under_way_finish_when_the_server_is_told_to_end() {
    let mut server = Server::start();
    let mut idle = TcpStream::connect(server.address).expect("the server listens");
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: p\r\n\r\n").expect("sent");
    let mut some = [0; 16];
    idle.read_exact(&mut some).expect("an answer");

    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    let head =
        "POST /api/v1/users/login/ HTTP/1.1\r\nHost: p\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{";
    stream.write_all(head.as_bytes()).expect("sent");
    std::thread::sleep(Duration::from_millis(200));
    server.ask_to_stop();
    std::thread::sleep(Duration::from_millis(300));
    stream.write_all(b"}").expect("still open");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer, and the end");
    let answer = Answer::parse(&bytes);
    answer.check("POST");
    assert_eq!(answer.status, 400, "the body was read: {}", answer.text());
    let begun = std::time::Instant::now();
    server.wait();
    assert!(begun.elapsed() < Duration::from_secs(4), "idle connections are not waited for: {:?}", begun.elapsed());
    assert!(TcpStream::connect(server.address).is_err(), "nobody listens any more");
}

#[test]
fn the_web_client_is_kept_by_its_tags_and_lets_nothing_in_from_elsewhere() {
    let server = Server::start();
    for path in ["/", "/web/app.js", "/web/style.css", "/parlor-client.js", "/parlor-client.d.ts"] {
        let answer = server.get(path).gives(200);
        let tag = answer.header("etag").expect("a tag").to_owned();
        server.get(path).header("If-None-Match", &tag).gives(304);
        let policy = answer.header("content-security-policy").expect("a policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self';",
            "style-src 'self';",
            "connect-src 'self';",
            "trusted-types 'none'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
    }
    // A page of any origin may import the client.
    let module = server.get("/parlor-client.js").header("Origin", "http://elsewhere.example").gives(200);
    assert_eq!(module.header("access-control-allow-origin"), Some("*"));
    assert_eq!(module.header("content-type"), Some("text/javascript; charset=utf-8"));
}
