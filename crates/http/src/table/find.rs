//! From method and path to the route.

use std::ops::Range;
use std::sync::LazyLock;

use actix_web::http::Method;
use actix_web::http::header::HeaderValue;

use super::{HANDLERS, Handler, ROUTES, Route};

/// The most segments that a path of ours has, and one more to see that there are too many.
const MAX_SEGMENTS: usize = 9;

static RESOURCES: LazyLock<Vec<Resource>> = LazyLock::new(resources);

/// All routes of one path.
pub(crate) struct Resource {
    pub(crate) path: &'static str,
    segments: Vec<&'static str>,
    routes: Vec<(Route, Handler)>,
    /// The methods that work here, as `Allow` names them.
    pub(crate) allow: HeaderValue,
}

/// What a request asks for.
pub(crate) enum Found {
    /// A route.
    Route(&'static Resource, Handler, Segments),
    /// Which methods there are.
    Options(&'static Resource),
    /// A path that does not know the method.
    WrongMethod(&'static Resource),
    /// No path of ours.
    Nothing,
}

/// The parts of a path between its slashes.
#[derive(Debug, Clone)]
pub(crate) struct Segments {
    parts: [Range<u16>; MAX_SEGMENTS],
    count: usize,
}

impl Segments {
    /// The parts of a path that begins with a slash; nothing, if they are more than any path of ours has.
    fn of(path: &str) -> Option<Self> {
        if !path.starts_with('/') {
            return None;
        }
        // http::Uri takes no more bytes than a u16 counts.
        let end = u16::try_from(path.len()).ok()?;
        let mut segments = Self { parts: Default::default(), count: 0 };
        let mut start = 1;
        for (at, _) in path.bytes().enumerate().skip(1).filter(|(_, byte)| *byte == b'/') {
            let at = u16::try_from(at).ok()?;
            *segments.parts.get_mut(segments.count)? = start..at;
            segments.count += 1;
            start = at + 1;
        }
        if start < end {
            *segments.parts.get_mut(segments.count)? = start..end;
            segments.count += 1;
        }
        Some(segments)
    }

    fn iter<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        (0..self.count).map(|at| self.get(path, at))
    }

    fn get<'a>(&self, path: &'a str, at: usize) -> &'a str {
        let Range { start, end } = self.parts[at];
        &path[usize::from(start)..usize::from(end)]
    }
}

impl Resource {
    fn matches(&self, path: &str, segments: &Segments) -> bool {
        self.segments.len() == segments.count
            && self
                .segments
                .iter()
                .zip(segments.iter(path))
                .all(|(ours, theirs)| if is_name(ours) { !theirs.is_empty() } else { *ours == theirs })
    }

    /// What stands in the path where the pattern has `{name}`.
    pub(crate) fn param<'a>(&self, name: &str, path: &'a str, segments: &Segments) -> Option<&'a str> {
        let is_it = |ours: &&str| ours.strip_prefix('{').and_then(|ours| ours.strip_suffix('}')) == Some(name);
        self.segments.iter().position(is_it).map(|at| segments.get(path, at))
    }

    fn handler(&self, method: &str) -> Option<Handler> {
        self.routes.iter().find(|(route, _)| route.method == method).map(|(_, handler)| *handler)
    }
}

/// What the request of this method and path asks for.
pub(crate) fn find(method: &Method, path: &str) -> Found {
    let Some(segments) = Segments::of(path) else { return Found::Nothing };
    let Some(resource) = RESOURCES.iter().find(|resource| resource.matches(path, &segments)) else {
        return Found::Nothing;
    };
    let name = if method == Method::HEAD { "GET" } else { method.as_str() };
    match resource.handler(name) {
        Some(handler) => Found::Route(resource, handler, segments),
        None if method == Method::OPTIONS => Found::Options(resource),
        None => Found::WrongMethod(resource),
    }
}

fn is_name(segment: &str) -> bool {
    segment.starts_with('{')
}

/// The routes by path, in the order of the table.
fn resources() -> Vec<Resource> {
    let mut resources: Vec<Resource> = Vec::new();
    for (route, handler) in ROUTES.iter().zip(HANDLERS) {
        match resources.iter_mut().find(|resource| resource.path == route.path) {
            Some(resource) => resource.routes.push((*route, *handler)),
            None => resources.push(Resource {
                path: route.path,
                segments: route.path.split('/').filter(|segment| !segment.is_empty()).collect(),
                routes: vec![(*route, *handler)],
                allow: HeaderValue::from_static(""),
            }),
        }
    }
    // What is spelled out comes before what varies: `users/me/` is nobody's id.
    resources.sort_by_key(|resource| resource.segments.iter().filter(|segment| is_name(segment)).count());
    for resource in &mut resources {
        resource.allow = allow(&resource.routes);
    }
    resources
}

fn allow(routes: &[(Route, Handler)]) -> HeaderValue {
    let mut methods: Vec<&str> = routes.iter().map(|(route, _)| route.method).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    methods.sort_unstable();
    HeaderValue::try_from(methods.join(", ")).expect("names of methods")
}

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str = "0123456789abcdef0123456789abcdef";

    fn path_of(method: &Method, path: &str) -> Option<(&'static str, &'static str)> {
        match find(method, path) {
            Found::Route(resource, ..) => Some(("route", resource.path)),
            Found::Options(resource) => Some(("options", resource.path)),
            Found::WrongMethod(resource) => Some(("method", resource.path)),
            Found::Nothing => None,
        }
    }

    #[test]
    fn every_route_is_found_with_and_without_its_last_slash() {
        for route in ROUTES {
            assert!(route.path.starts_with('/') && route.path.ends_with('/'), "{}", route.path);
            let method: Method = route.method.parse().expect("a method");
            let path = route.path.replace("{uri}", URI).replace("{seq}", "7").replace("{id}", "3");
            // Nothing at all is no path, not even that of the page.
            let spellings = [path.as_str(), path.trim_end_matches('/')];
            for path in spellings.into_iter().filter(|path| !path.is_empty()) {
                assert_eq!(path_of(&method, path), Some(("route", route.path)), "{} {path}", route.method);
            }
        }
    }

    #[test]
    fn no_route_stands_in_the_table_twice() {
        for (at, route) in ROUTES.iter().enumerate() {
            let same = |other: &Route| (other.method, other.path) == (route.method, route.path);
            assert_eq!(ROUTES.iter().position(same), Some(at), "{route:?}");
        }
        assert_eq!(ROUTES.len(), HANDLERS.len());
    }

    #[test]
    fn odd_paths_are_none_of_ours() {
        for odd in [
            "",
            "*",
            "//",
            "/api",
            "/api/v1",
            "/api/v1/",
            "//api/v1/chats/",
            "/api/v1//chats/",
            "/api/v1/chats//",
            "/api/v1/chats///messages/",
            "/api/v1/chats/%",
            "/api/v1/chats/%2F/messages/x/y/",
            "/api/v1/%63hats/",
            "/API/v1/chats/",
            "/api/v1/chats/../chats/",
            "/api/v1/chats/a/messages/1/2/3/4/5/6/7/8/",
            "api/v1/chats/",
            "healthz",
            "/healthz//",
        ] {
            let found = path_of(&Method::GET, odd);
            assert!(found.is_none() || odd == "/api/v1/chats/%", "{odd}: {found:?}");
        }
    }

    #[test]
    fn methods_are_told_from_paths() {
        let chats = "/api/v1/chats/";
        assert_eq!(path_of(&Method::HEAD, chats), Some(("route", chats)));
        assert_eq!(path_of(&Method::OPTIONS, chats), Some(("options", chats)));
        for wrong in [Method::DELETE, Method::TRACE, "FOO".parse().expect("a method")] {
            assert_eq!(path_of(&wrong, chats), Some(("method", chats)));
        }
        let allow = |path| match find(&Method::OPTIONS, path) {
            Found::Options(resource) => resource.allow.to_str().expect("ASCII"),
            _ => panic!("{path} is a path of ours"),
        };
        assert_eq!(allow(chats), "GET, HEAD, OPTIONS, PATCH, POST");
        assert_eq!(allow("/api/v1/users/login"), "OPTIONS, POST");
    }

    #[test]
    fn parameters_are_found_by_name() {
        let path = format!("/api/v1/chats/{URI}/messages/42");
        let Found::Route(resource, _, segments) = find(&Method::GET, &path) else { panic!("a route") };
        assert_eq!(resource.param("uri", &path, &segments), Some(URI));
        assert_eq!(resource.param("seq", &path, &segments), Some("42"));
        assert_eq!(resource.param("id", &path, &segments), None);
    }
}
