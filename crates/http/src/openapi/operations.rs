//! What is said of each call, in the order of the table of routes. A call without a place here fails a test.

use parlor_domain::account::DisplayName;
use parlor_domain::chat_session::{InviteLifetime, InviteUses};
use parlor_domain::search::SearchQuery;
use parlor_domain::{ChatTitle, ClientId, Email, MessageBody, Password, Username};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder};
use utoipa::openapi::{Ref, RefOr, Schema};

use super::fields::{
    self, Field, anything, email, limit, may, must, number_or_null, seq, text, text_or_null, texts, truth,
};
use super::operation::{Operation, call};
use super::views::{EventPageView, SentView};
use crate::routes::events::MAX_WAIT_SECONDS;
use crate::routes::health::HealthView;
use crate::routes::users::Greeting;
use crate::wire::{
    CardView, ChatView, FoundView, InviteView, MemberView, MessageView, OpenedView, ProfileView, ReadView, SessionView,
    SignedInView, TokensView,
};

const LONGEST_LIST: u32 = 200;
const LONG_LIST: u32 = 1000;
const URI: &[(&str, &str)] = &[("uri", "$response.body#/uri")];

/// All calls.
pub(super) fn operations() -> Vec<Operation> {
    [documents(), accounts(), own_account(), chats(), invites(), messages(), search(), log()]
        .into_iter()
        .flatten()
        .collect()
}

fn documents() -> Vec<Operation> {
    let document = || -> RefOr<Schema> { ObjectBuilder::new().build().into() };
    let file = |route, id, summary, media_type| {
        call(route, id, summary).answers(200, "what a browser shows or loads", media_type, text(None, None))
    };
    vec![
        call("GET /healthz/", "isAlive", "Whether the process answers.").gives::<HealthView>(200, "it does"),
        call("GET /readyz/", "isReady", "Whether the database answers too.").gives::<HealthView>(200, "it does"),
        file("GET /", "openWebClient", "The web client.", "text/html"),
        file("GET /web/{asset}/", "webClientFile", "What the web client is made of.", "*/*"),
        file("GET /parlor-client.js/", "clientModule", "A client as a JavaScript module.", "text/javascript"),
        file("GET /parlor-client.d.ts/", "clientTypes", "The TypeScript declarations of that module.", "text/plain"),
        file("GET /docs/", "browse", "This reference, to be read and tried.", "text/html"),
        file("GET /docs/{file}/", "browseFile", "What the page of the reference is made of.", "*/*"),
        call("GET /api/v1/openapi.json/", "openapi", "This document.").answers(
            200,
            "it",
            "application/json",
            document(),
        ),
        call("GET /api/v1/asyncapi.json/", "asyncapi", "What is said over the socket, as AsyncAPI 3.").answers(
            200,
            "the document",
            "application/json",
            document(),
        ),
    ]
}

fn accounts() -> Vec<Operation> {
    let password = || text(Some(Password::MIN_CHARS), Some(Password::MAX_CHARS));
    let proof = || text(Some(1), None);
    let search = "the beginning of a user name";
    vec![
        call("GET /api/v1/users/hello/", "hello", "Whether this is the API.").gives::<Greeting>(200, "a greeting"),
        call("POST /api/v1/users/signup/", "signUp", "Makes an account and signs it in.")
            .takes(vec![
                must("email", email(Email::MAX_CHARS)),
                must("username", text(Some(1), Some(Username::MAX_CHARS))),
                must("password", password()),
                must("password2", password()),
                may("invite", anything("where one signs up by invitation: the code, a text")),
            ])
            .gives::<SignedInView<'_>>(201, "the account, and its tokens")
            .fails(&["registration_closed"]),
        call("POST /api/v1/users/login/", "logIn", "Signs in.")
            .takes(vec![must("email", text(Some(1), None)), must("password", proof())])
            .gives::<SignedInView<'_>>(200, "the account, and its tokens")
            .fails(&["invalid_credentials", "account_suspended"]),
        call("POST /api/v1/users/refresh/", "refresh", "Exchanges a refresh token for the next pair.")
            .takes(vec![must("refresh", text(Some(1), None))])
            .gives::<TokensView<'_>>(200, "the next tokens")
            .fails(&["token_not_valid"]),
        call("POST /api/v1/users/logout/", "logOut", "Ends the session that one calls in.").empty(204, "it has ended"),
        call("GET /api/v1/users/", "listUsers", "The directory, by user name.")
            .lists::<CardView<'_>>("a page of it")
            .query("search", search, text(None, None))
            .paged(LONGEST_LIST),
        call("GET /api/v1/users/signup/", "listAllUsers", "The directory under the name that it had in 2018.")
            .lists::<CardView<'_>>("a page of it")
            .query("search", search, text(None, None))
            .paged(LONG_LIST),
        call("GET /api/v1/users/{id}/", "showUser", "A user as everybody may see them.")
            .gives::<CardView<'_>>(200, "the user"),
    ]
}

fn own_account() -> Vec<Operation> {
    let proof = || text(Some(1), None);
    vec![
        call("GET /api/v1/users/me/", "showMe", "One's own account.").gives::<ProfileView<'_>>(200, "the account"),
        call("GET /api/v1/users/me/export/", "exportMe", "All that is stored of oneself, an object in each line.")
            .answers(
                200,
                "the lines, of which the last has `end` as its `record`",
                "application/jsonl",
                text(None, None),
            )
            .with("Content-Disposition"),
        call(
            "PATCH /api/v1/users/me/",
            "changeMe",
            "Changes one's profile; an address or a user name with the password.",
        )
        .takes(vec![
            may("display_name", text_or_null(DisplayName::MAX_CHARS)),
            may("email", email(Email::MAX_CHARS)),
            may("username", text(Some(1), Some(Username::MAX_CHARS))),
            may("password", proof()),
        ])
        .gives::<ProfileView<'_>>(200, "the account as it is now")
        .fails(&["wrong_password"]),
        call("DELETE /api/v1/users/me/", "eraseMe", "Erases one's account.")
            .takes(vec![must("password", proof())])
            .empty(204, "it is nobody's any more")
            .fails(&["wrong_password"]),
        call("POST /api/v1/users/me/password/", "changePassword", "Changes one's password; all other sessions end.")
            .takes(vec![
                must("password", proof()),
                must("new_password", text(Some(Password::MIN_CHARS), Some(Password::MAX_CHARS))),
            ])
            .empty(204, "it is changed")
            .fails(&["wrong_password"]),
        call("GET /api/v1/users/sessions/", "listSessions", "One's running login sessions, latest use first.")
            .lists::<SessionView<'_>>("a page of them")
            .paged(LONGEST_LIST),
        call(
            "DELETE /api/v1/users/sessions/",
            "endOtherSessions",
            "Ends all one's sessions but the one that one calls in.",
        )
        .empty(204, "they have ended"),
        call("DELETE /api/v1/users/sessions/{id}/", "endSession", "Ends one of one's sessions.")
            .empty(204, "it has ended"),
        call("GET /api/v1/users/me/blocks/", "listBlocks", "Whom one has blocked, in the order of blocking.")
            .lists::<CardView<'_>>("a page of them")
            .paged(LONGEST_LIST),
        call("PUT /api/v1/users/me/blocks/{id}/", "block", "Blocks a user.")
            .empty(204, "they are blocked")
            .fails(&["invalid", "too_many_blocks"]),
        call("DELETE /api/v1/users/me/blocks/{id}/", "unblock", "Lifts one's block of a user.")
            .empty(204, "they are not blocked any more"),
    ]
}

fn title() -> Field {
    may("title", text_or_null(ChatTitle::MAX_CHARS))
}

fn wish() -> Vec<Field> {
    vec![may("username", text(Some(1), None)), title(), may("usernames", texts()), may("joinable", truth())]
}

/// A chat that was opened or joined, and what can be done with it.
fn opened(operation: Operation) -> Operation {
    operation
        .gives::<OpenedView<'_>>(200, "the chat")
        .leads_to("showChat", URI)
        .leads_to("sendMessage", URI)
        .leads_to("listMessages", URI)
        .leads_to("listEvents", URI)
        .leads_to("updateSettings", URI)
        .leads_to("createInvite", URI)
        .leads_to("listMembers", URI)
        .leads_to("deleteChat", URI)
}

fn chats() -> Vec<Operation> {
    let whom = || may("username", text(Some(1), None));
    vec![
        call("GET /api/v1/chats/", "listChats", "One's chats, latest activity first.")
            .lists::<ChatView<'_>>("a page of them")
            .paged(LONGEST_LIST),
        opened(
            call("POST /api/v1/chats/", "openChat", "Opens a direct chat or a new group.")
                .takes(wish())
                .fails(&["blocked"]),
        ),
        opened(
            call("PATCH /api/v1/chats/", "joinChatByBody", "Joins a chat, or adds somebody.")
                .takes(vec![must("uri", text(None, None)), whom()])
                .fails(&["not_found", "not_allowed", "direct_chat", "chat_full"]),
        ),
        call("GET /api/v1/chats/{uri}/", "showChat", "A chat with its members.").gives::<ChatView<'_>>(200, "the chat"),
        opened(
            call("POST /api/v1/chats/{uri}/", "openChatAt", "The same as opening, under a uri that one picks.")
                .takes(wish())
                .fails(&["uri_taken", "blocked"]),
        ),
        opened(
            call("PATCH /api/v1/chats/{uri}/", "joinChat", "Joins a chat, or adds somebody.")
                .takes(vec![whom()])
                .fails(&["not_allowed", "direct_chat", "chat_full"]),
        ),
        call("DELETE /api/v1/chats/{uri}/", "deleteChat", "Deletes a group for everybody.")
            .empty(204, "it is no more")
            .fails(&["not_allowed", "direct_chat"]),
        call("PATCH /api/v1/chats/{uri}/settings/", "updateSettings", "Changes a group's settings.")
            .takes(vec![title(), may("joinable", truth())])
            .gives::<ChatView<'_>>(200, "the chat as it is now")
            .fails(&["not_allowed", "direct_chat"]),
        call("PUT /api/v1/chats/{uri}/read/", "markRead", "Notes how far one has read.")
            .takes(vec![must("seq", seq(0))])
            .gives::<ReadView>(200, "how far that is"),
        call("POST /api/v1/chats/{uri}/typing/", "tellOfTyping", "Lets the others see for a moment that one writes.")
            .takes(vec![may("on", truth())])
            .empty(204, "it is passed on"),
        call("GET /api/v1/chats/{uri}/members/", "listMembers", "The members, the owner first.")
            .lists::<MemberView<'_>>("a page of them")
            .paged(LONGEST_LIST),
        call("PATCH /api/v1/chats/{uri}/members/{id}/", "giveRole", "Gives a member a role.")
            .takes(vec![must("role", fields::word(&["owner", "admin", "member"]))])
            .gives::<MemberView<'_>>(200, "the member")
            .fails(&["not_allowed", "direct_chat", "owner_required"]),
        call("DELETE /api/v1/chats/{uri}/members/{id}/", "removeMember", "Removes a member, or leaves.")
            .empty(204, "they are none any more")
            .fails(&["not_allowed", "direct_chat"]),
    ]
}

fn invites() -> Vec<Operation> {
    let lifetime = number_or_null(InviteLifetime::MIN_SECONDS, InviteLifetime::MAX_SECONDS);
    vec![
        call("GET /api/v1/chats/{uri}/invites/", "listInvites", "A group's invites that work, latest made first.")
            .lists::<InviteView<'_>>("a page of them")
            .paged(LONGEST_LIST)
            .fails(&["not_allowed", "direct_chat"]),
        call("POST /api/v1/chats/{uri}/invites/", "createInvite", "Makes an invite to a group.")
            .takes(vec![may("expires_in", lifetime), may("uses", number_or_null(1, InviteUses::MAX))])
            .gives::<InviteView<'_>>(201, "the invite")
            .with("Location")
            .leads_to("joinByInvite", &[("code", "$response.body#/code")])
            .leads_to("withdrawInvite", &[("uri", "$request.path.uri"), ("code", "$response.body#/code")])
            .fails(&["not_allowed", "direct_chat", "too_many_invites"]),
        call("DELETE /api/v1/chats/{uri}/invites/{code}/", "withdrawInvite", "Withdraws an invite.")
            .empty(204, "nobody joins by it any more")
            .fails(&["not_allowed", "direct_chat"]),
        opened(
            call("POST /api/v1/invites/{code}/", "joinByInvite", "Joins the group that an invite leads to.")
                .fails(&["chat_full"]),
        ),
    ]
}

fn messages() -> Vec<Operation> {
    let body = || must("message", text(Some(1), Some(MessageBody::MAX_CHARS)));
    let draft = vec![
        body(),
        may("client_id", text(Some(1), Some(ClientId::MAX_CHARS))),
        may("reply_to", number_or_null(1, parlor_domain::Seq::MAX)),
    ];
    let read = |operation: Operation| {
        operation.header("If-None-Match", "tags that one has").with("ETag").empty(304, "it is what one has")
    };
    let sent = &[("uri", "$request.path.uri"), ("seq", "$response.body#/seq")];
    vec![
        read(
            call("GET /api/v1/chats/{uri}/messages/", "listMessages", "Messages, oldest first: the newest, or a part.")
                .lists::<MessageView<'_>>("a page of them")
                .query("before", "only below this seq", seq(1))
                .query("after", "only above this seq", seq(0))
                .query("limit", "how many at most", limit(LONG_LIST))
                .with("Link"),
        ),
        call("POST /api/v1/chats/{uri}/messages/", "sendMessage", "Sends a message.")
            .takes(draft)
            .header("Idempotency-Key", "another way to say `client_id`")
            .header("Prefer", "`return=minimal` for the one message alone")
            .gives::<SentView<'_>>(200, "the newest 50 messages; with `Prefer`, a message that was sent before")
            .with("Idempotent-Replayed")
            .leads_to("showMessage", sent)
            .leads_to("editMessage", sent)
            .leads_to("deleteMessage", sent)
            .leads_to("react", sent)
            .gives::<MessageView<'_>>(201, "the message, with `Prefer`")
            .with("Location")
            .fails(&["client_id_reused", "blocked"]),
        read(
            call("GET /api/v1/chats/{uri}/messages/{seq}/", "showMessage", "One message.")
                .gives::<MessageView<'_>>(200, "the message"),
        ),
        call("PATCH /api/v1/chats/{uri}/messages/{seq}/", "editMessage", "Edits one's own message.")
            .takes(vec![body()])
            .header("If-Match", "tags that the message must have")
            .gives::<MessageView<'_>>(200, "the message as it is now")
            .with("ETag")
            .fails(&["not_allowed", "blocked", "message_deleted", "precondition_failed"]),
        call("DELETE /api/v1/chats/{uri}/messages/{seq}/", "deleteMessage", "Deletes a message.")
            .header("If-Match", "tags that the message must have")
            .empty(204, "its text is gone")
            .fails(&["not_allowed", "precondition_failed"]),
        call(
            "PUT /api/v1/chats/{uri}/messages/{seq}/reactions/{emoji}/",
            "react",
            "Reacts to a message with an emoji.",
        )
        .gives::<MessageView<'_>>(200, "the message as it is now")
        .with("ETag")
        .fails(&["invalid", "blocked", "message_deleted", "too_many_reactions"]),
        call("DELETE /api/v1/chats/{uri}/messages/{seq}/reactions/{emoji}/", "unreact", "Takes one's reaction away.")
            .gives::<MessageView<'_>>(200, "the message as it is now")
            .with("ETag")
            .fails(&["invalid"]),
    ]
}

fn search() -> Vec<Operation> {
    vec![
        call(
            "GET /api/v1/search/",
            "searchMessages",
            "The messages of one's chats that have all these words, newest first.",
        )
        .lists::<FoundView<'_>>("a page of them")
        .asks("q", "words; of the last one the beginning is enough", text(Some(1), Some(SearchQuery::MAX_CHARS)))
        .query("chat", "the only chat to look in", fields::hex())
        .paged(LONGEST_LIST)
        .fails(&["not_found"]),
    ]
}

fn log() -> Vec<Operation> {
    let stream = ArrayBuilder::new().items(Ref::from_schema_name("Event"));
    vec![
        call(
            "GET /api/v1/live/",
            "connect",
            "A WebSocket over which the events of all one's chats come: see AsyncAPI.",
        )
        .empty(101, "the socket")
        .fails(&["invalid", "token_not_valid", "origin_not_allowed", "upgrade_required"]),
        call("GET /api/v1/chats/{uri}/events/", "listEvents", "The log of a chat, oldest first.")
            .gives::<EventPageView<'_>>(200, "a page of it")
            .or("text/event-stream", stream.build())
            .query("after", "only above this seq", seq(0))
            .query("limit", "how many at most", limit(LONGEST_LIST))
            .query("wait", "how many seconds to wait for an event", fields::capped(0, MAX_WAIT_SECONDS))
            .header("Last-Event-ID", "where a stream of server-sent events broke off")
            .fails(&["cursor_ahead", "log_pruned"]),
    ]
}
