//! Searching.

use parlor_domain::Caller;
use parlor_domain::search::SearchMessages;

use crate::call::Call;
use crate::paging::{Limits, Links};
use crate::problem::Problem;
use crate::table::Answer;
use crate::wire::{FoundView, json_list};

/// The messages of the caller's chats that have the words of `q`, newest first, in pages. 404 for a `chat` that is not
/// the caller's.
pub(crate) async fn messages(caller: Caller, call: Call) -> Answer {
    let mut query = call.query();
    let (words, chat) = (query.words("q"), query.chat("chat"));
    let (after, limit) = (query.cursor(), query.limit(Limits::USUAL));
    let (Some(words), Some(chat), Some(after), Some(limit)) = (words, chat, after, limit) else {
        return Err(query.problem());
    };
    // What can be no uri is nobody's.
    let chat = chat.transpose().map_err(|_| Problem::not_found())?;
    let search = SearchMessages { reader: caller.user, query: words, chat, after, limit };
    let page = call.services().search.messages(search).await?.ok_or_else(Problem::not_found)?;
    let last = page.items.last().filter(|_| page.more).map(|found| found.hit.cursor());
    let link = Links::from(&call.request).next(last, limit).header();
    Ok(json_list(&page.items, FoundView::from, link))
}
