//! Seeing and ending one's own login sessions, and what others see of an account.

use crate::harness::{Database, Live, Person, on_both_databases, shared};

on_both_databases!(
    every_device_is_listed_the_latest_first,
    sessions_come_in_pages,
    a_session_that_is_ended_is_worth_nothing,
    all_other_sessions_end_at_once,
    nobody_sees_or_ends_the_sessions_of_others,
    everybody_sees_a_card_and_no_more,
);

async fn every_device_is_listed_the_latest_first(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let phone = mabel.again(&server).await;
    let listed = phone.sessions("").await.ok();
    assert_eq!(listed.iter().map(|session| session.current).collect::<Vec<_>>(), [true, false]);
    assert!(listed.iter().all(|session| session.address.as_deref() == Some("127.0.0.1")), "{listed:?}");
    assert!(listed[0].last_used_at >= listed[1].last_used_at);
    // A session that gets new tokens is the latest.
    let renewed = mabel.without_token().refresh(&mabel.refresh).await.ok();
    let again = server.client().with_token(&renewed.access).sessions("").await.ok();
    assert_eq!((again[0].id.as_str(), again[0].current), (listed[1].id.as_str(), true));
    assert_eq!(again[0].created_at, listed[1].created_at);
}

async fn sessions_come_in_pages(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    for _ in 0..4 {
        mabel.again(&server).await;
    }
    let all = mabel.sessions("").await.ok();
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = mabel.sessions(&query).await;
        seen.extend(page.ok().into_iter().map(|session| session.id));
        let Some(next) = page.link("next") else { break };
        query = next.split_once('?').map(|(_, query)| format!("?{query}")).expect("a query");
    }
    assert_eq!(seen, all.into_iter().map(|session| session.id).collect::<Vec<_>>());
}

async fn a_session_that_is_ended_is_worth_nothing(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let phone = mabel.again(&server).await;
    let (mut at_desk, mut on_phone) = (Live::of(&server, &mabel).await, Live::of(&server, &phone).await);
    let lost = mabel.sessions("").await.ok().into_iter().find(|session| !session.current).expect("the phone's");
    mabel.end_session(&lost.id).await.expect_status(204);
    assert_eq!(on_phone.closed().await.0, 4403);
    phone.me().await.problem(401, "token_not_valid");
    phone.without_token().refresh(&phone.refresh).await.problem(401, "token_not_valid");
    mabel.end_session(&lost.id).await.problem(404, "not_found");
    at_desk.is_quiet().await;
    // One's own, too: that is logging out.
    let own = mabel.sessions("").await.ok().remove(0);
    mabel.end_session(&own.id).await.expect_status(204);
    assert_eq!(at_desk.closed().await.0, 4403);
    mabel.me().await.problem(401, "token_not_valid");
}

async fn all_other_sessions_end_at_once(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let (phone, tablet) = (mabel.again(&server).await, mabel.again(&server).await);
    let mut on_phone = Live::of(&server, &phone).await;
    tablet.end_other_sessions().await.expect_status(204);
    assert_eq!(on_phone.closed().await.0, 4403);
    for ended in [&mabel, &phone] {
        ended.me().await.problem(401, "token_not_valid");
    }
    assert_eq!(tablet.sessions("").await.ok().len(), 1);
    tablet.end_other_sessions().await.expect_status(204);
}

async fn nobody_sees_or_ends_the_sessions_of_others(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let of_mabel = mabel.sessions("").await.ok().remove(0);
    for id in [of_mabel.id.as_str(), &"0".repeat(32), "nonsense", &of_mabel.id.to_uppercase()] {
        nina.end_session(id).await.problem(404, "not_found");
    }
    assert_eq!(nina.sessions("").await.ok().len(), 1);
    mabel.me().await.ok();
}

async fn everybody_sees_a_card_and_no_more(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let card = nina.card(mabel.id).await;
    assert_eq!((card.ok().id, card.ok().username), (mabel.id, mabel.username.clone()));
    assert!(!card.text.contains("@"), "{card}");
    for id in [0, 9_007_199_254_740_991, u64::MAX] {
        nina.card(id).await.problem(404, "not_found");
    }
}
