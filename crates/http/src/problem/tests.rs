use parlor_domain::StoreError;
use parlor_domain::account::{
    AuthenticateError, ChangeAccountError, ConfirmError, EraseError, InvalidToken, LoginError, RefreshError,
    RegisterError, SignupError, Taken,
};
use parlor_domain::blocking::BlockRefused;
use parlor_domain::chat_session::{ChangeChatError, ChangeRefused, InviteRefused, OpenChatError};
use parlor_domain::message::{ChangeMessageRefused, SendError, SendRefused};
use parlor_domain::ports::HasherError;

use super::*;

fn all() -> Vec<Problem> {
    vec![
        Problem::invalid("Why."),
        Problem::field("a", "Why."),
        Problem::not_found(),
        Problem::method_not_allowed(HeaderValue::from_static("GET")),
        Problem::not_authenticated(),
        Problem::token_not_valid("Why."),
        Problem::request_timeout(),
        Problem::payload_too_large(1),
        Problem::unsupported_media_type("Why."),
        Problem::origin_not_allowed(),
        Problem::cursor_ahead(Seq::START),
        Problem::log_pruned(Seq::START, Seq::START),
        Problem::upgrade_required(),
        Problem::starting(),
        Problem::internal(),
        StoreError::Busy.into(),
        StoreError::unavailable("secret").into(),
        StoreError::corrupt("secret").into(),
        HasherError::Busy.into(),
        HasherError::Failed("secret".into()).into(),
        SignupError::Taken(Taken { email: true, username: true }).into(),
        RegisterError::Closed.into(),
        RegisterError::InvalidCode.into(),
        LoginError::InvalidCredentials.into(),
        LoginError::Suspended.into(),
        RefreshError::SessionEnded.into(),
        RefreshError::Reused.into(),
        RefreshError::Token(InvalidToken::Expired).into(),
        AuthenticateError::SessionEnded.into(),
        ConfirmError::WrongPassword.into(),
        ChangeAccountError::NoAccount.into(),
        ChangeAccountError::Busy.into(),
        EraseError::Busy.into(),
        OpenChatError::UnknownUser.into(),
        OpenChatError::UnknownMembers(vec!["a".into()]).into(),
        OpenChatError::DirectChatTakesNoSettings.into(),
        OpenChatError::UriTaken.into(),
        OpenChatError::Blocked.into(),
        OpenChatError::TooManyMembers { max: 1 }.into(),
        OpenChatError::NotFound.into(),
        ChangeChatError::UnknownUser.into(),
        ChangeRefused::NotFound.into(),
        ChangeRefused::NoSuchMember.into(),
        ChangeRefused::DirectChat.into(),
        ChangeRefused::NotAllowed.into(),
        ChangeRefused::OwnerRequired.into(),
        ChangeRefused::Full.into(),
        InviteRefused::NotFound.into(),
        InviteRefused::DirectChat.into(),
        InviteRefused::NotAllowed.into(),
        InviteRefused::TooMany.into(),
        BlockRefused::Oneself.into(),
        BlockRefused::NotFound.into(),
        BlockRefused::TooMany.into(),
        ChangeMessageRefused::NotFound.into(),
        ChangeMessageRefused::NotAllowed.into(),
        ChangeMessageRefused::Blocked.into(),
        ChangeMessageRefused::Deleted.into(),
        ChangeMessageRefused::TooManyReactions.into(),
        ChangeMessageRefused::ConditionFailed.into(),
        SendError::Refused(SendRefused::ClientIdReused).into(),
        SendError::Refused(SendRefused::Blocked).into(),
        SendError::Refused(SendRefused::NoSuchReplyTarget).into(),
        SendError::Refused(SendRefused::NotFound).into(),
    ]
}

#[test]
fn every_problem_has_a_code_of_the_list_with_its_status() {
    let problems = all();
    for problem in &problems {
        let inner = &problem.0;
        let known = CODES.iter().find(|code| code.name == inner.code).expect("a known code");
        assert_eq!(known.status, inner.status.as_u16(), "{}", inner.code);
    }
    for code in CODES {
        assert!(problems.iter().any(|problem| problem.0.code == code.name), "{} is used", code.name);
    }
}

#[test]
fn the_list_of_codes_is_the_one_in_the_manual() {
    let manual = include_str!("../../../../docs/API.md");
    for code in CODES {
        let row = format!("| `{}` | {} | {} |", code.name, code.status, code.meaning);
        assert!(manual.contains(&row), "docs/API.md lacks: {row}");
    }
}

#[test]
fn statuses_that_need_a_header_have_it() {
    for problem in all() {
        let status = problem.0.status;
        let header = problem.0.header.as_ref().map(|(name, _)| name.clone());
        let needed = match status {
            StatusCode::UNAUTHORIZED => Some(WWW_AUTHENTICATE),
            StatusCode::METHOD_NOT_ALLOWED => Some(ALLOW),
            StatusCode::UPGRADE_REQUIRED => Some(UPGRADE),
            StatusCode::SERVICE_UNAVAILABLE => Some(RETRY_AFTER),
            _ => None,
        };
        assert_eq!(header, needed, "{status}");
    }
}

#[test]
fn the_detail_comes_first_and_a_source_never() {
    for problem in all() {
        let body = String::from_utf8(problem.body("r1")).expect("UTF-8");
        assert!(body.starts_with("{\"detail\":\""), "{body}");
        assert!(!body.contains("secret"), "{body}");
    }
    let body = String::from_utf8(Problem::not_found().body("r1")).expect("UTF-8");
    assert_eq!(
        body,
        r#"{"detail":"Not found.","code":"not_found","status":404,"title":"Not Found","request_id":"r1"}"#
    );
}

#[test]
fn nobody_learns_from_a_404_what_was_missing() {
    let expected = Problem::not_found().body("r");
    let outside: [Problem; 5] = [
        InviteRefused::NotFound.into(),
        ChangeRefused::NotFound.into(),
        ChangeRefused::NoSuchMember.into(),
        SendError::Refused(SendRefused::NotFound).into(),
        OpenChatError::NotFound.into(),
    ];
    for problem in outside {
        assert_eq!(problem.body("r"), expected);
    }
}

#[test]
fn details_are_sentences() {
    assert_eq!(sentence("this uri is taken"), "This uri is taken.");
    assert_eq!(sentence("Is it?"), "Is it?");
    assert_eq!(sentence("übel"), "Übel.");
    assert_eq!(sentence(""), ".");
}

#[test]
fn a_cursor_outside_the_log_is_told_where_the_log_is() {
    let seq = |number| Seq::new(number).expect("a seq");
    let body = String::from_utf8(Problem::log_pruned(seq(4), seq(9)).body("r")).expect("UTF-8");
    assert!(body.ends_with(r#""request_id":"r","floor":4,"head":9}"#), "{body}");
    let body = String::from_utf8(Problem::cursor_ahead(seq(9)).body("r")).expect("UTF-8");
    assert!(body.ends_with(r#""request_id":"r","head":9}"#), "{body}");
}

#[test]
fn a_socket_is_told_the_same_as_a_request() {
    assert_eq!(Problem::field("a", "Why.").into_refusal(), Refusal::Invalid("a: Why.".into()));
    let failed = |code, detail: &str, retry_after| Refusal::Failed { code, detail: detail.into(), retry_after };
    let busy: Problem = StoreError::Busy.into();
    let detail = "The store has more work queued than it takes.";
    assert_eq!(busy.into_refusal(), failed("busy", detail, Some(1)));
    let reused: Problem = SendError::Refused(SendRefused::ClientIdReused).into();
    assert_eq!(reused.into_refusal(), failed("client_id_reused", "This client_id names another message.", None));
}
