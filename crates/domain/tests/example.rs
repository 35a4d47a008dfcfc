//! The example runs, and says what it should.

#[path = "../examples/embed.rs"]
mod embed;

#[test]
fn two_people_talk() {
    embed::main().expect("the example runs");
}

#[tokio::test]
async fn their_talk_is_read_in_order() {
    let talk = embed::converse().await.expect("the example runs");
    assert_eq!(talk, "2 mabel: Is this thing on?\n3 stanley: Loud and clear.\n4 mabel: 👋\n");
}
