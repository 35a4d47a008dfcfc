//! A bot that echoes whatever follows `!echo ` in the chats that it is in. It comes back by itself after whatever happens
//! to the server: `PARLOR_SERVER=http://127.0.0.1:8000 PARLOR_EMAIL=… PARLOR_PASSWORD=… cargo run --example bot`.

use parlor_client::{Error, EventKind, Parlor, Place, SendOptions, Update};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let set = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let parlor = Parlor::new(&set("PARLOR_SERVER")?)?;
    parlor.log_in(&set("PARLOR_EMAIL")?, &set("PARLOR_PASSWORD")?).await?;
    Ok(echo(parlor).await?)
}

/// Echoes until following ends.
pub(crate) async fn echo(parlor: Parlor) -> Result<(), Error> {
    let me = parlor.me().await?.id;
    let mut live = parlor.follow(Place::default());
    let sender = live.sender();
    while let Some(update) = live.next().await {
        let Update::Event(event) = update else { continue };
        let EventKind::MessageCreated { message, .. } = &event.kind else { continue };
        let Some(text) = message.strip_prefix("!echo ").filter(|_| event.by.id != me) else { continue };
        // What is answered is in the key: it is answered once, whoever repeats whatever.
        let options = SendOptions { client_id: Some(format!("echo-{}", event.seq)), reply_to: Some(event.seq) };
        match sender.send_with(event.chat, text, options).await {
            Err(Error::Refused(refusal)) => eprintln!("not answered: {refusal}"),
            answered => drop(answered?),
        }
    }
    Ok(())
}
