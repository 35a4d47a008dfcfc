//! What a search found.

use parlor_domain::search::Found;
use serde::Serialize;
use utoipa::ToSchema;

use super::time::TimeView;
use super::{UserView, as_text};

/// A message that was found.
#[derive(Serialize, ToSchema)]
#[schema(as = Found)]
pub(crate) struct FoundView<'a> {
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    #[serde(serialize_with = "as_text")]
    uri: parlor_domain::ChatUri,
    seq: i64,
    user: UserView<'a>,
    message: &'a str,
    #[schema(value_type = String, format = DateTime)]
    created_at: TimeView,
    /// Where the words stand: start and length, in Unicode code points.
    matches: Vec<[usize; 2]>,
}

impl<'a> From<&'a Found> for FoundView<'a> {
    fn from(found: &'a Found) -> Self {
        Self {
            uri: found.hit.chat,
            seq: found.hit.seq.get(),
            user: UserView::from(&found.hit.author),
            message: &found.hit.body,
            created_at: TimeView(found.hit.created_at),
            matches: found.matches.iter().map(|place| [place.start, place.length]).collect(),
        }
    }
}
