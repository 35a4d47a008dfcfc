//! What a browser sees.

use parlor_http::CorsOrigins;

use crate::support::{Answer, Server};

const PAGE: &str = "http://localhost:5173";
const METHODS: &str = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";
const ALLOWED: &str =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Prefer, X-Request-Id";
const EXPOSED: &str = "ETag, Idempotent-Replayed, Link, Location, Retry-After, X-Request-Id";

fn preflight(server: &Server, origin: &str, path: &str) -> Answer {
    let request = server.request("OPTIONS", path).header("Origin", origin);
    let request = request.header("Access-Control-Request-Method", "PATCH");
    request.header("Access-Control-Request-Headers", "authorization,content-type,x-odd").gives(204)
}

fn only(origins: &'static str) -> Server {
    Server::with(|_, options| options.cors_origins = origins.parse::<CorsOrigins>().expect("origins"))
}

#[test]
fn any_page_may_call_and_see_every_answer() {
    let server = Server::with(|_, options| options.body_timeout = std::time::Duration::from_millis(200));
    let answers = [
        server.get("users/hello/").header("Origin", PAGE).gives(200),
        server.get("users/hello/").header("Origin", "null").gives(200),
        server.get("users/hello/").gives(200),
        server.get("users/me/").header("Origin", PAGE).gives(401),
        server.get("nothing/").header("Origin", PAGE).gives(404),
        server.request("PATCH", "users/login/").header("Origin", PAGE).gives(405),
        server.post("users/login/").header("Origin", PAGE).header("Transfer-Encoding", "chunked").gives(408),
        server.post("users/login/").header("Origin", PAGE).header("Content-Length", "99999999").gives(413),
        server.post("users/login/").header("Origin", PAGE).body("text/plain", "{}").gives(415),
        server.post("users/login/").header("Origin", PAGE).body("application/json", "[]").gives(400),
    ];
    for answer in answers {
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{}", answer.status);
        assert_eq!(answer.header("access-control-expose-headers"), Some(EXPOSED));
        assert_eq!(answer.header("vary"), None);
    }
}

#[test]
fn a_preflight_is_answered_for_every_path_and_kept() {
    let server = Server::start();
    for path in ["chats/", "users/login", "users/me/", "nothing/", "*"] {
        let answer = preflight(&server, PAGE, path);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(answer.header("access-control-allow-methods"), Some(METHODS));
        assert_eq!(answer.header("access-control-allow-headers"), Some(ALLOWED));
        assert_eq!(answer.header("access-control-max-age"), Some("7200"));
    }
}

#[test]
fn a_list_of_origins_is_reflected_one_by_one() {
    let server = only("https://chat.example, http://localhost:5173");
    let allowed = server.get("users/hello/").header("Origin", PAGE).gives(200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(allowed.header("access-control-expose-headers"), Some(EXPOSED));
    assert_eq!(allowed.header("vary"), Some("Origin"));
    let error = server.get("nothing/").header("Origin", "https://chat.example").gives(404);
    assert_eq!(error.header("access-control-allow-origin"), Some("https://chat.example"));
    let kept = preflight(&server, PAGE, "chats/");
    assert_eq!(kept.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(kept.header("access-control-max-age"), Some("7200"));
    for other in ["null", "https://chat.example.evil", "http://chat.example", "https://chat.example/"] {
        let refused = server.get("users/hello/").header("Origin", other).gives(200);
        assert_eq!(refused.header("access-control-allow-origin"), None, "{other}");
        assert_eq!(refused.header("vary"), Some("Origin"));
        let refused = preflight(&server, other, "chats/");
        for header in ["allow-origin", "allow-methods", "allow-headers", "max-age"] {
            assert_eq!(refused.header(&format!("access-control-{header}")), None, "{other}");
        }
        assert_eq!(refused.header("vary"), Some("Origin"));
    }
    assert_eq!(server.get("users/hello/").gives(200).header("vary"), Some("Origin"));
}
