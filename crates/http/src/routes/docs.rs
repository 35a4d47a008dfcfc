//! The API's reference: the document, and pages to read and to try it in.

use std::sync::{Arc, LazyLock};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use utoipa_swagger_ui::{Config, SwaggerFile, serve};

use crate::call::Call;
use crate::openapi::DOCUMENT;
use crate::problem::Problem;
use crate::table::Answer;
use crate::wire::json_bytes;

/// Everything comes from here, and no script stands in a page. The page's own styles do.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/api/v1/openapi.json").use_base_layout().persist_authorization(false)));

/// The document.
pub(crate) async fn openapi(_: Call) -> Answer {
    Ok(json_bytes(StatusCode::OK, DOCUMENT.clone()))
}

/// The page.
pub(crate) async fn index(_: Call) -> Answer {
    page("index.html")
}

/// A file of the page. 404 where there is none.
pub(crate) async fn file(call: Call) -> Answer {
    page(call.file())
}

fn page(name: &str) -> Answer {
    let found = serve(name, CONFIG.clone()).map_err(|_| Problem::internal())?;
    let SwaggerFile { bytes, content_type, .. } = found.ok_or_else(Problem::not_found)?;
    let content_type = HeaderValue::try_from(content_type).map_err(|_| Problem::internal())?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, content_type)).insert_header((CONTENT_SECURITY_POLICY, POLICY));
    // The page names its files relative to itself, and is served without the slash at its end too.
    let is_page = name == "index.html";
    let bytes = bytes.into_owned();
    Ok(response.body(if is_page {
        String::from_utf8_lossy(&bytes).replace("\"./", "\"/docs/").into_bytes()
    } else {
        bytes
    }))
}
