//! The members of a chat.

use actix_web::http::StatusCode;
use parlor_domain::{Caller, InvalidValue, Role};

use crate::body::Form;
use crate::call::Call;
use crate::edge::no_content;
use crate::paging::{Limits, Links};
use crate::problem::Problem;
use crate::table::Answer;
use crate::wire::{MemberView, json, json_list};

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

/// Gives a member a role, and answers them with it. 403 for whoever does not own the group; 409 for the owner, unless
/// another is made the owner; 404 for outsiders and of them.
pub(crate) async fn give_role(caller: Caller, mut call: Call) -> Answer {
    let (uri, user) = (call.uri()?, call.user_id()?);
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    let role = form.text("role", |text| if text.is_empty() { Err(InvalidValue::Blank) } else { Ok(text.parse().ok()) });
    let role: Role = match role {
        Some(Some(role)) => role,
        Some(None) => return Err(Problem::field("role", "Must be owner, admin or member.")),
        None => return Err(form.problem()),
    };
    let member = call.services().chats.give_role(caller.user, uri, user, role).await?;
    Ok(json(StatusCode::OK, &MemberView::from(&member)))
}

/// Removes a member; the caller, to leave. 204; 403 where the role does not allow it; 404 for outsiders and of them.
pub(crate) async fn remove(caller: Caller, call: Call) -> Answer {
    let (uri, user) = (call.uri()?, call.user_id()?);
    call.services().chats.remove_member(caller.user, uri, user).await?;
    Ok(no_content())
}
