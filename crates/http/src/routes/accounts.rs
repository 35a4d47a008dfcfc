//! One's own account: the sessions that it is signed in by; and what others see of it.

use actix_web::http::StatusCode;
use parlor_domain::Caller;
use parlor_domain::account::SessionCursor;

use crate::call::Call;
use crate::edge::no_content;
use crate::paging::{Limits, Links};
use crate::problem::Problem;
use crate::table::Answer;
use crate::wire::{CardView, SessionView, json, json_list};

/// The caller's running sessions, latest use first, in pages.
pub(crate) async fn list_sessions(caller: Caller, call: Call) -> Answer {
    let mut query = call.query();
    let (after, limit) = (query.cursor(), query.limit(Limits::USUAL));
    let (Some(after), Some(limit)) = (after, limit) else { return Err(query.problem()) };
    let page = call.services().accounts.list_sessions(caller, after, limit).await?;
    let last = page.items.last().filter(|_| page.more);
    let last = last.map(|session| SessionCursor { last_used_at: session.last_used_at, id: session.id });
    let link = Links::from(&call.request).next(last, limit).header();
    Ok(json_list(&page.items, |session| SessionView::of(session, caller), link))
}

/// Ends a running session of the caller. 204; 404 for what is none.
pub(crate) async fn end_session(caller: Caller, call: Call) -> Answer {
    let session = call.session_id()?;
    if !call.services().accounts.end_session(caller, session).await? {
        return Err(Problem::not_found());
    }
    Ok(no_content())
}

/// Ends all sessions of the caller but the one that they call in. 204.
pub(crate) async fn end_other_sessions(caller: Caller, call: Call) -> Answer {
    call.services().accounts.end_other_sessions(caller).await?;
    Ok(no_content())
}

/// A user as everybody may see them. 404 for a number that is nobody's.
pub(crate) async fn show_card(_: Caller, call: Call) -> Answer {
    let card = call.services().accounts.find_card(call.user_id()?).await?;
    Ok(json(StatusCode::OK, &CardView::from(&card.ok_or_else(Problem::not_found)?)))
}
