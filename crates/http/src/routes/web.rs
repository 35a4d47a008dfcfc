//! The web client: a page and the files that it is made of. They stand in `crates/http/web` as people write them, and are
//! served without comments and needless space.

use std::sync::LazyLock;

use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY, X_FRAME_OPTIONS,
};

use crate::call::Call;
use crate::etag;
use crate::problem::Problem;
use crate::table::Answer;

/// Everything comes from here, no script and no style stands in the page, and no text ever becomes markup: what is
/// written into a page goes through `Trusted Types`, of which it makes none (W3C, Trusted Types, section 4.2).
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// A file of the client.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    text: &'static str,
}

macro_rules! assets {
    ($($name:literal $content_type:ident,)*) => {
        /// All of them: what is not here is not served.
        const ASSETS: &[Asset] = &[$(Asset {
            name: $name,
            content_type: $content_type,
            text: include_str!(concat!("../../web/", $name)),
        }),*];
    };
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
/// TypeScript has no registered type; this one is shown by browsers.
const TS: &str = "text/plain; charset=utf-8";

assets! {
    "index.html" HTML,
    "style.css" CSS,
    "icon.svg" SVG,
    "app.js" JS,
    "chats.js" JS,
    "composer.js" JS,
    "conversation.js" JS,
    "details.js" JS,
    "dialog.js" JS,
    "dom.js" JS,
    "format.js" JS,
    "log.js" JS,
    "message.js" JS,
    "people.js" JS,
    "search.js" JS,
    "session.js" JS,
    "sidebar.js" JS,
    "sign-in.js" JS,
    "status.js" JS,
    "timeline.js" JS,
    "toolbar.js" JS,
    "parlor-client.js" JS,
    "parlor-client.d.ts" TS,
}

/// What is served of each of [`ASSETS`], in their order.
static SERVED: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| ASSETS.iter().map(|asset| asset.served().into_bytes()).collect());

impl Asset {
    /// The text without what only people read. One that cannot be shortened is served as it is.
    fn served(&self) -> String {
        match self.content_type {
            JS => minifier::js::minify(self.text).map_or_else(|_| self.text.to_owned(), |text| text.to_string()),
            CSS => minifier::css::minify(self.text).map_or_else(|_| self.text.to_owned(), |text| text.to_string()),
            _ => self.text.to_owned(),
        }
    }
}

/// The page.
pub(crate) async fn index(call: Call) -> Answer {
    serve(&call, "index.html")
}

/// The module that the page talks to the server with, under the address that others import it from.
pub(crate) async fn client_module(call: Call) -> Answer {
    serve(&call, "parlor-client.js")
}

/// Its type declarations.
pub(crate) async fn client_types(call: Call) -> Answer {
    serve(&call, "parlor-client.d.ts")
}

/// A file of the page. 404 where there is none.
pub(crate) async fn asset(call: Call) -> Answer {
    serve(&call, call.asset())
}

fn serve(call: &Call, name: &str) -> Answer {
    let at = ASSETS.iter().position(|asset| asset.name == name).ok_or_else(Problem::not_found)?;
    let (asset, bytes) = (&ASSETS[at], &SERVED[at]);
    let mut response = etag::answer(&call.request, bytes.clone(), None);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The declarations are for those who write programs: no page loads them.
    #[test]
    fn the_whole_client_is_small() {
        let loaded = ASSETS.iter().zip(&*SERVED).filter(|(asset, _)| !asset.name.ends_with(".d.ts"));
        let bytes: usize = loaded.map(|(_, bytes)| bytes.len()).sum();
        assert!(bytes < 100_000, "{bytes} bytes");
    }

    #[test]
    fn what_is_served_is_shorter_than_what_is_written() {
        for (asset, bytes) in ASSETS.iter().zip(&*SERVED).filter(|(asset, _)| [JS, CSS].contains(&asset.content_type)) {
            assert!(bytes.len() < asset.text.len(), "{} could not be shortened", asset.name);
        }
    }

    #[test]
    fn whatever_lies_in_the_folder_is_served() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/web")).expect("the folder");
        let mut there: Vec<_> = folder.map(|file| file.expect("a file").file_name()).collect();
        // It tells Node.js, for the tests, that these are modules.
        there.retain(|name| name != "package.json");
        let mut served: Vec<_> = ASSETS.iter().map(|asset| asset.name).collect();
        there.sort_unstable();
        served.sort_unstable();
        assert_eq!(there, served);
    }

    /// Found one after the other they would come one after the other.
    #[test]
    fn the_page_names_all_modules_at_once() {
        let page = ASSETS.iter().find(|asset| asset.name == "index.html").expect("the page").text;
        for asset in ASSETS.iter().filter(|asset| asset.content_type == JS) {
            let place = if asset.name == "parlor-client.js" { "" } else { "web/" };
            assert_eq!(page.matches(&format!("\"{place}{}\"", asset.name)).count(), 1, "{}", asset.name);
        }
    }

    #[test]
    fn nothing_in_the_client_makes_markup_of_text() {
        for asset in ASSETS.iter().filter(|asset| asset.content_type == JS || asset.content_type == HTML) {
            for way in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "javascript:", " style=\""]
            {
                assert!(!asset.text.contains(way), "{way} in {}", asset.name);
            }
        }
    }
}
