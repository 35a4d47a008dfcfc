//! The closed list of codes.

/// One of the names that a problem can have in `code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The name, the same in every release.
    pub name: &'static str,
    /// The HTTP status that it comes with.
    pub status: u16,
    /// What it says.
    pub meaning: &'static str,
}

const fn code(name: &'static str, status: u16, meaning: &'static str) -> Code {
    Code { name, status, meaning }
}

/// Every code that an answer can carry, in the order of their statuses. `docs/API.md` has the same list.
pub const CODES: &[Code] = &[
    code("invalid", 400, "the body, a field, a header or a query parameter breaks a rule"),
    code("not_authenticated", 401, "there is no access token"),
    code("token_not_valid", 401, "the token is not one of this server's, has expired, or its session has ended"),
    code("invalid_credentials", 401, "no account has this e-mail address and password"),
    code("wrong_password", 403, "this is not the password of your account"),
    code("account_suspended", 403, "the password is right, and the account is suspended"),
    code("registration_closed", 403, "this server takes no new accounts"),
    code("not_allowed", 403, "your role in the chat does not allow it, or the message is somebody else's"),
    code("direct_chat", 403, "direct chats have no roles, settings, leaving, adding, removing or deleting"),
    code("blocked", 403, "one of you has blocked the other: there is no direct chat between you"),
    code("origin_not_allowed", 403, "pages of this origin may not open a socket here"),
    code("not_found", 404, "there is no such thing, or it is not yours to know of: the two look the same"),
    code("method_not_allowed", 405, "see `Allow`"),
    code("request_timeout", 408, "the body took too long"),
    code("uri_taken", 409, "the picked uri belongs, or once belonged, to somebody else's chat"),
    code("client_id_reused", 409, "the same `client_id` was used for another message"),
    code("chat_full", 409, "the group has as many members as it can have"),
    code("too_many_invites", 409, "the group has 100 working invites already"),
    code("owner_required", 409, "a group always has an owner: make somebody else the owner instead"),
    code("message_deleted", 409, "the message was deleted: nobody edits it or reacts to it any more"),
    code("too_many_reactions", 409, "the message has 20 different reactions already"),
    code("too_many_blocks", 409, "you have blocked 1,000 users already"),
    code("cursor_ahead", 409, "`after` lies above `head`: it is of another life of the database, drop your copies"),
    code("log_pruned", 409, "what follows `after` is no longer kept: load the newest page, and go on from `head`"),
    code("precondition_failed", 412, "the message is not what `If-Match` says: read it again"),
    code("payload_too_large", 413, "the body is over 64 KiB"),
    code("unsupported_media_type", 415, "the body is not plain `application/json`"),
    code("upgrade_required", 426, "this is a WebSocket: see `Upgrade`"),
    code("internal", 500, "a defect; the log has the details under the `request_id`"),
    code("busy", 503, "a queue is full; try again after `Retry-After` seconds"),
    code("unavailable", 503, "the database cannot be reached; try again after `Retry-After` seconds"),
];
