//! Taking with one all that is stored of one.

use parlor_domain::blocking::Block;
use parlor_domain::export::ExportRecord;
use parlor_domain::ports::BlockRepository as _;
use parlor_domain::{PasswordAttempt, UserId};
use parlor_testkit::Application;

use super::{group, open, people, send, with};

/// All of it, and how many parts it came in.
async fn export(application: &Application, user: UserId) -> (Vec<ExportRecord>, usize) {
    let (mut export, mut records, mut parts) = (application.exports.of(user), Vec::new(), 0);
    while let Some(part) = export.next().await.expect("the store answers") {
        records.extend(part);
        parts += 1;
    }
    assert_eq!(export.next().await.expect("the store answers"), None, "the end stays the end");
    (records, parts)
}

/// A word for each record; what an event holds is left out.
fn told(records: &[ExportRecord]) -> Vec<&'static str> {
    let word = |record: &ExportRecord| match record {
        ExportRecord::Account(_) => "account",
        ExportRecord::Session(_) => "session",
        ExportRecord::Blocked(_) => "block",
        ExportRecord::Invite(_) => "invite",
        ExportRecord::Chat(_) => "chat",
        ExportRecord::Event(event) => event.kind.as_str(),
    };
    records.iter().map(word).collect()
}

#[tokio::test]
async fn an_export_goes_from_the_account_to_what_one_said() {
    let application = Application::new();
    let [mabel, stanley, zoe] = people(&application, ["mabel", "stanley", "zoe"]).await;
    let direct = open(&application, mabel, with("stanley")).await;
    send(&application, mabel, direct, "hello").await;
    send(&application, stanley, direct, "not hers").await;
    application.store.block(Block { by: mabel, user: zoe }).await.unwrap().unwrap();
    let (records, _) = export(&application, mabel).await;
    assert_eq!(told(&records), ["account", "session", "block", "chat", "chat.created", "message.created"]);
    let ExportRecord::Account(account) = &records[0] else { panic!("the account comes first") };
    assert_eq!((account.id, account.email.as_str()), (mabel, "mabel@example.com"));
    let (records, _) = export(&application, zoe).await;
    assert_eq!(told(&records), ["account", "session"], "who has blocked her is not hers to know");
}

#[tokio::test]
async fn many_chats_and_a_long_log_come_in_parts_and_each_record_once() {
    let application = Application::new();
    let [mabel, stanley] = people(&application, ["mabel", "stanley"]).await;
    let mut said = Vec::new();
    for number in 0..420 {
        let uri = open(&application, mabel, group(&["stanley"])).await;
        let texts = if number == 210 { 1300 } else { number % 2 };
        for text in 0..texts {
            send(&application, mabel, uri, &format!("{number} {text}")).await;
            said.push(format!("{number} {text}"));
            send(&application, stanley, uri, "not hers").await;
        }
    }
    let (records, parts) = export(&application, mabel).await;
    let chats = records.iter().filter(|record| matches!(record, ExportRecord::Chat(_))).count();
    assert_eq!(chats, 420);
    let mut found: Vec<String> = Vec::new();
    let mut chat = None;
    for record in &records {
        match record {
            ExportRecord::Chat(stored) => chat = Some(stored.uri),
            ExportRecord::Event(event) => {
                assert_eq!(Some(event.chat), chat, "events stand behind their chat");
                if let parlor_domain::EventKind::MessageCreated { body, .. } = &event.kind {
                    found.push(body.clone());
                }
            }
            _ => {}
        }
    }
    found.sort();
    said.sort();
    assert_eq!(found, said);
    assert!(parts > 425, "{parts}");
}

#[tokio::test]
async fn nothing_is_exported_of_who_is_erased_or_never_was() {
    let application = Application::new();
    let mabel = application.sign_up("mabel").await;
    let caller = application.accounts.authenticate(mabel.tokens.access.expose()).unwrap();
    let attempt = PasswordAttempt::new(Application::PASSWORD.into()).unwrap();
    application.erasure.erase(caller, attempt).await.unwrap();
    assert_eq!(export(&application, mabel.user.id).await, (Vec::new(), 0));
    assert_eq!(export(&application, UserId::new(4711).unwrap()).await, (Vec::new(), 0));
}
