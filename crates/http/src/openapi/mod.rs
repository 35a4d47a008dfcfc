//! The API as an OpenAPI 3.1 document.
//!
//! The routes come from the table that serves them, the shapes of answers from the views that write them, the limits from
//! the domain, and the codes of problems from their closed list. What is written here is the rest: names, summaries, and
//! what goes in.

mod fields;
mod names;
mod operation;
mod operations;
mod views;

use std::collections::HashMap;
use std::sync::LazyLock;

use utoipa::openapi::path::{HttpMethod, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, Info, License, OpenApi, OpenApiBuilder, PathsBuilder};

pub(crate) use names::{KindName, RoleName};

use self::operation::{Operation, problem_schema};
use crate::table::{Route, routes};

/// The document as it is served.
pub(crate) static DOCUMENT: LazyLock<Vec<u8>> =
    LazyLock::new(|| serde_json::to_vec(&document()).expect("a document is strings, numbers and maps"));

fn document() -> OpenApi {
    let mut operations: HashMap<&'static str, Operation> =
        operations::operations().into_iter().map(|operation| (operation.route, operation)).collect();
    let mut components = ComponentsBuilder::new().schema("Problem", problem_schema());
    let mut paths = PathsBuilder::new();
    for route in routes() {
        let Some(operation) = operations.remove(name(route).as_str()) else { continue };
        for (name, schema) in &operation.schemas {
            components = components.schema(name.clone(), schema.clone());
        }
        paths = paths.path(path(route), PathItem::new(method(route), operation.build(route)));
    }
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = components.security_scheme("bearer", SecurityScheme::Http(bearer)).build();
    let mut info = Info::new("Parlor", env!("CARGO_PKG_VERSION"));
    info.description = Some("Accounts, chats and messages. What holds for all calls stands in docs/API.md.".into());
    info.license = Some(License::new(env!("CARGO_PKG_LICENSE")));
    OpenApiBuilder::new().info(info).paths(paths.build()).components(Some(components)).build()
}

/// `METHOD path`.
fn name(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

/// The path as it is documented: a file has no slash at its end.
fn path(route: &Route) -> &'static str {
    route.path.strip_suffix('/').filter(|path| path.ends_with(".json")).unwrap_or(route.path)
}

fn method(route: &Route) -> HttpMethod {
    match route.method {
        "GET" => HttpMethod::Get,
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        other => unreachable!("the table has no {other}"),
    }
}

#[cfg(test)]
mod tests;
