//! Limits of fields, from both sides, in code points; and characters that a field may not hold.

use serde_json::{Value, json};

use crate::harness::{Answer, Client, Database, PASSWORD, Person, on_both_databases, shared, unique};

on_both_databases!(
    a_username_has_at_most_255_characters,
    an_address_has_at_most_254_characters,
    an_address_is_a_plain_one,
    a_password_has_8_to_128_characters,
    passwords_that_differ_are_refused_under_the_second,
    a_username_holds_only_what_can_be_seen,
    a_title_has_at_most_255_characters,
);

async fn a_username_has_at_most_255_characters(on: Database) {
    let server = shared(on).await;
    let client = server.client();
    for unit in ["a", "é", "😀"] {
        let number = unique("");
        let name = format!("{}{number}", unit.repeat(255 - number.len()));
        assert_eq!(sign_up(&client, "username", json!(name)).await.json()["username"], *name);
        let answer = sign_up(&client, "username", json!(format!("{name}a"))).await;
        answer.invalid("username", "Ensure this field has no more than 255 characters.");
        // White space around it does not count.
        let padded = format!("  {}b  ", &name[..name.len() - 1]);
        assert_eq!(sign_up(&client, "username", json!(padded)).await.status, 201);
    }
}

async fn an_address_has_at_most_254_characters(on: Database) {
    let server = shared(on).await;
    let client = server.client();
    let number = unique("");
    // Labels of 60 characters and a dot, and a last one that fills up.
    let address = |length: usize| {
        let start = format!("{number}@{}", format!("{}.", "b".repeat(60)).repeat(3));
        format!("{start}{}", "c".repeat(length - start.len()))
    };
    assert_eq!(sign_up(&client, "email", json!(address(254 - 60))).await.status, 201);
    let longest = format!("{}.{}", address(254 - 30), "d".repeat(29));
    assert_eq!(longest.len(), 254);
    assert_eq!(sign_up(&client, "email", json!(longest)).await.json()["email"], *longest);
    let answer = sign_up(&client, "email", json!(format!("{longest}d"))).await;
    answer.invalid("email", "Ensure this field has no more than 254 characters.");
    for (local, label, status) in [(64, 63, 201), (65, 63, 400), (64, 64, 400)] {
        let local = format!("{number}{}", "a".repeat(local - number.len()));
        let email = format!("{local}@{}.example", "b".repeat(label));
        assert_eq!(sign_up(&client, "email", json!(email)).await.status, status, "{email}");
    }
}

async fn an_address_is_a_plain_one(on: Database) {
    let server = shared(on).await;
    let client = server.client();
    for bad in [
        "mabel",
        "@",
        "@b.example",
        "a@",
        "a@b",
        "a@@b.example",
        "a@b@c.example",
        ".a@b.example",
        "a.@b.example",
        "a..b@c.example",
        "a b@c.example",
        "a@-b.example",
        "a@b-.example",
        "a@b..example",
        "a@.b.example",
        "a@b.example.",
        "Mabel <a@b.example>",
        "\"a\"@b.example",
        "a@[127.0.0.1]",
        "a\u{7}@b.example",
        "a\u{202e}@b.example",
        "a,b@c.example",
        "a@b_c.example",
        "a＠b.example",
        "a@b。example",
        "a@b.example\u{200b}",
        "<a@b.example>",
        "mailto:a@b.example",
        "a@b.example,c@d.example",
        "a\\@b.example",
        "a@b\n.example",
    ] {
        sign_up(&client, "email", json!(bad)).await.invalid("email", "Enter a valid email address.");
    }
    for good in ["N.dot+plus@sub.example.co", "N!#$%&'*+-/=?^_`{|}~@a.b", "Nétienne@exämple.fr", "N用户@例え.jp"]
    {
        let good = good.replace('N', &unique("n"));
        assert_eq!(sign_up(&client, "email", json!(good)).await.json()["email"], *good);
    }
}

async fn a_password_has_8_to_128_characters(on: Database) {
    let server = shared(on).await;
    let client = server.client();
    for unit in ["a", "é", "😀"] {
        for (length, wrong) in [
            (7, Some("Ensure this field has at least 8 characters.")),
            (8, None),
            (128, None),
            (129, Some("Ensure this field has no more than 128 characters.")),
        ] {
            let (password, name) = (unit.repeat(length), unique("pw"));
            let email = format!("{name}@example.com");
            let body = json!({"email": email, "username": name, "password": password, "password2": password});
            let answer = client.signup(body).await;
            match wrong {
                None => assert_eq!(answer.status, 201, "{answer}"),
                Some(said) => assert_eq!(answer.problem(400, "invalid").errors["password"], [said]),
            }
        }
    }
}

async fn passwords_that_differ_are_refused_under_the_second(on: Database) {
    let server = shared(on).await;
    for other in ["correct horse batterY", " correct horse battery", "x"] {
        let answer = sign_up(&server.client(), "password2", json!(other)).await;
        answer.invalid("password2", "Passwords must match.");
    }
}

async fn a_username_holds_only_what_can_be_seen(on: Database) {
    let server = shared(on).await;
    let client = server.client();
    for bad in [
        "a\tb",
        "a\nb",
        "a\u{7}b",
        "a\u{7f}b",
        "a\u{85}b",
        "a\u{200b}b",
        "a\u{200e}b",
        "a\u{202e}b",
        "a\u{2066}b",
        "a\u{feff}b",
        "a\u{ad}b",
        "a\u{e000}b",
        "a\u{378}b",
        "a\u{fffe}b",
        "a\u{2028}b",
        "a\u{3164}b",
        "a\u{e0041}b",
        "...",
        "-",
        "\u{301}",
        "mаbel",
        "pаypal",
        "αlpha",
        "a\u{301}\u{302}\u{303}\u{304}\u{305}",
    ] {
        let problem = sign_up(&client, "username", json!(bad)).await.problem(400, "invalid");
        assert_eq!(problem.errors.keys().collect::<Vec<_>>(), ["username"], "{bad:?}");
    }
    for blank in ["", " ", "\t\n", "\u{a0}\u{3000}"] {
        sign_up(&client, "username", json!(blank)).await.invalid("username", "This field may not be blank.");
    }
    for good in ["ZoëN", "李小龙N", "山田たろうN", "НатальяN", "😀N", "o'neil-N", "नमस्ते", "R2 ★ N", "N"]
    {
        // Digits go with every script.
        let good = good.replace('N', &unique(""));
        let answer = sign_up(&client, "username", json!(good)).await;
        assert_eq!(answer.status, 201, "{good}: {answer}");
    }
}

async fn a_title_has_at_most_255_characters(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    for unit in ["a", "é", "😀"] {
        let title = unit.repeat(255);
        assert_eq!(mabel.open_chat(json!({"title": title})).await.ok().title.as_deref(), Some(title.as_str()));
        let answer = mabel.open_chat(json!({"title": format!("{title}a")})).await;
        answer.invalid("title", "Ensure this field has no more than 255 characters.");
    }
    mabel.open_chat(json!({"title": "a\nb"})).await.any_problem(400);
    mabel.open_chat(json!({"title": " "})).await.invalid("title", "This field may not be blank.");
    assert_eq!(mabel.chats("").await.ok().len(), 3);
}

/// Signs up with this in the one field, and with what nobody can object to in the others.
async fn sign_up(client: &Client, field: &str, value: Value) -> Answer<crate::harness::SignedIn> {
    let name = unique("ok");
    let email = format!("{name}@example.com");
    let mut body = json!({"email": email, "username": name, "password": PASSWORD, "password2": PASSWORD});
    body[field] = value;
    client.signup(body).await
}
