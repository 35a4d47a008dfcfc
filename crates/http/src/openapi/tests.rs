use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::*;
use crate::problem::CODES;
use crate::table::Access;

fn written() -> Value {
    serde_json::from_slice(&DOCUMENT).expect("JSON")
}

fn keys(of: &Value) -> BTreeSet<&str> {
    of.as_object().map(Map::keys).into_iter().flatten().map(String::as_str).collect()
}

/// All operations, with their routes.
fn described(document: &Value) -> Vec<(&'static Route, Value)> {
    let of = |route: &'static Route| {
        let operation = &document["paths"][path(route)][route.method.to_lowercase()];
        assert!(operation.is_object(), "{} is not described", name(route));
        (route, operation.clone())
    };
    routes().iter().map(of).collect()
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let document = written();
    let described = described(&document).len();
    let operations: usize = document["paths"].as_object().expect("paths").values().map(|path| keys(path).len()).sum();
    assert_eq!(operations, described, "what is described and no route");
    assert_eq!(operations::operations().len(), described, "what was written and is no route");
}

#[test]
fn each_call_has_a_name_of_its_own_and_says_what_it_does() {
    let document = written();
    let described = described(&document);
    let names: BTreeSet<String> = described.iter().map(|(_, it)| it["operationId"].to_string()).collect();
    assert_eq!(names.len(), described.len());
    for (route, operation) in &described {
        assert!(operation["summary"].as_str().is_some_and(|summary| summary.ends_with('.')), "{}", name(route));
        assert!(operation["tags"][0].is_string());
    }
}

#[test]
fn what_varies_in_a_path_is_described() {
    for (route, operation) in described(&written()) {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let described: Vec<String> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| format!("{{{}}}", parameter["name"].as_str().expect("a name")))
            .collect();
        let varies: Vec<&str> = route.path.split('/').filter(|segment| segment.starts_with('{')).collect();
        assert_eq!(described, varies, "{}", name(route));
    }
}

#[test]
fn a_token_is_asked_for_where_one_is_needed() {
    for (route, operation) in described(&written()) {
        let asks = operation["security"][0]["bearer"].is_array();
        assert_eq!(asks, route.access != Access::Open, "{}", name(route));
        assert_eq!(asks, operation["responses"]["401"].is_object() && asks, "{}", name(route));
    }
}

#[test]
fn every_code_of_the_list_is_in_the_schema_and_most_at_a_call() {
    let document = written();
    let listed = &document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"];
    let listed: Vec<&str> = listed.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(listed, CODES.iter().map(|code| code.name).collect::<Vec<_>>());
    let paths = document["paths"].to_string();
    // What the edge itself answers is not a call's.
    for code in CODES.iter().filter(|code| !["method_not_allowed", "internal"].contains(&code.name)) {
        assert!(paths.contains(&format!("`{}`", code.name)), "no call ends in {}", code.name);
    }
}

#[test]
fn every_reference_and_link_leads_somewhere() {
    fn look(value: &Value, document: &Value, calls: &BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(path) = fields.get("$ref").and_then(Value::as_str) {
                    let pointer = path.strip_prefix('#').expect("a reference inside the document");
                    assert!(document.pointer(pointer).is_some(), "{path} leads nowhere");
                }
                for link in fields.get("links").and_then(Value::as_object).into_iter().flat_map(Map::values) {
                    assert!(calls.contains(&link["operationId"].to_string()), "{link} leads nowhere");
                }
                fields.values().for_each(|value| look(value, document, calls));
            }
            Value::Array(items) => items.iter().for_each(|item| look(item, document, calls)),
            _ => {}
        }
    }
    let document = written();
    let calls = described(&document).iter().map(|(_, it)| it["operationId"].to_string()).collect();
    look(&document, &document, &calls);
}
