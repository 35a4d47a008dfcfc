//! Blocking and unblocking, and the list of those whom one has blocked.

use parlor_domain::Caller;

use crate::call::Call;
use crate::edge::no_content;
use crate::paging::{Limits, Links};
use crate::table::Answer;
use crate::wire::{CardView, json_list};

/// Whom the caller has blocked, in the order of blocking, in pages.
pub(crate) async fn list(caller: Caller, call: Call) -> Answer {
    let mut query = call.query();
    let (after, limit) = (query.cursor(), query.limit(Limits::USUAL));
    let (Some(after), Some(limit)) = (after, limit) else { return Err(query.problem()) };
    let page = call.services().blocking.list(caller.user, after, limit).await?;
    let last = page.items.last().filter(|_| page.more).map(|blocked| blocked.place);
    let link = Links::from(&call.request).next(last, limit).header();
    Ok(json_list(&page.items, |blocked| CardView::from(&blocked.user), link))
}

/// Blocks somebody. 204, also when that was so before; 400 for oneself; 404 where there is nobody; 409 where the caller
/// has blocked as many as can be.
pub(crate) async fn block(caller: Caller, call: Call) -> Answer {
    let (user, services) = (call.user_id()?, call.services());
    services.blocking.block(caller.user, user).await?;
    services.live.tell_of_block(caller.user, user, true);
    Ok(no_content())
}

/// Lifts the caller's block of somebody. 204, also when there was none.
pub(crate) async fn unblock(caller: Caller, call: Call) -> Answer {
    let (user, services) = (call.user_id()?, call.services());
    services.blocking.unblock(caller.user, user).await?;
    services.live.tell_of_block(caller.user, user, false);
    Ok(no_content())
}
