//! Whether the server works, for those who watch it.

use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::Call;
use crate::table::Answer;
use crate::wire::json;

#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthView {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bus: Option<&'static str>,
}

/// The process answers.
pub(crate) async fn alive(_: Call) -> Answer {
    Ok(json(StatusCode::OK, &HealthView { status: "ok", database: None, bus: None }))
}

/// The database answers too; 503 otherwise. Without the bus the node works on, as others hear of what happens here from
/// the database: that is degraded, and no reason to send callers elsewhere.
pub(crate) async fn ready(call: Call) -> Answer {
    call.services().readiness.check().await?;
    let reachable = call.services().bus.as_ref().map(|bus| bus());
    let status = if reachable == Some(false) { "degraded" } else { "ready" };
    let bus = reachable.map(|reachable| if reachable { "ok" } else { "unreachable" });
    Ok(json(StatusCode::OK, &HealthView { status, database: Some("ok"), bus }))
}
