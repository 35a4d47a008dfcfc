//! Promises of [`UserRepository`](parlor_domain::ports::UserRepository) on the directory.

use parlor_domain::account::DirectoryQuery;
use parlor_domain::{Page, UserCard, UsernameKey};

use super::steps::{ALL, ANSWERS};
use crate::{Repositories, StoreFixture};

async fn list(node: &Repositories, prefix: Option<&str>, after: Option<&str>, limit: u32) -> Page<UserCard> {
    let query = DirectoryQuery { prefix: prefix.map(UsernameKey::of), after: after.map(UsernameKey::of), limit };
    node.users.list_directory(query).await.expect(ANSWERS)
}

async fn names(node: &Repositories, prefix: Option<&str>, after: Option<&str>) -> Vec<String> {
    let page = list(node, prefix, after, ALL).await;
    assert!(!page.more);
    page.items.iter().map(|card| card.username.as_str().to_owned()).collect()
}

async fn sign_up_all(fx: &StoreFixture, names: &[&str]) {
    for (turn, name) in names.iter().enumerate() {
        fx.node(turn).sign_up(name).await;
    }
}

/// The directory is ordered by the code points of the keys: not by a language's rules, not by UTF-16, and not by how
/// the names are written.
pub async fn the_directory_follows_code_points(fx: StoreFixture) {
    let ordered = ["10", "9", "A b", "a-b", "a_b", "AB", "b", "Zoe", "zoea", "zoé", "é", "ω", "李", "﷽", "😀"];
    let mut shuffled = ordered;
    shuffled.reverse();
    shuffled.swap(2, 9);
    sign_up_all(&fx, &shuffled).await;
    assert_eq!(names(&fx.store, None, None).await, ordered);
    assert_eq!(names(&fx.peer, None, None).await, ordered);
}

/// A card shows number and name, and no name to be shown by as long as none was chosen.
pub async fn a_card_shows_number_and_name(fx: StoreFixture) {
    let zoe = fx.store.sign_up("Zoë").await;
    let card = UserCard { id: zoe.id, username: zoe.username, display_name: None };
    assert_eq!(list(&fx.store, None, None, 1).await, Page { items: vec![card], more: false });
}

/// Whatever the limit, the pages show everybody once, in order, and the last one says that it is the last.
pub async fn directory_pages_show_everybody_once(fx: StoreFixture) {
    let ordered = ["Ann", "ann 2", "ann_3", "bob", "Bob 2", "cleo", "é", "😀"];
    sign_up_all(&fx, &ordered).await;
    for limit in 1..=9 {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = list(&fx.store, None, after.as_deref(), limit).await;
            assert!(page.items.len() <= limit as usize);
            seen.extend(page.items.into_iter().map(|card| card.username.as_str().to_owned()));
            assert_eq!(page.more, seen.len() < ordered.len(), "after {seen:?}, {limit} at a time");
            if !page.more {
                break;
            }
            after = seen.last().cloned();
        }
        assert_eq!(seen, ordered, "{limit} at a time");
    }
}

/// A page goes on behind any key, one that nobody has too.
pub async fn a_directory_page_goes_on_behind_any_key(fx: StoreFixture) {
    sign_up_all(&fx, &["ann", "bob", "cleo"]).await;
    for (after, rest) in [
        ("", &["ann", "bob", "cleo"][..]),
        ("BOB", &["cleo"]),
        ("bo", &["bob", "cleo"]),
        ("bob b", &["cleo"]),
        ("zzz", &[]),
        ("\u{10ffff}", &[]),
        ("bob\0", &["cleo"]),
    ] {
        assert_eq!(names(&fx.store, None, Some(after)).await, rest, "after {after:?}");
    }
}

/// A prefix means itself: `%`, `_` and the like stand for nothing else, and case and form do not count.
pub async fn a_directory_prefix_is_taken_literally(fx: StoreFixture) {
    sign_up_all(&fx, &["50% off", "500", "a_b", "a\\b", "axb", "Mabel", "MABLE", "Zoë", "zoe", "a*b", "a[b"]).await;
    for (prefix, found) in [
        ("50%", &["50% off"][..]),
        ("%", &[]),
        ("_", &[]),
        ("a_", &["a_b"]),
        ("a\\", &["a\\b"]),
        ("\\", &[]),
        ("a*", &["a*b"]),
        ("a[", &["a[b"]),
        ("mAb", &["Mabel", "MABLE"]),
        ("mabe", &["Mabel"]),
        ("abel", &[]),
        ("ZOE\u{308}", &["Zoë"]),
        ("zo", &["zoe", "Zoë"]),
        ("50", &["50% off", "500"]),
        ("'", &[]),
    ] {
        assert_eq!(names(&fx.store, Some(prefix), None).await, found, "{prefix:?}");
        assert_eq!(names(&fx.peer, Some(prefix), None).await, found, "{prefix:?}");
    }
    assert_eq!(names(&fx.store, Some(""), None).await.len(), 11, "everybody's name begins with nothing");
}

/// Prefix, place and limit hold together.
pub async fn a_directory_prefix_is_paged_too(fx: StoreFixture) {
    sign_up_all(&fx, &["a", "b 1", "b 2", "b 3", "b 4", "c"]).await;
    let shown = async |after, limit| {
        let page = list(&fx.store, Some("b"), after, limit).await;
        (page.items.iter().map(|card| card.username.as_str().to_owned()).collect::<Vec<_>>().join(","), page.more)
    };
    assert_eq!(shown(None, 2).await, ("b 1,b 2".into(), true));
    assert_eq!(shown(Some("b 2"), 2).await, ("b 3,b 4".into(), false), "c is not of this list");
    assert_eq!(shown(Some("b 2"), 1).await, ("b 3".into(), true));
    assert_eq!(shown(Some("b 4"), 2).await, (String::new(), false));
    assert_eq!(shown(Some("a"), 9).await, ("b 1,b 2,b 3,b 4".into(), false));
    assert_eq!(shown(Some("c"), 9).await, (String::new(), false));
}

/// A prefix at the end of a range of code points, or one that no name can begin with, is no error.
pub async fn a_directory_prefix_may_be_any_text(fx: StoreFixture) {
    sign_up_all(&fx, &["힣", "😀", "😀b", "ann"]).await;
    assert_eq!(names(&fx.store, Some("😀"), None).await, ["😀", "😀b"]);
    assert_eq!(names(&fx.store, Some("힣"), None).await, ["힣"]);
    for nobody in ["\u{d7ff}", "\u{10ffff}", "\u{10ffff}\u{10ffff}", "ann\0", "\0", "\u{e000}", "ann\u{10ffff}"] {
        assert_eq!(names(&fx.store, Some(nobody), None).await, [""; 0], "{nobody:?}");
    }
}
