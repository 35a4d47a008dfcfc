//! What tests of Parlor share: in-memory adapters of every port, a stopped clock, and the contract suite that each
//! adapter of the repository ports passes.
//!
//! [`Application`] is the whole domain over those adapters. [`store_contract!`] expands to the suite; its cases are in
//! [`contract`]. The same for the bus between nodes is in [`bus`]. [`simulation`] plays live delivery with everything
//! going wrong. Nothing here is for production: passwords are kept in clear, and tokens are not signed.
//!
//! ```
//! use parlor_domain::chat_session::OpenChat;
//! use parlor_testkit::Application;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let application = Application::new();
//! let mabel = application.sign_up("mabel").await.user;
//! application.sign_up("stanley").await;
//! let wish = OpenChat { username: Some("stanley".into()), ..OpenChat::default() };
//! let (chat, stanley) = application.chats.open(mabel.id, wish).await?;
//! assert_eq!(stanley.username.as_str(), "stanley");
//! assert_eq!(application.notifier.events_of(chat.chat.uri).len(), 1);
//! # Ok(())
//! # }
//! ```

mod application;
pub mod bus;
mod clock;
pub mod contract;
mod entropy;
mod fixture;
mod hasher;
mod memory;
mod recording;
pub mod simulation;
mod tokens;

pub use application::Application;
pub use clock::{RunningClock, StoppedClock};
pub use entropy::{SeededEntropy, split_mix_64};
pub use fixture::{Repositories, StoreFixture};
pub use hasher::PlainHasher;
pub use memory::MemoryStore;
pub use recording::RecordingNotifier;
pub use tokens::PlainTokens;
