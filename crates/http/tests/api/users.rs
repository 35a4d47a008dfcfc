//! Signing up, in and out, and the directory.

use serde_json::{Value, json};

use crate::support::Server;

fn signup(name: &str) -> Value {
    json!({"email": format!("{name}@example.com"), "username": name, "password": "12345678", "password2": "12345678"})
}

#[test]
fn hello_greets_everybody() {
    let server = Server::start();
    assert_eq!(server.get("users/hello/").gives(200).text(), r#"{"message":"Hello, World!"}"#);
}

#[test]
fn whoever_signs_up_is_signed_in() {
    let server = Server::start();
    let answer = server.post("users/signup/").json(&signup("Mabel")).gives(201).json();
    assert_eq!((&answer["id"], &answer["email"]), (&json!(1), &json!("Mabel@example.com")));
    assert_eq!(answer["username"], "Mabel");
    let keys: Vec<&String> = answer.as_object().expect("an object").keys().collect();
    assert_eq!(keys.len(), 5, "{keys:?}");
    let access = answer["access"].as_str().expect("a token");
    let me = server.get("users/me/").header("Authorization", &format!("Bearer {access}")).gives(200).text();
    assert_eq!(
        me,
        r#"{"id":1,"email":"Mabel@example.com","username":"Mabel","display_name":null,"created_at":"2026-01-02T03:04:05.678901Z"}"#
    );
}

#[test]
fn a_wrong_signup_names_all_that_is_wrong_in_the_words_of_2018() {
    let server = Server::start();
    let empty = server.post("users/signup/").gives(400);
    for field in ["email", "username", "password", "password2"] {
        assert_eq!(empty.about(field), "This field is required.");
    }
    assert_eq!(empty.json()["detail"], "email: This field is required.");
    let wrong = json!({"email": "mabel", "username": null, "password": "1234567", "password2": 12345678});
    let wrong = server.post("users/signup/").json(&wrong).gives(400);
    assert_eq!(wrong.about("email"), "Enter a valid email address.");
    assert_eq!(wrong.about("username"), "This field may not be null.");
    assert_eq!(wrong.about("password"), "Ensure this field has at least 8 characters.");
    assert_eq!(wrong.about("password2"), "Not a valid string.");
    let long = json!({"email": " ", "username": "a".repeat(256), "password": "12345678", "password2": "12345679"});
    let long = server.post("users/signup/").json(&long).gives(400);
    assert_eq!(long.about("email"), "This field may not be blank.");
    assert_eq!(long.about("username"), "Ensure this field has no more than 255 characters.");
    assert_eq!(long.about("password2"), "Passwords must match.");
    let nul = json!({"email": "a\u{0}@b.c", "username": "a\u{0}", "password": "12345678\u{0}", "password2": ""});
    let nul = server.post("users/signup/").json(&nul).gives(400);
    for field in ["email", "username", "password"] {
        assert_eq!(nul.about(field), "Null characters are not allowed.");
    }
    assert_eq!(nul.about("password2"), "This field may not be blank.");
}

#[test]
fn a_taken_address_or_name_is_a_wrong_field() {
    let server = Server::start();
    server.post("users/signup/").json(&signup("mabel")).gives(201);
    let again = server.post("users/signup/").json(&signup("MABEL")).gives(400);
    assert_eq!(again.about("email"), "user with this email already exists.");
    assert_eq!(again.about("username"), "user with this username already exists.");
}

#[test]
fn nobody_learns_at_login_whether_an_account_exists() {
    let server = Server::start();
    server.sign_up("mabel");
    let log_in = |email: &str, password: &str| {
        server
            .post("users/login/")
            .header("X-Request-Id", "r")
            .header("Authorization", "Bearer null")
            .json(&json!({"email": email, "password": password}))
    };
    let right = log_in(" MABEL@example.com ", "mabel-password").gives(200).json();
    assert_eq!((&right["id"], &right["username"]), (&json!(1), &json!("mabel")));
    assert!(right["access"].is_string() && right["refresh"].is_string());
    let wrong = log_in("mabel@example.com", "Mabel-password").gives(401);
    assert_eq!(wrong.code(), "invalid_credentials");
    let too_long = format!("{}@b.c", "a".repeat(300));
    for nobody in ["zoe@example.com", "no address", "a\u{0}@b.c", &too_long] {
        let before = server.application.hasher.verified();
        assert_eq!(log_in(nobody, "whatever").gives(401).text(), wrong.text(), "{nobody}");
        assert_eq!(server.application.hasher.verified(), before + 1, "the same work for {nobody}");
    }
    assert_eq!(log_in(" ", "x").gives(400).about("email"), "This field may not be blank.");
    assert_eq!(log_in("mabel@example.com", "").gives(400).about("password"), "This field may not be blank.");
    server.post("users/login/").gives(400);
}

#[test]
fn the_login_remembers_from_which_device_it_was() {
    let server = Server::start();
    server.sign_up("mabel");
    let login = json!({"email": "mabel@example.com", "password": "mabel-password"});
    let agent = [b"x".repeat(300), b"\xff".to_vec()].concat();
    server.post("users/login/").raw_header("User-Agent", &agent).json(&login).gives(200);
}

#[test]
fn a_refresh_token_buys_the_next_pair_and_a_used_one_ends_the_session() {
    let server = Server::start();
    let first = server.post("users/signup/").json(&signup("mabel")).gives(201).json();
    let refresh = |token: &Value| server.post("users/refresh/").json(&json!({ "refresh": token }));
    let second = refresh(&first["refresh"]).gives(200).json();
    assert_eq!(second.as_object().expect("an object").len(), 2);
    assert_eq!(refresh(&first["refresh"]).gives(200).json()["refresh"], second["refresh"], "within the grace time");
    let third = refresh(&second["refresh"]).gives(200).json();
    assert_eq!(refresh(&first["refresh"]).gives(401).code(), "token_not_valid");
    assert_eq!(refresh(&third["refresh"]).gives(401).code(), "token_not_valid");
    for bad in [json!("nonsense"), first["access"].clone(), json!("\u{0}")] {
        assert_eq!(refresh(&bad).gives(401).code(), "token_not_valid");
    }
    assert_eq!(refresh(&json!("")).gives(400).about("refresh"), "This field may not be blank.");
    assert_eq!(refresh(&json!(1)).gives(400).about("refresh"), "Not a valid string.");
    assert_eq!(server.post("users/refresh/").gives(400).about("refresh"), "This field is required.");
}

#[test]
fn after_logging_out_the_tokens_are_worth_nothing() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    server.post("users/logout/").by(&mabel).body("text/plain", "whatever").gives(204);
    let answer = server.get("users/me/").by(&mabel).gives(401);
    assert_eq!(answer.code(), "token_not_valid");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
}

#[test]
fn only_one_good_token_in_the_header_opens_a_closed_call() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    let token = mabel.token.as_str();
    let me = || server.get("users/me/");
    for good in [format!("bearer {token}"), format!("BEARER  {token}")] {
        me().header("Authorization", &good).gives(200);
    }
    let missing = me().gives(401);
    assert_eq!((missing.code().as_str(), missing.header("www-authenticate")), ("not_authenticated", Some("Bearer")));
    for none in ["Basic abc", "Bearer", token] {
        assert_eq!(me().header("Authorization", none).gives(401).code(), "not_authenticated", "{none}");
    }
    for bad in ["Bearer null", "Bearer x y", &format!("Bearer {token}x")] {
        assert_eq!(me().header("Authorization", bad).gives(401).code(), "token_not_valid", "{bad}");
    }
    me().raw_header("Authorization", b"Bearer \xff\xfe").gives(401);
    me().by(&mabel).by(&mabel).gives(401);
    server.get(&format!("users/me/?token={token}&access_token={token}")).gives(401);
}

#[test]
fn an_expired_token_is_refused() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    server.application.clock.advance(time::Duration::minutes(61));
    let answer = server.get("users/me/").by(&mabel).gives(401);
    assert_eq!(answer.json()["detail"], "The token has expired.");
}

#[test]
fn open_calls_do_not_look_at_authorization() {
    let server = Server::start();
    for bad in [&b"Bearer null"[..], b"Bearer \xff\x80", b"", b"Basic x"] {
        server.get("users/hello/").raw_header("Authorization", bad).raw_header("Authorization", bad).gives(200);
        server.get("/healthz").raw_header("Authorization", bad).gives(200);
        server.get("/readyz").raw_header("Authorization", bad).gives(200);
        server.post("users/login/").raw_header("Authorization", bad).gives(400);
    }
}

#[test]
fn the_directory_shows_everybody_by_name() {
    let server = Server::start();
    let people: Vec<_> = ["Zoë", "anna", "Bert", "annika"].iter().enumerate().collect();
    let mut anna = None;
    for (n, name) in people {
        let body =
            json!({"email": format!("{n}@b.c"), "username": name, "password": "12345678", "password2": "12345678"});
        let answer = server.post("users/signup/").json(&body).gives(201).json();
        anna = Some(format!("Bearer {}", answer["access"].as_str().expect("a token")));
    }
    let token = anna.expect("somebody");
    let get = |path: &str| server.get(path).header("Authorization", &token);
    let names = |answer: &Value| -> Vec<String> {
        let cards = answer.as_array().expect("an array").iter();
        cards.map(|card| card["username"].as_str().expect("a name").to_owned()).collect()
    };
    let all = get("users/").gives(200);
    assert_eq!(names(&all.json()), ["anna", "annika", "Bert", "Zoë"]);
    assert_eq!(all.json()[0], json!({"id": 2, "username": "anna", "display_name": null}));
    assert_eq!(all.link("next"), None);
    assert_eq!(get("users/signup/").gives(200).text(), all.text());
    assert_eq!(names(&get("users/?search=AN").gives(200).json()), ["anna", "annika"]);
    assert_eq!(names(&get("users/?search=zo%C3%AB").gives(200).json()), ["Zoë"]);
    assert_eq!(names(&get("users/?search=%20").gives(200).json()).len(), 4);
    assert_eq!(names(&get("users/?search=x%25").gives(200).json()).len(), 0);
    assert_eq!(get("users/?search=%00").gives(400).about("search"), "Null characters are not allowed.");
    let first = get("users/?limit=3&search=").gives(200);
    assert_eq!(names(&first.json()).len(), 3);
    let rest = get(&first.link("next").expect("a next page")).gives(200);
    assert_eq!(names(&rest.json()), ["Zoë"]);
    assert_eq!(rest.link("next"), None);
}
