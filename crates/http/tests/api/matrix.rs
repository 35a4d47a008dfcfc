//! Who may call what: every route against everybody.

use parlor_domain::ChatUri;
use parlor_domain::account::Device;
use parlor_domain::chat_session::InviteTerms;
use parlor_domain::{Email, PasswordAttempt};
use parlor_http::{Access, Route, routes};
use serde_json::json;

use crate::support::{Answer, Person, Server, now};

/// What owner, member, former member (removed by somebody else), outsider and somebody without a token get.
type Row = [u16; 5];

/// The expected answers. The chat is a group that can be joined by its uri.
fn expected(route: &Route) -> Option<Row> {
    let everybody = |status| [status; 5];
    let signed_in = |status| [status, status, status, status, 401];
    let members = |status| [status, status, 404, 404, 401];
    let path = route.path.strip_prefix("/api/v1/").unwrap_or(route.path);
    Some(match (route.method, path) {
        ("GET", "/healthz/" | "/readyz/" | "users/hello/" | "asyncapi.json/" | "openapi.json/") => everybody(200),
        ("GET", "/" | "/web/{asset}/" | "/parlor-client.js/" | "/parlor-client.d.ts/") => everybody(200),
        ("GET", "/docs/" | "/docs/{file}/") => everybody(200),
        // The socket has its own tests: this is no handshake.
        ("GET", "live/") => everybody(426),
        ("POST", "users/signup/" | "users/login/" | "users/refresh/") => everybody(400),
        ("POST", "users/logout/") => signed_in(204),
        ("GET", "users/signup/" | "users/me/" | "users/me/export/" | "users/" | "users/{id}/" | "users/sessions/") => {
            signed_in(200)
        }
        ("PATCH", "users/me/") => signed_in(200),
        // Without a password.
        ("DELETE", "users/me/") | ("POST", "users/me/password/") => signed_in(400),
        ("DELETE", "users/sessions/") => signed_in(204),
        // The number of a user is no session's.
        ("DELETE", "users/sessions/{id}/") => signed_in(404),
        ("GET", "users/me/blocks/") => signed_in(200),
        ("PUT" | "DELETE", "users/me/blocks/{id}/") => signed_in(204),
        // Without a word.
        ("GET", "search/") => signed_in(400),
        ("GET" | "POST", "chats/") => signed_in(200),
        ("PATCH", "chats/") => [200, 200, 404, 200, 401],
        ("GET", "chats/{uri}/") => members(200),
        ("POST", "chats/{uri}/") => [200, 200, 409, 409, 401],
        ("PATCH", "chats/{uri}/") => [200, 200, 404, 200, 401],
        ("PATCH", "chats/{uri}/settings/") => [200, 403, 404, 404, 401],
        ("DELETE", "chats/{uri}/") => [204, 403, 404, 404, 401],
        ("PUT", "chats/{uri}/read/") => members(200),
        ("POST", "chats/{uri}/typing/") => members(204),
        ("GET", "chats/{uri}/members/") => members(200),
        ("PATCH", "chats/{uri}/members/{id}/") => [200, 403, 404, 404, 401],
        ("DELETE", "chats/{uri}/members/{id}/") => [204, 403, 404, 404, 401],
        ("GET", "chats/{uri}/invites/") => [200, 403, 404, 404, 401],
        ("POST", "chats/{uri}/invites/") => [201, 403, 404, 404, 401],
        ("DELETE", "chats/{uri}/invites/{code}/") => [204, 403, 404, 404, 401],
        ("POST", "invites/{code}/") => [200, 200, 404, 200, 401],
        ("GET", "chats/{uri}/events/") => members(200),
        ("GET", "chats/{uri}/messages/") => members(200),
        ("POST", "chats/{uri}/messages/") => members(200),
        ("GET", "chats/{uri}/messages/{seq}/") => members(200),
        // The owner wrote it.
        ("PATCH", "chats/{uri}/messages/{seq}/") => [200, 403, 404, 404, 401],
        ("DELETE", "chats/{uri}/messages/{seq}/") => [204, 403, 404, 404, 401],
        ("PUT" | "DELETE", "chats/{uri}/messages/{seq}/reactions/{emoji}/") => members(200),
        _ => return None,
    })
}

struct Stage {
    server: Server,
    owner: Person,
    member: Person,
    former: Person,
    outsider: Person,
    other: Person,
}

impl Stage {
    fn new() -> Self {
        let server = Server::start();
        let [owner, member, former, outsider, other] =
            ["owner", "member", "former", "outsider", "other"].map(|name| server.sign_up(name));
        Self { server, owner, member, former, outsider, other }
    }

    /// A group as the matrix means it, with a message of seq 2.
    fn group(&self) -> ChatUri {
        let chat = self.server.group(&[&self.owner, &self.member, &self.former, &self.other]);
        self.server.say(&self.owner, chat, "hello");
        let chats = &self.server.application.chats;
        now(chats.remove_member(self.owner.id, chat, self.former.id)).expect("removed");
        chat
    }

    fn who(&self) -> [Option<&Person>; 5] {
        [Some(&self.owner), Some(&self.member), Some(&self.former), Some(&self.outsider), None]
    }

    /// A token of a session of its own: the call may end it.
    fn fresh_token(&self, person: &Person) -> String {
        let email = Email::new(&format!("{}@example.com", person.username)).expect("an address");
        let attempt = PasswordAttempt::new(format!("{}-password", person.username)).expect("a password");
        let accounts = &self.server.application.accounts;
        let signed_in = now(accounts.log_in(&email, attempt, Device::default())).expect("logged in");
        format!("Bearer {}", signed_in.tokens.access.expose())
    }

    /// A code that leads into the chat; of what is no chat, one that leads nowhere.
    fn code(&self, chat: &str) -> String {
        let chats = &self.server.application.chats;
        let invited = chat.parse().ok().map(|chat| now(chats.invite(self.owner.id, chat, InviteTerms::default())));
        invited.and_then(Result::ok).map_or_else(|| "0".repeat(32), |invite| invite.code.to_string())
    }

    fn call(&self, route: &Route, chat: &str, person: Option<&Person>) -> Answer {
        let path = route
            .path
            .replace("{uri}", chat)
            .replace("{seq}", "2")
            .replace("{emoji}", "%F0%9F%91%8D")
            .replace("{file}", "index.html")
            .replace("{asset}", "app.js");
        let path = path.replace("{id}", &self.other.id.get().to_string()).replace("{code}", &self.code(chat));
        let mut request = self.server.request(route.method, &path).header("X-Request-Id", "r");
        if let Some(person) = person {
            request = request.header("Authorization", &self.fresh_token(person));
        }
        if matches!(route.method, "PUT" | "PATCH" | "POST") {
            let body = if route.path.contains("/users/") {
                json!({})
            } else {
                json!({"uri": chat, "seq": 1, "message": "hello", "title": "Tea", "role": "admin"})
            };
            request = request.json(&body);
        }
        request.send()
    }
}

#[test]
fn everybody_may_call_what_the_matrix_says_and_nothing_else() {
    let stage = Stage::new();
    for route in routes() {
        let row = expected(route).unwrap_or_else(|| panic!("{} {} has no row", route.method, route.path));
        for (person, expected) in stage.who().into_iter().zip(row) {
            let answer = stage.call(route, &stage.group().to_string(), person);
            let who = person.map_or("nobody", |person| &person.username);
            assert_eq!(answer.status, expected, "{who}: {} {}: {}", route.method, route.path, answer.text());
        }
    }
}

#[test]
fn the_matrix_agrees_with_what_the_routes_say_of_themselves() {
    for route in routes() {
        let [_, _, former, outsider, nobody] = expected(route).expect("a row");
        match route.access {
            Access::Open => assert_ne!(nobody, 401, "{route:?}"),
            Access::SignedIn => assert_eq!(nobody, 401, "{route:?}"),
            Access::Member => assert_eq!([former, outsider, nobody], [404, 404, 401], "{route:?}"),
        }
    }
}

#[test]
fn outsiders_cannot_tell_a_foreign_chat_from_none() {
    let stage = Stage::new();
    for route in routes().iter().filter(|route| route.access == Access::Member) {
        let foreign = stage.group().to_string();
        for person in [&stage.outsider, &stage.former] {
            let answers = [foreign.as_str(), &"0".repeat(32), "nonsense", &foreign.to_uppercase()]
                .map(|chat| stage.call(route, chat, Some(person)));
            for answer in &answers {
                assert_eq!((answer.status, answer.text()), (404, answers[0].text()), "{} {}", route.method, route.path);
            }
        }
    }
}
