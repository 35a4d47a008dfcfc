//! Opening, joining, leaving and listing chats.

use serde_json::{Value, json};

use crate::support::Server;

const PICKED: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn nothing_opens_a_group_of_ones_own() {
    let server = Server::start();
    let mabel = server.sign_up("mabel");
    for request in [
        server.post("chats/"),
        server.post("chats").body("", ""),
        server.post("chats/").json(&json!({})),
        server.post("chats/").json(&json!({"username": " MABEL", "other": [1, {"a": null}]})),
    ] {
        let answer = request.by(&mabel).gives(200).json();
        let uri = answer["uri"].as_str().expect("a uri").to_owned();
        assert_eq!(uri.len(), 32);
        let expected = json!({
            "status": "SUCCESS", "uri": uri, "kind": "group", "title": null, "joinable": true,
            "members": [{"id": 1, "username": "mabel", "role": "owner"}], "member_count": 1,
            "message": "mabel joined that chat", "user": {"id": 1, "username": "mabel"},
        });
        assert_eq!(answer, expected);
    }
}

#[test]
fn a_pair_has_one_chat_from_either_side() {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let opened = server.post("chats/").by(&mabel).json(&json!({"username": "ZOE"})).gives(200).json();
    assert_eq!((&opened["kind"], &opened["message"]), (&json!("direct"), &json!("zoe joined that chat")));
    assert_eq!(opened["user"], json!({"id": 2, "username": "zoe"}));
    let again = server.post("chats/").by(&zoe).json(&json!({"username": "mabel"})).gives(200).json();
    assert_eq!(again["uri"], opened["uri"]);
    assert_eq!(again["members"], opened["members"]);
    let path = format!("chats/{PICKED}/");
    let picked = server.post(&path).by(&zoe).json(&json!({"username": "mabel"})).gives(200).json();
    assert_eq!(picked["uri"], opened["uri"], "the pair's chat, not the picked uri");
}

#[test]
fn a_group_has_the_members_and_the_title_it_was_given() {
    let server = Server::start();
    let (mabel, _, _) = (server.sign_up("mabel"), server.sign_up("zoe"), server.sign_up("anna"));
    let wish = json!({"title": "Book club", "usernames": ["zoe", "ANNA", "zoe", "mabel"], "joinable": false});
    let answer = server.post("chats/").by(&mabel).json(&wish).gives(200).json();
    assert_eq!((&answer["title"], &answer["joinable"]), (&json!("Book club"), &json!(false)));
    let names: Vec<&Value> = answer["members"].as_array().expect("members").iter().map(|m| &m["username"]).collect();
    assert_eq!(names, ["mabel", "zoe", "anna"]);
    assert_eq!(answer["user"], json!({"id": 1, "username": "mabel"}));
}

#[test]
fn a_wrong_wish_names_what_is_wrong() {
    let server = Server::start();
    let (mabel, _) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let wrong = |wish: &Value| server.post("chats/").by(&mabel).json(wish).gives(400);
    assert_eq!(wrong(&json!({"username": "nobody"})).about("username"), "Nobody has this username.");
    assert_eq!(wrong(&json!({"username": "a\u{0}"})).about("username"), "Null characters are not allowed.");
    assert_eq!(wrong(&json!({"username": null})).about("username"), "This field may not be null.");
    assert_eq!(wrong(&json!({"username": ""})).about("username"), "This field may not be blank.");
    assert_eq!(wrong(&json!({"username": 7})).about("username"), "Not a valid string.");
    assert_eq!(wrong(&json!({"usernames": "zoe"})).about("usernames"), "Expected a list of items.");
    assert_eq!(wrong(&json!({"usernames": ["zoe", 7]})).about("usernames"), "Not a valid string.");
    assert_eq!(wrong(&json!({"usernames": ["a\u{0}"]})).about("usernames"), "Null characters are not allowed.");
    let unknown = wrong(&json!({"usernames": ["zoe", "x", "y"]})).json();
    assert_eq!(unknown["errors"]["usernames"].as_array().map(Vec::len), Some(2));
    assert_eq!(wrong(&json!({"joinable": "true"})).about("joinable"), "Must be a valid boolean.");
    assert_eq!(wrong(&json!({"title": " "})).about("title"), "This field may not be blank.");
    assert!(wrong(&json!({"username": "zoe", "title": "x"})).about("username").contains("no title"));
    let many: Vec<String> = (0..1001).map(|n| n.to_string()).collect();
    assert!(wrong(&json!({ "usernames": many })).about("usernames").contains("at most 1000"));
    assert_eq!(server.get("chats/").by(&mabel).gives(200).text(), "[]", "none of these made a chat");
}

#[test]
fn a_picked_uri_can_be_repeated_and_not_be_taken() {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let path = format!("chats/{PICKED}/");
    let first = server.post(&path).by(&mabel).json(&json!({"title": "a"})).gives(200);
    let again = server.post(&path).by(&mabel).json(&json!({"title": "b", "username": "nobody"})).gives(200);
    assert_eq!(again.text(), first.text());
    assert_eq!(server.post(&path).by(&zoe).gives(409).code(), "uri_taken");
    for malformed in [PICKED.to_uppercase(), "abc".into(), format!("{PICKED}0"), "%61".repeat(32), "*".into()] {
        let answer = server.post(&format!("chats/{malformed}/")).by(&mabel).gives(400);
        assert_eq!(answer.about("uri"), "Must be 32 lowercase hexadecimal digits.", "{malformed}");
    }
}

#[test]
fn joining_and_adding_answer_with_who_came() {
    let server = Server::start();
    let (mabel, zoe, anna) = (server.sign_up("mabel"), server.sign_up("zoe"), server.sign_up("anna"));
    let path = format!("chats/{}/", server.group(&[&mabel]));
    let joined = server.request("PATCH", &path).by(&zoe).gives(200).json();
    assert_eq!((&joined["user"]["username"], &joined["member_count"]), (&json!("zoe"), &json!(2)));
    let again = server.request("PATCH", &path).by(&zoe).json(&json!({"username": "Zoe"})).gives(200).json();
    assert_eq!(again, joined);
    let added = server.request("PATCH", &path).by(&zoe).json(&json!({"username": "anna"})).gives(200).json();
    assert_eq!((&added["message"], &added["member_count"]), (&json!("anna joined that chat"), &json!(3)));
    let unknown = server.request("PATCH", &path).by(&anna).json(&json!({"username": "nobody"})).gives(400);
    assert_eq!(unknown.about("username"), "Nobody has this username.");
    server.request("PATCH", &path).by(&anna).json(&json!({"username": 5})).gives(400);
}

#[test]
fn the_uri_may_stand_in_the_body() {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let uri = server.group(&[&mabel]).to_string();
    let join = |body: &Value| server.request("PATCH", "chats/").by(&zoe).json(body);
    assert_eq!(join(&json!({})).gives(400).about("uri"), "This field is required.");
    assert_eq!(join(&json!({"uri": 5})).gives(400).about("uri"), "Not a valid string.");
    let malformed = join(&json!({"uri": "x"})).header("X-Request-Id", "r").gives(404);
    let unknown = join(&json!({"uri": PICKED})).header("X-Request-Id", "r").gives(404);
    assert_eq!(malformed.text(), unknown.text());
    assert_eq!(join(&json!({ "uri": uri })).gives(200).json()["user"]["username"], "zoe");
}

#[test]
fn a_chat_shows_itself_to_its_members() {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let chat = server.group(&[&mabel, &zoe]);
    server.say(&mabel, chat, "hello");
    let shown = server.get(&format!("chats/{chat}/")).by(&zoe).gives(200).json();
    let message = json!({
        "seq": 2, "user": {"id": 1, "username": "mabel"}, "message": "hello", "client_id": null, "reply_to": null,
        "reactions": {}, "created_at": "2026-01-02T03:04:05.678901Z", "edited_at": null, "deleted": false,
    });
    let expected = json!({
        "uri": chat.to_string(), "kind": "group", "title": null, "owner": {"id": 1, "username": "mabel"},
        "joinable": true, "member_count": 2,
        "members": [{"id": 1, "username": "mabel", "role": "owner"}, {"id": 2, "username": "zoe", "role": "member"}],
        "head": 2, "read": 1, "unread": 1, "last_message": message,
        "created_at": "2026-01-02T03:04:05.678901Z", "updated_at": "2026-01-02T03:04:05.678901Z",
    });
    assert_eq!(shown, expected);
    assert_eq!(server.get("chats/").by(&zoe).gives(200).json(), json!([expected]));
}

#[test]
fn reading_moves_forward_and_no_further_than_the_head() {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let chat = server.group(&[&mabel, &zoe]);
    for text in ["a", "b", "c"] {
        server.say(&mabel, chat, text);
    }
    let path = format!("chats/{chat}/read/");
    let read = |seq: Value| server.request("PUT", &path).by(&zoe).json(&json!({ "seq": seq }));
    assert_eq!(read(json!(3)).gives(200).text(), r#"{"read":3,"unread":1}"#);
    assert_eq!(read(json!(2)).gives(200).text(), r#"{"read":3,"unread":1}"#);
    assert_eq!(read(json!((1_i64 << 53) - 1)).gives(200).text(), r#"{"read":4,"unread":0}"#);
    for wrong in [json!("3"), json!(1.5), json!(true), json!(-1), json!(1_i64 << 53), json!(u64::MAX), json!(null)] {
        read(wrong).gives(400).about("seq");
    }
    assert_eq!(server.request("PUT", &path).by(&zoe).gives(400).about("seq"), "This field is required.");
}

#[test]
fn members_leave_and_are_removed() {
    let server = Server::start();
    let (mabel, zoe, anna) = (server.sign_up("mabel"), server.sign_up("zoe"), server.sign_up("anna"));
    let chat = server.group(&[&mabel, &zoe, &anna]);
    let remove = |id: &str| server.request("DELETE", &format!("chats/{chat}/members/{id}/"));
    assert_eq!(remove("1").by(&zoe).gives(403).code(), "not_allowed");
    remove("2").by(&mabel).gives(204);
    remove("2").by(&zoe).gives(404);
    for nobody in ["2", "99", "x", "-1", "01", "99999999999999999999", "%31"] {
        remove(nobody).by(&mabel).gives(404);
    }
    remove("1").by(&mabel).gives(204);
    let left = server.get(&format!("chats/{chat}/members/")).by(&anna).gives(200).text();
    assert_eq!(left, r#"[{"id":3,"username":"anna","role":"owner"}]"#);
    let direct = server.post("chats/").by(&mabel).json(&json!({"username": "zoe"})).gives(200).json();
    let path = format!("chats/{}/members/1/", direct["uri"].as_str().expect("a uri"));
    assert_eq!(server.request("DELETE", &path).by(&mabel).gives(403).code(), "direct_chat");
}

#[test]
fn settings_are_what_was_named_and_the_answer_is_the_chat() {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let chat = server.group(&[&mabel, &zoe]);
    let path = format!("chats/{chat}/settings/");
    let set = |body: &Value| server.request("PATCH", &path).by(&mabel).json(body);
    let answer = set(&json!({"title": "Tea", "joinable": false, "owner": 7})).gives(200).json();
    assert_eq!((&answer["title"], &answer["joinable"], &answer["head"]), (&json!("Tea"), &json!(false), &json!(2)));
    assert_eq!(answer, server.get(&format!("chats/{chat}/")).by(&mabel).gives(200).json());
    assert_eq!(set(&json!({})).gives(200).json(), answer, "nothing is wished");
    assert_eq!(server.request("PATCH", &path).by(&mabel).gives(200).json(), answer, "without a body too");
    let answer = set(&json!({"title": null})).gives(200).json();
    assert_eq!((&answer["title"], &answer["joinable"], &answer["head"]), (&json!(null), &json!(false), &json!(3)));
    assert_eq!(set(&json!({"title": "é".repeat(255)})).gives(200).json()["head"], 4);
    for (wrong, field, said) in [
        (json!({"title": "é".repeat(256)}), "title", "Ensure this field has no more than 255 characters."),
        (json!({"title": " "}), "title", "This field may not be blank."),
        (json!({"title": 7}), "title", "Not a valid string."),
        (json!({"joinable": null}), "joinable", "This field may not be null."),
        (json!({"joinable": "no"}), "joinable", "Must be a valid boolean."),
    ] {
        assert_eq!(set(&wrong).gives(400).about(field), said);
    }
    assert_eq!(server.request("PATCH", &path).by(&zoe).json(&json!({"title": "x"})).gives(403).code(), "not_allowed");
    let direct = server.post("chats/").by(&mabel).json(&json!({"username": "zoe"})).gives(200).json();
    let path = format!("chats/{}/settings/", direct["uri"].as_str().expect("a uri"));
    assert_eq!(server.request("PATCH", &path).by(&zoe).gives(403).code(), "direct_chat");
}

#[test]
fn a_role_is_given_by_its_name_and_answered_with_the_member() {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let chat = server.group(&[&mabel, &zoe]);
    let give =
        |id: i64, body: &Value| server.request("PATCH", &format!("chats/{chat}/members/{id}/")).by(&mabel).json(body);
    assert_eq!(give(2, &json!({})).gives(400).about("role"), "This field is required.");
    assert_eq!(give(2, &json!({"role": ""})).gives(400).about("role"), "This field may not be blank.");
    assert_eq!(give(2, &json!({"role": "king"})).gives(400).about("role"), "Must be owner, admin or member.");
    let admin = give(2, &json!({"role": "admin"})).gives(200).json();
    assert_eq!(admin, json!({"id": 2, "username": "zoe", "role": "admin"}));
    assert_eq!(give(1, &json!({"role": "member"})).gives(409).code(), "owner_required");
    assert_eq!(give(3, &json!({"role": "member"})).gives(404).code(), "not_found");
    assert_eq!(give(2, &json!({"role": "owner"})).gives(200).json()["role"], "owner");
    assert_eq!(give(2, &json!({"role": "member"})).gives(403).code(), "not_allowed", "she gave that away");
    let shown = server.get(&format!("chats/{chat}/")).by(&mabel).gives(200).json();
    assert_eq!((&shown["owner"]["id"], &shown["members"][1]["role"]), (&json!(2), &json!("admin")));
}

#[test]
fn a_deleted_chat_is_not_found_and_its_uri_stays_taken() {
    let server = Server::start();
    let (mabel, zoe) = (server.sign_up("mabel"), server.sign_up("zoe"));
    let path = format!("chats/{PICKED}/");
    server.post(&path).by(&mabel).json(&json!({"usernames": ["zoe"]})).gives(200);
    assert_eq!(server.request("DELETE", &path).by(&zoe).gives(403).code(), "not_allowed");
    assert_eq!(server.request("DELETE", &path).by(&mabel).gives(204).text(), "");
    for person in [&mabel, &zoe] {
        server.get(&path).by(person).gives(404);
        server.request("PATCH", &path).by(person).gives(404);
        server.request("DELETE", &path).by(person).gives(404);
        assert_eq!(server.post(&path).by(person).gives(409).code(), "uri_taken");
        assert_eq!(server.get("chats/").by(person).gives(200).text(), "[]");
    }
}
