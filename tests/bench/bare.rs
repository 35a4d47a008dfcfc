//! What live delivery is measured against: a server that does nothing but hand a text to every WebSocket, by actix-ws.
//!
//! The benchmark runs itself a second time for it, so that it has a process, and a processor time, of its own.

use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use actix_ws::{Message, Session};
use futures_util::StreamExt;

/// The argument that makes the benchmark this server.
pub(crate) const ARGUMENT: &str = "bare-server";

type Sessions = Arc<Mutex<Vec<Session>>>;

/// Serves until it is killed.
pub(crate) fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    println!("http://{}", listener.local_addr().expect("an address"));
    std::io::stdout().flush().expect("a reader");
    let sessions = Sessions::default();
    let app = move || {
        App::new()
            .app_data(web::Data::new(sessions.clone()))
            .route("/live", web::get().to(live))
            .route("/send", web::post().to(send))
    };
    let server = HttpServer::new(app).workers(2).listen(listener).expect("a server").run();
    actix_web::rt::System::new().block_on(server).expect("it ends well");
}

async fn live(
    request: HttpRequest,
    body: web::Payload,
    sessions: web::Data<Sessions>,
) -> actix_web::Result<HttpResponse> {
    let (response, session, mut frames) = actix_ws::handle(&request, body)?;
    sessions.lock().expect("nobody panics").push(session.clone());
    actix_web::rt::spawn(async move {
        let mut session = session;
        while let Some(Ok(frame)) = frames.next().await {
            if let Message::Ping(bytes) = frame {
                let _ = session.pong(&bytes).await;
            }
        }
    });
    Ok(response)
}

async fn send(text: String, sessions: web::Data<Sessions>) -> HttpResponse {
    let all = sessions.lock().expect("nobody panics").clone();
    let text = bytestring::ByteString::from(text);
    for mut session in all {
        let _ = session.text(text.clone()).await;
    }
    HttpResponse::Ok().finish()
}
