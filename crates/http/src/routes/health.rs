//! Whether the server works, for those who watch it.

use actix_web::http::StatusCode;
use serde::Serialize;

use crate::call::Call;
use crate::table::Answer;
use crate::wire::json;

#[derive(Serialize)]
struct HealthView {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<&'static str>,
}

/// The process answers.
pub(crate) async fn alive(_: Call) -> Answer {
    Ok(json(StatusCode::OK, &HealthView { status: "ok", database: None }))
}

/// The database answers too; 503 otherwise.
pub(crate) async fn ready(call: Call) -> Answer {
    call.services().readiness.check().await?;
    Ok(json(StatusCode::OK, &HealthView { status: "ready", database: Some("ok") }))
}
