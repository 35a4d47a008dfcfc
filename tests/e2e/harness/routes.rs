//! The server's own list of its routes: `parlor routes`, a line `METHOD PATH ACCESS` for each.

use reqwest::Method;

use super::{Run, run};

/// One call that the server takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Who may call: `everybody`, or fewer.
    pub(crate) access: String,
}

/// What to put into a path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) uri: &'a str,
    pub(crate) id: u64,
    pub(crate) seq: u64,
    /// Of an invite.
    pub(crate) code: &'a str,
}

/// All routes of the binary.
pub(crate) async fn routes() -> Vec<Route> {
    let directory = tempfile::tempdir().unwrap();
    let outcome = run(directory.path(), Run { arguments: &["routes"], ..Run::default() }).await;
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let routes: Vec<Route> = outcome.stdout.lines().map(Route::parse).collect();
    assert!(routes.len() > 15, "{routes:?}");
    routes
}

impl Route {
    fn parse(line: &str) -> Self {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [method, path, access] = words.as_slice() else { panic!("no line of a route: {line:?}") };
        Self { method: method.parse().unwrap(), path: (*path).to_owned(), access: (*access).to_owned() }
    }

    /// `METHOD PATH`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.access == "everybody"
    }

    /// Whether it is about one chat.
    pub(crate) fn is_of_a_chat(&self) -> bool {
        self.path.contains("{uri}")
    }

    /// Whether it reads a body.
    pub(crate) fn takes_a_body(&self) -> bool {
        let erases = self.method == Method::DELETE && self.path.ends_with("/users/me/");
        let bare = ["/logout/", "/{emoji}/", "/{code}/", "/blocks/{id}/"].iter().any(|end| self.path.ends_with(end));
        erases || [Method::POST, Method::PATCH, Method::PUT].contains(&self.method) && !bare
    }

    /// The path with its places filled in.
    pub(crate) fn at(&self, place: Place<'_>) -> String {
        let path = self.path.replace("{uri}", place.uri).replace("{id}", &place.id.to_string());
        let path = path
            .replace("{seq}", &place.seq.to_string())
            .replace("{emoji}", "%F0%9F%91%8D")
            .replace("{file}", "swagger-ui.css")
            .replace("{asset}", "app.js");
        let path = path.replace("{code}", place.code);
        assert!(!path.contains('{'), "the tests do not know what to put into {}", self.path);
        path
    }
}
