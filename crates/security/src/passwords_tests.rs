use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;

const PASSWORD: &str = "correct horse battery staple";
/// [`PASSWORD`], hashed by libxcrypt 4.4 after Python's hmac, with the salt `abcdefghijklmnopqrstuu`.
const KEPT: &str = "parlor1:$2b$04$abcdefghijklmnopqrstuui8mekH8WTdB6ig05j7xJ9Q6aP7/asrq";
/// [`PASSWORD`] as it is, hashed by libxcrypt 4.4 with the same salt.
const BARE: &str = "$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG";

fn hasher(cost: u32) -> BcryptHasher {
    BcryptHasher::new(BcryptOptions { cost, threads: 2, queue: 8 }).expect("a hasher")
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned()).expect("a password")
}

fn attempt(text: &str) -> PasswordAttempt {
    PasswordAttempt::new(text.to_owned()).expect("an attempt")
}

async fn verify(hasher: &BcryptHasher, typed: &str, kept: &str) -> Result<Verification, HasherError> {
    hasher.verify(attempt(typed), Some(PasswordHash::new(kept.to_owned()))).await
}

#[tokio::test]
async fn what_was_hashed_matches_and_nothing_else_does() {
    let hasher = hasher(4);
    let kept = hasher.hash(password(PASSWORD)).await.expect("a hash");
    assert!(kept.as_str().starts_with("parlor1:$2b$04$"), "{}", kept.as_str());
    assert_eq!(kept.as_str().len(), 68);
    let right = Verification { matches: true, outdated: false };
    assert_eq!(verify(&hasher, PASSWORD, kept.as_str()).await.expect("checked"), right);
    for wrong in ["correct horse battery stapl", "Correct horse battery staple", "correct horse battery staple ", "x"] {
        let wrong = verify(&hasher, wrong, kept.as_str()).await.expect("checked");
        assert_eq!(wrong, Verification { matches: false, outdated: false });
    }
}

#[tokio::test]
async fn two_hashes_of_one_password_differ() {
    let hasher = hasher(4);
    let (one, two) = tokio::join!(hasher.hash(password(PASSWORD)), hasher.hash(password(PASSWORD)));
    assert_ne!(one.expect("a hash"), two.expect("a hash"));
}

#[tokio::test]
async fn agrees_with_hashes_made_by_other_programs() {
    let keys = "\u{1f511}".repeat(128);
    let kept_keys = "parlor1:$2b$04$abcdefghijklmnopqrstuu/KpSc5H7FinEZRg1UZqD4LjjZIC5OIm";
    assert_eq!(digest(PASSWORD), "m6D9EjRCM/JLyIPEFHKmd8wdWbGiG80CEUiwFM0+D7U=");
    let hasher = hasher(4);
    assert!(verify(&hasher, PASSWORD, KEPT).await.expect("checked").matches);
    assert!(verify(&hasher, &keys, kept_keys).await.expect("checked").matches);
}

#[tokio::test]
async fn every_character_counts_up_to_the_longest_password() {
    let hasher = hasher(4);
    for (kept, other) in [
        (format!("{}a", "x".repeat(71)), format!("{}b", "x".repeat(71))),
        (format!("{}a", "x".repeat(72)), format!("{}b", "x".repeat(72))),
        ("x".repeat(72), "x".repeat(73)),
        ("x".repeat(71), "x".repeat(72)),
        (format!("{}a", "x".repeat(127)), format!("{}b", "x".repeat(127))),
        ("\u{1f511}".repeat(128), format!("{}\u{1f512}", "\u{1f511}".repeat(127))),
    ] {
        let hash = hasher.hash(password(&kept)).await.expect("a hash");
        assert!(verify(&hasher, &kept, hash.as_str()).await.expect("checked").matches, "{kept}");
        assert!(!verify(&hasher, &other, hash.as_str()).await.expect("checked").matches, "{other}");
    }
}

#[tokio::test]
async fn an_attempt_of_any_length_is_answered() {
    assert!(!verify(&hasher(4), &"x".repeat(60_000), KEPT).await.expect("checked").matches);
    assert!(!verify(&hasher(4), &"x".repeat(60_000), BARE).await.expect("checked").matches);
}

#[tokio::test]
async fn a_hash_of_lower_cost_or_another_scheme_is_outdated() {
    let matches = |outdated| Verification { matches: true, outdated };
    assert_eq!(verify(&hasher(4), PASSWORD, KEPT).await.expect("checked"), matches(false));
    assert_eq!(verify(&hasher(5), PASSWORD, KEPT).await.expect("checked"), matches(true));
    let dearer = hasher(5).hash(password(PASSWORD)).await.expect("a hash");
    assert_eq!(verify(&hasher(4), PASSWORD, dearer.as_str()).await.expect("checked"), matches(false));
    assert_eq!(verify(&hasher(4), PASSWORD, BARE).await.expect("checked"), matches(true));
    let wrong = verify(&hasher(4), "wrong", BARE).await.expect("checked");
    assert_eq!(wrong, Verification { matches: false, outdated: true });
}

#[tokio::test]
async fn a_kept_hash_that_does_not_parse_is_an_error() {
    for broken in [
        "",
        "parlor1:",
        "plain",
        "parlor2:$2b$04$",
        "parlor1:$2b$99$abcdefghijklmnopqrstuui8mekH8WTdB6ig05j7xJ9Q6aP7/asrq",
    ] {
        let checked = verify(&hasher(4), PASSWORD, broken).await;
        assert!(matches!(checked, Err(HasherError::Failed(_))), "{broken}: {checked:?}");
    }
}

#[tokio::test]
async fn without_a_hash_nothing_matches_and_the_work_is_the_same() {
    let hasher = hasher(9);
    let kept = hasher.hash(password(PASSWORD)).await.expect("a hash");
    let mut fastest = [Duration::MAX; 2];
    for _ in 0..5 {
        for (time, against) in fastest.iter_mut().zip([Some(kept.clone()), None]) {
            let known = against.is_some();
            let start = Instant::now();
            let verified = hasher.verify(attempt(PASSWORD), against).await.expect("checked");
            *time = start.elapsed().min(*time);
            assert_eq!(verified.matches, known);
        }
    }
    let [known, unknown] = fastest;
    assert!(unknown > known / 4 && known > unknown / 4, "known: {known:?}, unknown: {unknown:?}");
}

#[tokio::test]
async fn the_hash_of_nobody_is_read_like_any_other() {
    for cost in [4, 9, 31] {
        let hasher = hasher(cost);
        let parsed: HashParts = hasher.nobodys.parse().expect("a bcrypt hash");
        assert_eq!(parsed.get_cost(), cost);
    }
}

#[tokio::test]
async fn more_than_can_wait_is_told_to_come_back() {
    let hasher = Arc::new(BcryptHasher::new(BcryptOptions { cost: 10, threads: 1, queue: 2 }).expect("a hasher"));
    let storm: Vec<_> = (0..20)
        .map(|_| {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move { hasher.verify(attempt(PASSWORD), None).await })
        })
        .collect();
    let (mut served, mut busy) = (0, 0);
    for call in storm {
        match call.await.expect("no panic") {
            Ok(_) => served += 1,
            Err(HasherError::Busy) => busy += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(served >= 2 && busy >= 10, "served: {served}, busy: {busy}");
    assert!(hasher.verify(attempt(PASSWORD), None).await.is_ok(), "the storm is over");
}

#[test]
fn a_cost_outside_the_scale_is_refused() {
    for cost in [0, 3, 32] {
        let refused = BcryptHasher::new(BcryptOptions { cost, ..BcryptOptions::default() });
        assert!(matches!(refused, Err(HasherSetupError::Cost { cost: named }) if named == cost));
    }
}
