//! The client rule: which events are applied, what is asked for, and what is dropped.

use super::*;

#[test]
fn the_next_event_is_applied_and_a_lower_one_is_not() {
    let mut test = Test::live(place(&[(chat(1), 4)]), &[listed(chat(1), 4, "live")]);
    for seq in [5, 5, 4, 6, 1] {
        assert_eq!(test.hears(&event(chat(1), seq)), [] as [Value; 0]);
    }
    assert_eq!(test.seqs(), [5, 6]);
    assert_eq!(test.cursor(chat(1)), Some(6));
}

#[test]
fn the_first_event_of_a_chat_without_a_place_is_applied_and_sets_it() {
    let mut test = Test::live(Place::default(), &[]);
    test.hears(&event(chat(1), 7));
    test.hears(&event(chat(1), 8));
    assert_eq!(test.seqs(), [7, 8]);
}

#[test]
fn what_is_missing_before_an_event_is_asked_for_once() {
    let mut test = Test::live(place(&[(chat(1), 4)]), &[listed(chat(1), 4, "live")]);
    let said = test.hears(&event(chat(1), 6));
    let sync = asks_for(&said, chat(1), 4);
    assert!(test.hears(&event(chat(1), 7)).is_empty(), "it is under way");
    assert_eq!(test.seqs(), [] as [u64; 0]);
    assert!(test.hears_page(&sync, chat(1), &[5, 6, 7], true).is_empty());
    assert_eq!(test.seqs(), [5, 6, 7]);
    let said = test.hears(&event(chat(1), 9));
    asks_for(&said, chat(1), 7);
}

#[test]
fn pages_are_asked_for_until_the_head_is_reached() {
    let mut test = Test::live(place(&[(chat(1), 0)]), &[]);
    let said = test.hears(&json!({"type": "behind", "chat": chat(1), "head": 4, "reason": "overflow"}));
    let sync = asks_for(&said, chat(1), 0);
    let said = test.hears_page(&sync, chat(1), &[1, 2], false);
    let sync = asks_for(&said, chat(1), 2);
    assert!(test.hears_page(&sync, chat(1), &[3, 4], true).is_empty());
    assert_eq!(test.seqs(), [1, 2, 3, 4]);
}

#[test]
fn one_s_own_removal_and_a_deletion_are_the_last_of_a_chat() {
    let chats = [listed(chat(1), 4, "live"), listed(chat(2), 4, "live"), listed(chat(3), 4, "live")];
    let mut test = Test::live(Place::default(), &chats);
    let removed = |id: u64| json!({"user": {"id": id, "username": "x"}, "role": "member"});
    test.hears(&what(chat(1), 5, "member.removed", &removed(ME)));
    test.hears(&what(chat(2), 5, "chat.deleted", &json!({})));
    test.hears(&what(chat(3), 5, "member.removed", &removed(ME + 1)));
    assert_eq!(test.seqs(), [5, 5, 5]);
    assert_eq!([1, 2, 3].map(|n| test.cursor(chat(n))), [None, None, Some(5)]);
    // Somebody brings one back.
    test.hears(&event(chat(1), 9));
    assert_eq!(test.seqs(), [9]);
}

#[test]
fn kinds_that_are_not_known_move_the_place() {
    let mut test = Test::live(place(&[(chat(1), 4)]), &[listed(chat(1), 4, "live")]);
    test.hears(&what(chat(1), 5, "poll.opened", &json!({"question": "tea?"})));
    test.hears(&event(chat(1), 6));
    assert_eq!(test.seqs(), [5, 6]);
}

#[test]
fn hello_has_the_latest_thousand_places_and_the_rest_is_compared() {
    let cursors: Vec<_> = (0..1003).map(|n| (chat(n), 5)).collect();
    let mut test = Test::new(place(&cursors));
    test.follower.opened();
    let hello = test.said().remove(0);
    assert_eq!((&hello["type"], &hello["epoch"]), (&json!("hello"), &json!(EPOCH)));
    let said = hello["cursors"].as_object().unwrap();
    assert_eq!((said.len(), said.contains_key(&chat(2).to_string())), (1000, false));
    // The first has nothing new, the second has, and the third is not listed.
    let said = test.hears(&ready(&[listed(chat(0), 5, "live"), listed(chat(1), 6, "live")]));
    let asked: Vec<_> = said.iter().map(|frame| (&frame["chat"], &frame["after"])).collect();
    assert_eq!(asked, [(&json!(chat(1)), &json!(5)), (&json!(chat(2)), &json!(5))]);
}

#[test]
fn an_event_makes_its_chat_the_latest() {
    let cursors: Vec<_> = (0..1001).map(|n| (chat(n), 5)).collect();
    let mut test = Test::live(place(&cursors), &[listed(chat(0), 5, "live")]);
    test.hears(&event(chat(0), 6));
    let cursors = test.follower.place.cursors();
    assert_eq!((cursors[0], cursors[1000]), ((chat(1), 5), (chat(0), 6)));
}

#[test]
fn ready_gives_a_place_in_chats_without_one_and_says_which_are_behind() {
    let chats = [listed(chat(1), 9, "live"), listed(chat(2), 9, "behind"), listed(chat(3), 9, "live")];
    let mut test = Test::new(place(&[(chat(2), 4), (chat(3), 4)]));
    let said = test.connects(&chats);
    asks_for(&said[1..], chat(2), 4);
    assert_eq!([1, 2, 3].map(|n| test.cursor(chat(n))), [Some(9), Some(4), Some(4)]);
}

#[test]
fn another_epoch_drops_everything() {
    let mut test = Test::new(Place::new(Some("zeroth".to_owned()), [(chat(1), 40), (chat(2), 40)]));
    test.connects(&[listed(chat(1), 9, "live")]);
    assert_eq!(test.told(), [Update::Drop { chat: None, reason: DropReason::Epoch, head: None }]);
    assert_eq!([1, 2].map(|n| test.cursor(chat(n))), [Some(9), None]);
    assert_eq!(test.follower.place.epoch(), Some(EPOCH));
}

#[test]
fn chats_that_are_gone_are_dropped() {
    let mut test = Test::new(place(&[(chat(1), 4), (chat(2), 4), (chat(3), 4)]));
    test.follower.opened();
    let mut ready = ready(&[listed(chat(2), 4, "live"), listed(chat(3), 4, "behind")]);
    ready["gone"] = json!([chat(1)]);
    test.said();
    let sync = asks_for(&test.hears(&ready), chat(3), 4);
    test.hears(&json!({"type": "gone", "chat": chat(2)}));
    test.hears_error(&sync, json!({"code": "not_found"}));
    assert_eq!(test.told(), [1, 2, 3].map(|n| dropped(chat(n), DropReason::Gone, None)));
    assert_eq!(test.follower.place.cursors(), []);
}

#[test]
fn what_is_missing_is_fetched_up_to_a_bound() {
    let mut test = Test::with(place(&[(chat(1), 10), (chat(2), 11)]), Some(100));
    let said = test.connects(&[listed(chat(1), 111, "behind"), listed(chat(2), 111, "behind")]);
    let after: Vec<_> = said[1..].iter().map(|frame| frame["after"].as_u64().unwrap()).collect();
    assert_eq!(after, [111, 11]);
    assert_eq!(test.told(), [dropped(chat(1), DropReason::FarBehind, 111)]);
}

#[test]
fn without_a_bound_all_is_fetched() {
    let mut test = Test::new(place(&[(chat(1), 0)]));
    let said = test.connects(&[listed(chat(1), 1_000_000, "behind")]);
    asks_for(&said[1..], chat(1), 0);
}

#[test]
fn a_chat_that_overflows_before_anything_came_of_it_begins_at_its_head() {
    let mut test = Test::live(Place::default(), &[]);
    let said = test.hears(&json!({"type": "behind", "chat": chat(1), "head": 4, "reason": "overflow"}));
    asks_for(&said, chat(1), 4);
    assert_eq!(test.told(), [dropped(chat(1), DropReason::FarBehind, 4)]);
}

#[test]
fn a_place_that_the_log_does_not_have_is_given_up_for_its_head() {
    for (code, reason) in [("cursor_ahead", DropReason::CursorAhead), ("log_pruned", DropReason::LogPruned)] {
        let mut test = Test::live(place(&[(chat(1), 4)]), &[]);
        let sync = asks_for(&test.hears(&event(chat(1), 9)), chat(1), 4);
        let said = test.hears_error(&sync, json!({"code": code, "head": 20, "floor": 18}));
        asks_for(&said, chat(1), 20);
        assert_eq!(test.told(), [dropped(chat(1), reason, 20)]);
    }
}

#[test]
fn whatever_else_is_refused_is_asked_for_again_after_a_while() {
    for (error, wait) in [(json!({"code": "busy", "retry_after": 3}), 3), (json!({"code": "internal"}), 1)] {
        let mut test = Test::live(place(&[(chat(1), 4)]), &[]);
        let sync = asks_for(&test.hears(&event(chat(1), 9)), chat(1), 4);
        assert!(test.hears_error(&sync, error).is_empty());
        let (passed, said) = test.passes();
        assert_eq!((passed, said.len()), (seconds(wait), 1));
    }
}

#[test]
fn four_chats_are_asked_for_at_once() {
    let chats: Vec<_> = (0..6).map(|n| listed(chat(n), 9, "behind")).collect();
    let mut test = Test::new(place(&(0..6).map(|n| (chat(n), 4)).collect::<Vec<_>>()));
    let said = test.connects(&chats);
    assert_eq!(said[1..].len(), 4);
    let said = test.hears_page(&said[1], chat(0), &[5], true);
    asks_for(&said, chat(4), 4);
}

#[test]
fn what_was_asked_for_over_a_connection_that_broke_is_asked_for_over_the_next() {
    let mut test = Test::live(place(&[(chat(1), 4)]), &[]);
    asks_for(&test.hears(&event(chat(1), 9)), chat(1), 4);
    test.closes(None);
    test.passes();
    let said = test.connects(&[listed(chat(1), 9, "behind")]);
    asks_for(&said[1..], chat(1), 4);
}

#[test]
fn a_chat_that_was_left_before_it_is_asked_for_is_not() {
    let chats: Vec<_> = (0..5).map(|n| listed(chat(n), 9, "behind")).collect();
    let mut test = Test::new(place(&(0..5).map(|n| (chat(n), 4)).collect::<Vec<_>>()));
    let said = test.connects(&chats);
    test.hears(&json!({"type": "gone", "chat": chat(4)}));
    assert!(test.hears_page(&said[1], chat(0), &[5], true).is_empty());
}

#[test]
fn a_chat_that_was_left_meanwhile_is_not_asked_for_any_more() {
    let mut test = Test::live(place(&[(chat(1), 4)]), &[]);
    let sync = asks_for(&test.hears(&event(chat(1), 9)), chat(1), 4);
    test.hears(&json!({"type": "gone", "chat": chat(1)}));
    assert!(test.hears_page(&sync, chat(1), &[5], false).is_empty());
    assert_eq!(test.told(), [dropped(chat(1), DropReason::Gone, None)]);
}

#[test]
fn a_place_survives_being_saved() {
    let mut test = Test::live(Place::default(), &[listed(chat(1), 4, "live"), listed(chat(2), 7, "live")]);
    test.hears(&event(chat(1), 5));
    let saved = serde_json::to_string(&test.follower.place).unwrap();
    let place: Place = serde_json::from_str(&saved).unwrap();
    assert_eq!((place.epoch(), place.cursors()), (Some(EPOCH), vec![(chat(2), 7), (chat(1), 5)]));
}
