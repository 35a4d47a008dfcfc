//! Invites to groups, and joining by one.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION};
use parlor_domain::Caller;
use parlor_domain::chat_session::{InviteCursor, InviteLifetime, InviteTerms, InviteUses};

use crate::body::{Form, Null};
use crate::call::Call;
use crate::edge::no_content;
use crate::paging::{Limits, Links};
use crate::table::Answer;
use crate::wire::{InviteView, OpenedView, json, json_list};

/// The invites that work, latest made first, in pages. 403 where the role does not allow it; 404 for outsiders.
pub(crate) async fn list(caller: Caller, call: Call) -> Answer {
    let uri = call.uri()?;
    let mut query = call.query();
    let (after, limit) = (query.cursor(), query.limit(Limits::USUAL));
    let (Some(after), Some(limit)) = (after, limit) else { return Err(query.problem()) };
    let page = call.services().chats.list_invites(caller.user, uri, after, limit).await?;
    let last = page.items.last().filter(|_| page.more);
    let last = last.map(|invite| InviteCursor { created_at: invite.created_at, code: invite.code });
    let link = Links::from(&call.request).next(last, limit).header();
    Ok(json_list(&page.items, InviteView::from, link))
}

/// Makes an invite. 201; 403 where the role does not allow it; 404 for outsiders.
pub(crate) async fn create(caller: Caller, mut call: Call) -> Answer {
    let uri = call.uri()?;
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    let lifetime = form.optional_integer("expires_in", Null::Absent, InviteLifetime::new);
    let uses = form.optional_integer("uses", Null::Absent, InviteUses::new);
    let (Some(lifetime), Some(uses)) = (lifetime, uses) else { return Err(form.problem()) };
    let invite = call.services().chats.invite(caller.user, uri, InviteTerms { lifetime, uses }).await?;
    let mut response = json(StatusCode::CREATED, &InviteView::from(&invite));
    let location = format!("/api/v1/chats/{uri}/invites/{}/", invite.code);
    response.headers_mut().insert(LOCATION, HeaderValue::try_from(location).expect("digits and slashes"));
    Ok(response)
}

/// Withdraws an invite. 204; 403 where the role does not allow it; 404 for outsiders, and for what does not work.
pub(crate) async fn withdraw(caller: Caller, call: Call) -> Answer {
    let (uri, code) = (call.uri()?, call.code()?);
    call.services().chats.withdraw_invite(caller.user, uri, code).await?;
    Ok(no_content())
}

/// Joins the group that the invite leads to, whatever the body holds. 404 for whatever does not let the caller in.
pub(crate) async fn join(caller: Caller, call: Call) -> Answer {
    let (summary, user) = call.services().chats.join_by_invite(caller.user, call.code()?).await?;
    Ok(json(StatusCode::OK, &OpenedView::of(&summary, &user)))
}
