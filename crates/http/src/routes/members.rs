//! The members of a chat.

use parlor_domain::Caller;

use crate::call::Call;
use crate::edge::no_content;
use crate::paging::{Limits, Links};
use crate::problem::Problem;
use crate::table::Answer;
use crate::wire::{MemberView, json_list};

/// The members, in pages: who owns the chat first, then in the order of joining. 404 for outsiders.
pub(crate) async fn list(caller: Caller, call: Call) -> Answer {
    let uri = call.uri()?;
    let mut query = call.query();
    let (after, limit) = (query.cursor(), query.limit(Limits::USUAL));
    let (Some(after), Some(limit)) = (after, limit) else { return Err(query.problem()) };
    let page = call.services().chats.list_members(caller.user, uri, after, limit).await?;
    let page = page.ok_or_else(Problem::not_found)?;
    let last = page.items.last().filter(|_| page.more).map(|member| member.user.id);
    let link = Links::from(&call.request).next(last, limit).header();
    Ok(json_list(&page.items, MemberView::from, link))
}

/// Removes a member; the caller, to leave. 204; 403 where the role does not allow it; 404 for outsiders and of them.
pub(crate) async fn remove(caller: Caller, call: Call) -> Answer {
    let (uri, user) = (call.uri()?, call.user_id()?);
    call.services().chats.remove_member(caller.user, uri, user).await?;
    Ok(no_content())
}
