//! Changing one's profile and password.

use serde_json::json;

use crate::harness::{Database, Live, PASSWORD, Person, on_both_databases, shared, unique};

on_both_databases!(
    a_profile_is_changed_and_shown_as_it_is_now,
    an_address_or_a_user_name_changes_only_with_the_password,
    names_of_others_are_refused_as_at_signup,
    a_new_password_ends_every_other_session,
    only_the_password_changes_the_password,
);

async fn a_profile_is_changed_and_shown_as_it_is_now(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    let seq = mabel.says(&uri, "hello").await;
    let before = nina.message(&uri, seq).await;
    let changed = mabel.change_me(json!({"display_name": "  Mabel 🌷 "})).await.ok();
    assert_eq!(changed.display_name.as_deref(), Some("Mabel 🌷"));
    assert_eq!(nina.card(mabel.id).await.ok().display_name, changed.display_name);
    let name = unique("annie");
    let body = json!({"username": name, "display_name": null, "password": PASSWORD});
    let changed = mabel.change_me(body).await.ok();
    assert_eq!((&changed.username, &changed.display_name), (&name, &None));
    assert_eq!(mabel.me().await.ok(), changed);
    let now = nina.message(&uri, seq).await;
    assert_eq!(now.ok().user.username, name, "today's name");
    assert_ne!(now.header("etag"), before.header("etag"), "the tag covers names");
    assert!(nina.events(&uri, "").await.text.contains(&name));
    nina.open_chat(json!({"username": mabel.username})).await.problem(400, "invalid");
    assert_eq!(nina.open_chat(json!({"username": name})).await.ok().uri, uri);
    // The old name is free.
    assert_eq!(
        nina.change_me(json!({"username": mabel.username, "password": PASSWORD})).await.ok().username,
        mabel.username
    );
    let email = format!("{}@example.org", unique("new"));
    mabel.change_me(json!({"email": email, "password": PASSWORD})).await.ok();
    server.client().login(json!({"email": email, "password": PASSWORD})).await.ok();
    server
        .client()
        .login(json!({"email": mabel.email, "password": PASSWORD}))
        .await
        .problem(401, "invalid_credentials");
}

async fn an_address_or_a_user_name_changes_only_with_the_password(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let before = mabel.me().await.ok();
    for (field, value) in [("username", unique("new")), ("email", format!("{}@example.org", unique("new")))] {
        mabel.change_me(json!({field: value})).await.invalid("password", "This field is required.");
        mabel.change_me(json!({field: value, "password": "another"})).await.problem(403, "wrong_password");
        mabel.change_me(json!({field: null, "password": PASSWORD})).await.invalid(field, "This field may not be null.");
    }
    mabel.change_me(json!({"email": "x", "password": PASSWORD})).await.invalid("email", "Enter a valid email address.");
    mabel.change_me(json!({"display_name": "..."})).await.problem(400, "invalid");
    assert_eq!(mabel.change_me(json!({})).await.ok(), before, "nothing is named");
}

async fn names_of_others_are_refused_as_at_signup(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let body =
        json!({"email": nina.email.to_uppercase(), "username": nina.username.to_uppercase(), "password": PASSWORD});
    let refused = mabel.change_me(body).await.problem(400, "invalid");
    assert_eq!(refused.errors["email"], ["user with this email already exists."]);
    assert_eq!(refused.errors["username"], ["user with this username already exists."]);
    let own =
        json!({"email": mabel.email.to_uppercase(), "username": mabel.username.to_uppercase(), "password": PASSWORD});
    assert_eq!(mabel.change_me(own).await.ok().username, mabel.username.to_uppercase());
}

async fn a_new_password_ends_every_other_session(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let phone = mabel.again(&server).await;
    let (mut at_desk, mut on_phone) = (Live::of(&server, &mabel).await, Live::of(&server, &phone).await);
    mabel.change_password(PASSWORD, "another battery").await.expect_status(204);
    assert_eq!(on_phone.closed().await.0, 4403);
    phone.me().await.problem(401, "token_not_valid");
    phone.without_token().refresh(&phone.refresh).await.problem(401, "token_not_valid");
    at_desk.is_quiet().await;
    mabel.without_token().refresh(&mabel.refresh).await.ok();
    let login = |password: &str| server.client().login(json!({"email": mabel.email, "password": password}));
    login(PASSWORD).await.problem(401, "invalid_credentials");
    login("another battery").await.ok();
}

async fn only_the_password_changes_the_password(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let phone = mabel.again(&server).await;
    mabel.change_password("another", "another battery").await.problem(403, "wrong_password");
    mabel
        .change_password(PASSWORD, "short")
        .await
        .invalid("new_password", "Ensure this field has at least 8 characters.");
    phone.me().await.ok();
    mabel.again(&server).await;
}
