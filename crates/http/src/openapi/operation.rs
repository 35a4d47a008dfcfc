//! One call of the API, as it is described.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::ToSchema;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, Response, ResponseBuilder};

use super::fields::{self, Field};
use crate::problem::CODES;
use crate::table::{Access, Route};

type Schemas = Vec<(String, RefOr<Schema>)>;

/// What is said of one call. What all calls of its kind have is added by [`Self::build`].
pub(super) struct Operation {
    /// `METHOD path`, as in the table of routes.
    pub(super) route: &'static str,
    id: &'static str,
    summary: &'static str,
    query: Vec<Parameter>,
    body: Option<Vec<Field>>,
    answers: Vec<(u16, Answer)>,
    fails: Vec<&'static str>,
    pub(super) schemas: Schemas,
}

#[derive(Default)]
struct Answer {
    says: &'static str,
    content: Vec<(&'static str, RefOr<Schema>)>,
    headers: Vec<&'static str>,
    links: Vec<(&'static str, &'static [(&'static str, &'static str)])>,
}

/// The call of this route: its name for programs that are made from the document, and what it does.
pub(super) fn call(route: &'static str, id: &'static str, summary: &'static str) -> Operation {
    let (query, answers, fails, schemas) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    Operation { route, id, summary, query, body: None, answers, fails, schemas }
}

impl Operation {
    /// A parameter of the query.
    pub(super) fn query(mut self, name: &str, says: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        self.query.push(parameter(name, ParameterIn::Query, says, schema));
        self
    }

    /// A parameter of the query that must be there.
    pub(super) fn asks(mut self, name: &str, says: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        let mut asked = parameter(name, ParameterIn::Query, says, schema);
        asked.required = Required::True;
        self.query.push(asked);
        self
    }

    /// A header that is read.
    pub(super) fn header(mut self, name: &str, says: &str) -> Self {
        self.query.push(parameter(name, ParameterIn::Header, says, fields::text(None, None)));
        self
    }

    /// `limit` and `cursor`, and a `Link` to the next page.
    pub(super) fn paged(self, max: u32) -> Self {
        let cursor = "a place in this list, from a `Link`";
        let mut paged = self.query("limit", "how many at most", fields::limit(max)).query(
            "cursor",
            cursor,
            fields::text(None, None),
        );
        if let Some((_, answer)) = paged.answers.last_mut() {
            answer.headers.push("Link");
        }
        paged
    }

    /// What the body may hold.
    pub(super) fn takes(mut self, fields: Vec<Field>) -> Self {
        self.body = Some(fields);
        self
    }

    /// An answer that is one of these.
    pub(super) fn gives<T: ToSchema>(self, status: u16, says: &'static str) -> Self {
        let name = T::name();
        self.register::<T>().answers(status, says, "application/json", Ref::from_schema_name(name))
    }

    /// An answer that is an array of these.
    pub(super) fn lists<T: ToSchema>(self, says: &'static str) -> Self {
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
        self.register::<T>().answers(200, says, "application/json", items.build())
    }

    /// An answer of any media type.
    pub(super) fn answers(
        mut self,
        status: u16,
        says: &'static str,
        media_type: &'static str,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        self.answers.push((status, Answer { says, content: vec![(media_type, schema.into())], ..Answer::default() }));
        self
    }

    /// The same answer in another media type.
    pub(super) fn or(mut self, media_type: &'static str, schema: impl Into<RefOr<Schema>>) -> Self {
        if let Some((_, answer)) = self.answers.last_mut() {
            answer.content.push((media_type, schema.into()));
        }
        self
    }

    /// An answer without a body.
    pub(super) fn empty(mut self, status: u16, says: &'static str) -> Self {
        self.answers.push((status, Answer { says, ..Answer::default() }));
        self
    }

    /// A header of the last answer.
    pub(super) fn with(mut self, header: &'static str) -> Self {
        if let Some((_, answer)) = self.answers.last_mut() {
            answer.headers.push(header);
        }
        self
    }

    /// What the last answer lets one do next, with what of it.
    pub(super) fn leads_to(mut self, id: &'static str, with: &'static [(&'static str, &'static str)]) -> Self {
        if let Some((_, answer)) = self.answers.last_mut() {
            answer.links.push((id, with));
        }
        self
    }

    /// Codes of problems, beside those that all calls of its kind have.
    pub(super) fn fails(mut self, codes: &[&'static str]) -> Self {
        self.fails.extend_from_slice(codes);
        self
    }

    /// Where a schema is needed that no answer is.
    pub(super) fn register<T: ToSchema>(mut self) -> Self {
        self.schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(&mut self.schemas);
        self
    }

    /// The operation of a route.
    pub(super) fn build(self, route: &Route) -> utoipa::openapi::path::Operation {
        let codes = self.codes(route);
        let mut operation =
            OperationBuilder::new().operation_id(Some(self.id)).summary(Some(self.summary)).tag(tag(route.path));
        for name in names(route.path) {
            operation = operation.parameter(fields::of_path(name, route.path));
        }
        for parameter in self.query {
            operation = operation.parameter(parameter);
        }
        if let Some(body) = self.body {
            let required = if body.iter().any(|field| field.required) { Required::True } else { Required::False };
            let content = ContentBuilder::new().schema(Some(fields::object(body))).build();
            let body = RequestBodyBuilder::new().content("application/json", content).required(Some(required));
            operation = operation.request_body(Some(body.build()));
        }
        for (status, answer) in self.answers {
            operation = operation.response(status.to_string(), answer.build());
        }
        for (status, codes) in codes {
            operation = operation.response(status.to_string(), problem(&codes));
        }
        if route.access != Access::Open {
            operation = operation.security(SecurityRequirement::new("bearer", Vec::<String>::new()));
        }
        operation.build()
    }

    /// The codes of all problems that it may end in, by their statuses.
    fn codes(&self, route: &Route) -> BTreeMap<u16, BTreeSet<&'static str>> {
        let mut codes: BTreeSet<&'static str> = self.fails.iter().copied().collect();
        codes.extend(["busy", "unavailable"]);
        if self.body.is_some() || !self.query.is_empty() {
            codes.insert("invalid");
        }
        if self.body.is_some() {
            codes.extend(["request_timeout", "payload_too_large", "unsupported_media_type"]);
        }
        if route.access != Access::Open {
            codes.extend(["not_authenticated", "token_not_valid"]);
        }
        if names(route.path).next().is_some() {
            codes.insert("not_found");
        }
        let mut by_status: BTreeMap<u16, BTreeSet<&'static str>> = BTreeMap::new();
        for code in CODES.iter().filter(|code| codes.remove(code.name)) {
            by_status.entry(code.status).or_default().insert(code.name);
        }
        debug_assert!(codes.is_empty(), "{}: unknown codes {codes:?}", self.route);
        by_status
    }
}

impl Answer {
    fn build(self) -> Response {
        let mut response = ResponseBuilder::new().description(self.says);
        for (media_type, schema) in self.content {
            response = response.content(media_type, ContentBuilder::new().schema(Some(schema)).build());
        }
        for name in self.headers {
            response = response.header(name, HeaderBuilder::new().schema(Some(fields::text(None, None))).build());
        }
        for (id, with) in self.links {
            let mut link = LinkBuilder::new().operation_id(id);
            for (name, value) in with {
                link = link.parameter(*name, *value);
            }
            response = response.link(id, link.build());
        }
        response.build()
    }
}

fn problem(codes: &BTreeSet<&'static str>) -> Response {
    let meaning = |code: &&'static str| CODES.iter().find(|known| known.name == *code).map(|known| known.meaning);
    let says = codes.iter().map(|code| format!("`{code}`: {}", meaning(code).unwrap_or_default()));
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(says.collect::<Vec<_>>().join("; "));
    response.content("application/problem+json", content).build()
}

fn parameter(name: &str, place: ParameterIn, says: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    let parameter = ParameterBuilder::new().name(name).parameter_in(place).description(Some(says));
    parameter.required(Required::False).schema(Some(schema)).build()
}

/// What varies in a path.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// Under which heading a call stands.
fn tag(path: &str) -> &'static str {
    match path.strip_prefix("/api/v1/") {
        None => "Beside the API",
        Some(path) if path.starts_with("users/") => "Accounts",
        Some(path) if path.contains("messages/") || path.starts_with("search/") => "Messages",
        Some(path) if path.contains("events/") || path.starts_with("live/") => "The log",
        Some(path) if path.starts_with("chats/") || path.starts_with("invites/") => "Chats",
        Some(_) => "Documents",
    }
}

/// The schema of a problem (RFC 9457), with the closed list of codes.
pub(super) fn problem_schema() -> Schema {
    let list = ArrayBuilder::new().items(ObjectBuilder::new().schema_type(fields::STRING));
    let errors = ObjectBuilder::new().additional_properties(Some(Schema::from(list.build())));
    let codes = ObjectBuilder::new().schema_type(fields::STRING).enum_values(Some(CODES.iter().map(|code| code.name)));
    let text = || ObjectBuilder::new().schema_type(fields::STRING);
    let number = || ObjectBuilder::new().schema_type(fields::INTEGER);
    let mut problem = ObjectBuilder::new();
    for (name, schema) in
        [("detail", text()), ("code", codes), ("status", number()), ("title", text()), ("request_id", text())]
    {
        problem = problem.property(name, schema).required(name);
    }
    let problem = problem.property("errors", errors).property("floor", number()).property("head", number());
    problem.description(Some("Why a request was not served.")).build().into()
}
