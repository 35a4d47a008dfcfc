//! A server that speaks TLS.

use std::path::Path;
use std::process::Command;

use parlor_nats::NatsOptions;

use crate::node::{Node, options};
use crate::server::NatsServer;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_reached_over_tls_if_its_authority_is_trusted() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    make_certificates(folder.path());
    let path = |name: &str| folder.path().join(name);
    let text = |name: &str| path(name).to_str().expect("a plain path").to_owned();
    let server = NatsServer::start_with(&["--tls", "--tlscert", &text("server.pem"), "--tlskey", &text("server.key")]);
    let url = format!("tls://localhost:{}", server.port());
    let doubtful = Node::start(&url);
    let trusting = NatsOptions { root_certificates: vec![path("ca.pem")], ..options(&url) };
    Node::connected_with(trusting.clone()).await;
    Node::connected_with(trusting).await;
    assert!(!doubtful.nats.is_connected(), "the system does not know this authority");
}

/// An authority, and a certificate that it signed for `localhost`.
fn make_certificates(folder: &Path) {
    let key = |name: &str| {
        format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout {name}.key -out {name}.pem"
        )
    };
    openssl(folder, &format!("{} -subj /CN=authority", key("ca")));
    let server = format!("{} -subj /CN=localhost -CA ca.pem -CAkey ca.key", key("server"));
    openssl(
        folder,
        &format!("{server} -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE"),
    );
}

fn openssl(folder: &Path, arguments: &str) {
    let made = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
