//! Who hears what: following, and no longer following.

use parlor_domain::{Announcement, Epoch, Topic};

use super::samples::{announcement, chat, fresh_session, life, of_chat, of_user, text};
use super::{BusFixture, BusNode};

/// Waits until what `from` sent before this has passed `to`, if it goes there at all: something that all hear goes
/// the same way.
pub(super) async fn let_pass(from: &BusNode, to: &BusNode) {
    let last = fresh_session();
    from.bus.sessions_ended(vec![last]);
    to.listener.until("the last to pass", |heard| heard.ended.contains(&last)).await;
}

/// A chat is heard where it is followed.
pub async fn only_who_follows_a_chat_hears_of_it(fx: BusFixture) {
    let [one, two, three] = &fx.nodes;
    two.follow(&life(), &[of_chat(1)]).await;
    three.follow(&life(), &[of_chat(2), of_user(1)]).await;
    one.bus.announce(announcement(chat(1), 5, vec![text("a")]));
    two.listener.until("the event", |heard| heard.announced.len() == 1).await;
    let_pass(one, three).await;
    assert_eq!(three.listener.heard().announced, []);
}

/// Being told that one follows means that everything from then on arrives.
pub async fn what_is_announced_after_following_arrives(fx: BusFixture) {
    let [one, two, _] = &fx.nodes;
    for number in 1..=100 {
        two.follow(&life(), &[of_chat(number)]).await;
        one.bus.announce(announcement(chat(number), 1, vec![text("a")]));
    }
    let heard = two.listener.until("an event of each chat", |heard| heard.announced.len() >= 100).await;
    assert_eq!(heard.announced.len(), 100);
}

/// Who asks again for what they have is answered again, and hears it once.
pub async fn following_again_is_told_again(fx: BusFixture) {
    let [one, two, _] = &fx.nodes;
    two.follow(&life(), &[of_chat(1)]).await;
    two.follow(&life(), &[of_chat(1), of_chat(2)]).await;
    one.bus.announce(announcement(chat(1), 1, vec![text("a")]));
    two.listener.until("the event", |heard| !heard.announced.is_empty()).await;
    let_pass(one, two).await;
    assert_eq!(two.listener.heard().announced.len(), 1);
}

/// What is no longer followed is no longer heard.
pub async fn after_unfollowing_nothing_arrives(fx: BusFixture) {
    let [one, two, _] = &fx.nodes;
    two.follow(&life(), &[of_chat(1), of_chat(2)]).await;
    two.bus.unfollow(&life(), vec![of_chat(1)]);
    one.bus.announce(announcement(chat(1), 1, vec![text("a")]));
    one.bus.announce(announcement(chat(2), 1, vec![text("b")]));
    let heard = two.listener.until("the other chat's event", |heard| !heard.announced.is_empty()).await;
    assert_eq!(heard.announced[0].chat, chat(2));
    let_pass(one, two).await;
    assert_eq!(two.listener.heard().announced.len(), 1);
}

/// To follow and to stop may take turns quickly; the last counts.
pub async fn one_may_follow_again(fx: BusFixture) {
    let [one, two, _] = &fx.nodes;
    for round in 1..=20 {
        two.follow(&life(), &[of_chat(1), of_user(1)]).await;
        one.bus.announce(announcement(chat(1), round, vec![text("a")]));
        let count = usize::try_from(round).expect("a small number");
        two.listener.until("one event more", |heard| heard.announced.len() >= count).await;
        two.bus.unfollow(&life(), vec![of_chat(1), of_user(1)]);
    }
    assert_eq!(two.listener.heard().announced.len(), 20);
}

/// A node has many chats and users.
pub async fn many_topics_are_followed_at_once(fx: BusFixture) {
    let [one, two, _] = &fx.nodes;
    let topics: Vec<Topic> = (1..=200).flat_map(|number| [of_chat(number), of_user(number.into())]).collect();
    two.follow(&life(), &topics).await;
    for number in 1..=250 {
        one.bus.announce(announcement(chat(number), 1, vec![text("a")]));
    }
    let heard = two.listener.until("an event of each chat", |heard| heard.announced.len() >= 200).await;
    let heard: Vec<_> = heard.announced.iter().map(|announcement| announcement.chat).collect();
    assert!((1..=200).all(|number| heard.contains(&chat(number))));
    let_pass(one, two).await;
    assert_eq!(two.listener.heard().announced.len(), 200, "and of no other chat");
}

/// Two lives of a database use the same names for different things.
pub async fn another_life_is_not_heard(fx: BusFixture) {
    let [one, two, _] = &fx.nodes;
    two.follow(&life(), &[of_chat(1)]).await;
    let other = Announcement { epoch: next_life(), ..announcement(chat(1), 1, vec![text("elsewhere")]) };
    one.bus.announce(other);
    one.bus.announce(announcement(chat(1), 1, vec![text("here")]));
    let_pass(one, two).await;
    let heard = two.listener.until("the event", |heard| !heard.announced.is_empty()).await;
    assert_eq!(heard.announced, [announcement(chat(1), 1, vec![text("here")])]);
}

/// While a node changes over, it follows in both lives, and unfollows in one.
pub async fn one_may_follow_in_two_lives(fx: BusFixture) {
    let [one, two, _] = &fx.nodes;
    two.follow(&life(), &[of_chat(1)]).await;
    two.follow(&next_life(), &[of_chat(1)]).await;
    two.bus.unfollow(&life(), vec![of_chat(1)]);
    one.bus.announce(announcement(chat(1), 1, vec![text("the old")]));
    let new = Announcement { epoch: next_life(), ..announcement(chat(1), 1, vec![text("the new")]) };
    one.bus.announce(new.clone());
    let heard = two.listener.until("the event", |heard| !heard.announced.is_empty()).await;
    assert_eq!(heard.announced, [new]);
}

fn next_life() -> Epoch {
    Epoch::new("4c0ffee0-2").expect("a plain name")
}
