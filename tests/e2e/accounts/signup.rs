//! `POST users/signup/`, and one's own profile.

use serde_json::json;

use crate::harness::{Database, PASSWORD, Person, on_both_databases, shared, unique};

on_both_databases!(
    a_signup_answers_with_the_account_and_two_tokens,
    white_space_around_a_name_and_an_address_is_cut,
    a_name_is_shown_in_its_composed_form,
    an_address_is_unique_whatever_its_case_and_form,
    a_name_is_unique_whatever_its_case_form_and_spacing,
    all_that_is_wrong_is_said_at_once,
    the_name_of_erased_accounts_is_nobodys,
    an_address_is_shown_to_its_owner_only,
);

async fn a_signup_answers_with_the_account_and_two_tokens(on: Database) {
    let server = shared(on).await;
    let (name, email) = (unique("mabel"), format!("{}@example.com", unique("mabel")));
    let body = json!({"email": email, "username": name, "password": PASSWORD, "password2": PASSWORD});
    let answer = server.client().signup(body).await.created();
    assert_eq!((answer.username.as_str(), answer.email.as_str()), (name.as_str(), email.as_str()));
    assert_ne!(answer.access, answer.refresh);
    let me = server.client().with_token(&answer.access).me().await.ok();
    assert_eq!((me.id, me.username, me.email, me.display_name), (answer.id, name, email, None));
}

async fn white_space_around_a_name_and_an_address_is_cut(on: Database) {
    let server = shared(on).await;
    let name = unique("wendy");
    let (padded, email) = (format!(" \t{name}\u{a0}\n"), format!("\n {name}@example.com "));
    let body = json!({"email": email, "username": padded, "password": PASSWORD, "password2": PASSWORD});
    let answer = server.client().signup(body).await.created();
    assert_eq!((answer.email, answer.username), (format!("{name}@example.com"), name));
}

async fn a_name_is_shown_in_its_composed_form(on: Database) {
    let server = shared(on).await;
    let number = unique("");
    let (name, email) = (format!("Zoe\u{308}{number}"), format!("zoe{number}@example.com"));
    let body = json!({"email": email, "username": name, "password": PASSWORD, "password2": PASSWORD});
    assert_eq!(server.client().signup(body).await.created().username, format!("Zo\u{eb}{number}"));
}

async fn an_address_is_unique_whatever_its_case_and_form(on: Database) {
    let server = shared(on).await;
    let number = unique("");
    let signup = |email: String| {
        let body = json!({"email": email, "username": unique("x"), "password": PASSWORD, "password2": PASSWORD});
        server.client().signup(body)
    };
    signup(format!("zo\u{eb}{number}@example.com")).await.created();
    for same in ["zo\u{eb}N@example.com", "ZO\u{cb}N@EXAMPLE.COM", "zoe\u{308}N@example.com", " zo\u{eb}N@Example.com "]
    {
        let answer = signup(same.replace('N', &number)).await;
        answer.invalid("email", "user with this email already exists.");
    }
}

async fn a_name_is_unique_whatever_its_case_form_and_spacing(on: Database) {
    let server = shared(on).await;
    let number = unique("");
    let signup = |username: String| {
        let email = format!("{}@example.com", unique("x"));
        server
            .client()
            .signup(json!({"email": email, "username": username, "password": PASSWORD, "password2": PASSWORD}))
    };
    signup(format!("Zo\u{eb} K{number}")).await.created();
    for same in [
        "zo\u{eb} kN",
        "ZOE\u{308} KN",
        "Zo\u{eb}  KN",
        "Zo\u{eb}\u{a0}KN",
        "\u{ff3a}o\u{eb} KN",
        " Zo\u{eb} \u{212a}N",
    ] {
        let answer = signup(same.replace('N', &number)).await;
        let problem = answer.problem(400, "invalid");
        assert_eq!(problem.errors.keys().collect::<Vec<_>>(), ["username"], "{same}: {answer}");
    }
}

async fn all_that_is_wrong_is_said_at_once(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let taken = json!({"email": mabel.email, "username": mabel.username, "password": PASSWORD, "password2": PASSWORD});
    let problem = server.client().signup(taken).await.problem(400, "invalid");
    assert_eq!(problem.errors.keys().collect::<Vec<_>>(), ["email", "username"]);

    let problem = server.client().signup(json!({})).await.problem(400, "invalid");
    let required = vec!["This field is required.".to_owned()];
    let fields = ["email", "password", "password2", "username"].map(|field| (field.to_owned(), required.clone()));
    assert_eq!(problem.errors.into_iter().collect::<Vec<_>>(), fields);

    let wrong = json!({"email": "nonsense", "username": "", "password": "short", "password2": null});
    let problem = server.client().signup(wrong).await.problem(400, "invalid");
    let said = |field: &str| problem.errors[field].join(" ");
    assert_eq!(said("email"), "Enter a valid email address.");
    assert_eq!(said("username"), "This field may not be blank.");
    assert_eq!(said("password"), "Ensure this field has at least 8 characters.");
    assert_eq!(said("password2"), "This field may not be null.");
}

async fn the_name_of_erased_accounts_is_nobodys(on: Database) {
    let server = shared(on).await;
    for name in ["deleted user", "Deleted  USER"] {
        let email = format!("{}@example.com", unique("x"));
        let body = json!({"email": email, "username": name, "password": PASSWORD, "password2": PASSWORD});
        let problem = server.client().signup(body).await.problem(400, "invalid");
        assert_eq!(problem.errors.keys().collect::<Vec<_>>(), ["username"]);
    }
}

async fn an_address_is_shown_to_its_owner_only(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    mabel.says(&uri, "hello").await;
    let seen = [
        nina.directory(&format!("?search={}", mabel.username)).await.text,
        nina.signup_directory("").await.text,
        nina.chats("").await.text,
        nina.chat(&uri).await.text,
        nina.members(&uri, "").await.text,
        nina.messages(&uri, "").await.text,
    ];
    for text in seen {
        assert!(text.contains(&mabel.username), "{text}");
        assert!(!text.contains(&mabel.email), "{text}");
    }
}
