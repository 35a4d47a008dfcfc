//! The rule of who may change a message.

use super::*;
use crate::account::{UserRef, Username};

const AUTHOR: i64 = 1;
const OTHER: i64 = 2;

fn user(id: i64) -> UserId {
    UserId::new(id).expect("a small number")
}

fn message(body: &str) -> Message {
    Message {
        seq: Seq::START.next(),
        author: UserRef { id: user(AUTHOR), username: Username::new("ann").expect("a name") },
        body: body.to_owned(),
        client_id: None,
        reply_to: None,
        reactions: Vec::new(),
        created_at: OffsetDateTime::UNIX_EPOCH,
        edited_at: None,
        deleted: body.is_empty(),
    }
}

fn edit(text: &str) -> MessageCommand {
    MessageCommand::Edit(MessageBody::new(text).expect("a text"))
}

fn wish(by: i64, command: MessageCommand) -> ChangeMessage {
    ChangeMessage {
        chat: ChatUri::from_bytes([1; 16]),
        target: Seq::START.next(),
        by: user(by),
        command,
        condition: None,
        at: OffsetDateTime::UNIX_EPOCH,
    }
}

fn context(kind: ChatKind, caller: Option<Role>, body: &str) -> MessageContext {
    MessageContext { kind, caller, blocked: false, message: Some(message(body)) }
}

fn edited(text: &str) -> Option<MessageChange> {
    Some(MessageChange::Edited(MessageBody::new(text).expect("a text")))
}

#[test]
fn the_author_edits_and_deletes_whatever_their_role() {
    for kind in [ChatKind::Direct, ChatKind::Group] {
        for role in [Role::Member, Role::Admin, Role::Owner] {
            let context = context(kind, Some(role), "old");
            assert_eq!(wish(AUTHOR, edit("new")).decide(&context), Ok(edited("new")));
            let deleted = wish(AUTHOR, MessageCommand::Delete).decide(&context);
            assert_eq!(deleted, Ok(Some(MessageChange::Deleted)));
        }
    }
}

#[test]
fn nobody_edits_what_is_somebody_elses() {
    for kind in [ChatKind::Direct, ChatKind::Group] {
        for role in [Role::Member, Role::Admin, Role::Owner] {
            for body in ["old", ""] {
                let decided = wish(OTHER, edit("new")).decide(&context(kind, Some(role), body));
                assert_eq!(decided, Err(ChangeMessageRefused::NotAllowed));
            }
        }
    }
}

#[test]
fn owner_and_admins_of_a_group_delete_what_is_somebody_elses() {
    let delete = wish(OTHER, MessageCommand::Delete);
    let decide = |kind, role| delete.decide(&context(kind, Some(role), "old"));
    for role in [Role::Admin, Role::Owner] {
        assert_eq!(decide(ChatKind::Group, role), Ok(Some(MessageChange::Deleted)));
        assert_eq!(decide(ChatKind::Direct, role), Err(ChangeMessageRefused::NotAllowed), "no roles there");
    }
    assert_eq!(decide(ChatKind::Group, Role::Member), Err(ChangeMessageRefused::NotAllowed));
}

#[test]
fn outsiders_are_told_nothing_whoever_wrote_it() {
    for by in [AUTHOR, OTHER] {
        for command in [edit("new"), MessageCommand::Delete] {
            for body in ["old", ""] {
                let decided = wish(by, command.clone()).decide(&context(ChatKind::Group, None, body));
                assert_eq!(decided, Err(ChangeMessageRefused::NotFound));
            }
            let nothing = MessageContext { message: None, ..context(ChatKind::Group, Some(Role::Owner), "old") };
            assert_eq!(wish(by, command).decide(&nothing), Err(ChangeMessageRefused::NotFound));
        }
    }
}

#[test]
fn what_is_so_already_changes_nothing() {
    let context_of = |body| context(ChatKind::Group, Some(Role::Member), body);
    assert_eq!(wish(AUTHOR, edit("same")).decide(&context_of("same")), Ok(None));
    assert_eq!(wish(AUTHOR, MessageCommand::Delete).decide(&context_of("")), Ok(None));
    assert_eq!(wish(AUTHOR, edit("new")).decide(&context_of("")), Err(ChangeMessageRefused::Deleted));
}

#[test]
fn the_condition_is_asked_of_what_is_stored_and_last() {
    let if_old = Some(MessageCondition::new(|message| message.body == "old"));
    let with = |by, command| ChangeMessage { condition: if_old.clone(), ..wish(by, command) };
    let context_of = |body| context(ChatKind::Group, Some(Role::Member), body);
    assert_eq!(with(AUTHOR, edit("new")).decide(&context_of("old")), Ok(edited("new")));
    for command in [edit("new"), edit("newer"), MessageCommand::Delete] {
        let refused = Err(ChangeMessageRefused::ConditionFailed);
        assert_eq!(with(AUTHOR, command.clone()).decide(&context_of("newer")), refused);
        assert_eq!(with(OTHER, command).decide(&context_of("newer")), Err(ChangeMessageRefused::NotAllowed));
    }
    assert_eq!(with(AUTHOR, edit("new")).decide(&context_of("")), Err(ChangeMessageRefused::Deleted));
    assert_eq!(
        with(AUTHOR, MessageCommand::Delete).decide(&context_of("")),
        Ok(None),
        "there is nothing left to guard"
    );
}

fn emoji(number: u32) -> Emoji {
    let char = char::from_u32(0x1_f400 + number).expect("an animal");
    Emoji::new(char.to_string()).expect("an emoji")
}

fn reacted(reactions: &[(u32, i64)]) -> MessageContext {
    let mut message = message("old");
    for (number, by) in reactions {
        message.add_reaction(emoji(*number), user(*by));
    }
    MessageContext { kind: ChatKind::Group, caller: Some(Role::Member), blocked: false, message: Some(message) }
}

#[test]
fn every_member_reacts_once_with_each_emoji_and_takes_only_their_own_away() {
    let context = reacted(&[(0, AUTHOR)]);
    let decide = |by, command| wish(by, command).decide(&context);
    for by in [AUTHOR, OTHER] {
        let added = decide(by, MessageCommand::React(emoji(1)));
        assert_eq!(added, Ok(Some(MessageChange::Reacted(emoji(1)))));
        assert_eq!(decide(by, MessageCommand::Unreact(emoji(1))), Ok(None), "nobody has");
    }
    assert_eq!(decide(AUTHOR, MessageCommand::React(emoji(0))), Ok(None));
    assert_eq!(decide(OTHER, MessageCommand::Unreact(emoji(0))), Ok(None));
    let removed = decide(AUTHOR, MessageCommand::Unreact(emoji(0)));
    assert_eq!(removed, Ok(Some(MessageChange::Unreacted(emoji(0)))));
}

#[test]
fn only_so_many_different_emoji_are_under_a_message() {
    let all: Vec<(u32, i64)> = (0..20).map(|number| (number, AUTHOR)).collect();
    let react = |context, number| wish(OTHER, MessageCommand::React(emoji(number))).decide(context);
    let full = reacted(&all);
    assert_eq!(react(&full, 20), Err(ChangeMessageRefused::TooManyReactions));
    assert_eq!(react(&full, 19), Ok(Some(MessageChange::Reacted(emoji(19)))), "it is there already");
    assert_eq!(react(&reacted(&all[1..]), 20), Ok(Some(MessageChange::Reacted(emoji(20)))));
}

#[test]
fn nobody_reacts_to_what_is_gone_and_outsiders_are_told_nothing() {
    let (add, remove) = (MessageCommand::React(emoji(0)), MessageCommand::Unreact(emoji(0)));
    let gone = context(ChatKind::Direct, Some(Role::Member), "");
    assert_eq!(wish(OTHER, add.clone()).decide(&gone), Err(ChangeMessageRefused::Deleted));
    assert_eq!(wish(OTHER, remove.clone()).decide(&gone), Ok(None));
    for command in [add, remove] {
        let outside = context(ChatKind::Group, None, "old");
        assert_eq!(wish(OTHER, command).decide(&outside), Err(ChangeMessageRefused::NotFound));
    }
}

#[test]
fn between_a_blocked_pair_nothing_new_is_said_and_what_was_said_can_be_taken_away() {
    let blocked = |body| MessageContext { blocked: true, ..context(ChatKind::Direct, Some(Role::Member), body) };
    for body in ["old", ""] {
        assert_eq!(wish(AUTHOR, edit("new")).decide(&blocked(body)), Err(ChangeMessageRefused::Blocked));
        for by in [AUTHOR, OTHER] {
            let decided = wish(by, MessageCommand::React(emoji(0))).decide(&blocked(body));
            assert_eq!(decided, Err(ChangeMessageRefused::Blocked));
        }
    }
    assert_eq!(wish(OTHER, edit("new")).decide(&blocked("old")), Err(ChangeMessageRefused::NotAllowed));
    assert_eq!(wish(AUTHOR, MessageCommand::Delete).decide(&blocked("old")), Ok(Some(MessageChange::Deleted)));
    let reacted = MessageContext { blocked: true, ..reacted(&[(0, OTHER)]) };
    let taken = wish(OTHER, MessageCommand::Unreact(emoji(0))).decide(&reacted);
    assert_eq!(taken, Ok(Some(MessageChange::Unreacted(emoji(0)))));
}
