//! `POST users/login/`.

use serde_json::json;

use crate::harness::{Database, PASSWORD, Person, on_both_databases, shared, unique};

on_both_databases!(
    a_login_answers_like_the_signup_with_tokens_of_its_own,
    an_address_is_found_whatever_its_case,
    a_wrong_password_and_an_unknown_address_get_the_same_answer,
    a_password_counts_to_its_last_character,
    a_password_is_taken_exactly_as_it_is,
    open_calls_ignore_whatever_authorization_holds,
);

async fn a_login_answers_like_the_signup_with_tokens_of_its_own(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let body = json!({"email": mabel.email, "password": PASSWORD});
    let answer = server.client().login(body).await.ok();
    assert_eq!((answer.id, &answer.email, &answer.username), (mabel.id, &mabel.email, &mabel.username));
    assert_ne!(answer.access, mabel.access);
    assert_ne!(answer.refresh, mabel.refresh);
    for token in [&answer.access, &mabel.access] {
        assert_eq!(server.client().with_token(token).me().await.ok().id, mabel.id);
    }
}

async fn an_address_is_found_whatever_its_case(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let shouted = format!(" {} ", mabel.email.to_uppercase());
    let answer = server.client().login(json!({"email": shouted, "password": PASSWORD})).await.ok();
    assert_eq!((answer.id, answer.email), (mabel.id, mabel.email));
}

async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let wrong = server.client().login(json!({"email": mabel.email, "password": "not the password"})).await;
    wrong.problem(401, "invalid_credentials");
    let unknown = format!("{}@example.com", unique("nobody"));
    for (email, password) in [(unknown.as_str(), PASSWORD), ("nonsense", PASSWORD), (unknown.as_str(), "x")] {
        let answer = server.client().login(json!({"email": email, "password": password})).await;
        answer.problem(401, "invalid_credentials");
        assert_eq!(answer.problem_but_for_its_id(), wrong.problem_but_for_its_id(), "{email}");
    }
}

async fn a_password_counts_to_its_last_character(on: Database) {
    let server = shared(on).await;
    let email = format!("{}@example.com", unique("lena"));
    let (password, other) = (format!("{}1", "é".repeat(127)), format!("{}2", "é".repeat(127)));
    let body = json!({"email": email, "username": unique("lena"), "password": password, "password2": password});
    server.client().signup(body).await.created();
    server.client().login(json!({"email": email, "password": password})).await.ok();
    for wrong in [other, "é".repeat(127), format!("{password}1")] {
        server.client().login(json!({"email": email, "password": wrong})).await.problem(401, "invalid_credentials");
    }
}

async fn a_password_is_taken_exactly_as_it_is(on: Database) {
    let server = shared(on).await;
    let composed = "\u{e9}".repeat(8);
    for (password, other) in [
        ("  spaces around  ", "spaces around"),
        ("        ", "         "),
        (&"e\u{301}".repeat(8), &composed),
        ("\u{7}bell\u{7}bell", "bellbell"),
        ("CamelCase", "camelcase"),
    ] {
        let email = format!("{}@example.com", unique("lena"));
        let body = json!({"email": email, "username": unique("lena"), "password": password, "password2": password});
        server.client().signup(body).await.created();
        server.client().login(json!({"email": email, "password": password})).await.ok();
        server.client().login(json!({"email": email, "password": other})).await.problem(401, "invalid_credentials");
    }
}

async fn open_calls_ignore_whatever_authorization_holds(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    mabel.logout().await.expect_status(204);
    for value in ["Bearer null", "Bearer ", "Basic bWFiZWw6eA==", "nonsense", &format!("Bearer {}", mabel.access)] {
        let client = server.client();
        client.hello().header("Authorization", value).await.ok();
        let login = json!({"email": mabel.email, "password": PASSWORD});
        let signed_in = client.login(login).header("Authorization", value).await.ok();
        client.refresh(&signed_in.refresh).header("Authorization", value).await.ok();
        let (email, name) = (format!("{}@example.com", unique("x")), unique("x"));
        let signup = json!({"email": email, "username": name, "password": PASSWORD, "password2": PASSWORD});
        client.signup(signup).header("Authorization", value).await.created();
        client.healthz().header("Authorization", value).await.expect_status(200);
        client.readyz().header("Authorization", value).await.expect_status(200);
    }
}
