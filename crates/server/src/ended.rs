//! Learning which login sessions have ended elsewhere.

use std::sync::Arc;
use std::time::Duration;

use parlor_domain::Accounts;
use parlor_domain::ports::{Clock, Listener};
use time::OffsetDateTime;
use tokio::time::{MissedTickBehavior, interval};

/// How often the store is asked. A session that ended on another node ends here within 5 s: a second is left for asking.
pub(crate) const EVERY: Duration = Duration::from_secs(4);

/// Asks the store again and again, for ever. `last` is when that was done before. A look that fails is made up for by the
/// next one that does not: it goes back to the last that worked. The listener hears of those that are new.
pub(crate) async fn keep_learning(
    accounts: Accounts,
    listener: Arc<dyn Listener>,
    clock: Arc<dyn Clock>,
    mut last: OffsetDateTime,
    every: Duration,
) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let mut failing = false;
    loop {
        ticks.tick().await;
        let now = clock.now();
        match accounts.learn_ended_sessions(Some(last)).await {
            Ok(ended) => {
                last = now;
                if !ended.is_empty() {
                    listener.sessions_ended(ended);
                }
                if std::mem::take(&mut failing) {
                    tracing::info!("The sessions that ended elsewhere can be read again.");
                }
            }
            Err(error) if !failing => {
                failing = true;
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, cause, "The sessions that ended elsewhere cannot be read; trying on.");
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use parlor_domain::account::{
        AccountPorts, Device, NewSession, Opening, Rotation, RunningSession, SessionCursor, Signup, TokenGrant,
        TokenLifetimes,
    };
    use parlor_domain::ports::SessionRepository;
    use parlor_domain::{
        Caller, Email, Page, Password, PasswordHash, SessionId, StoreError, UserId, Username, async_trait,
    };
    use parlor_testkit::bus::RecordingListener;
    use parlor_testkit::{Application, MemoryStore, PlainHasher, PlainTokens, SeededEntropy};
    use time::Duration as Time;

    use super::*;

    const OFTEN: Duration = Duration::from_millis(1);

    /// Signs somebody up: their token, and who it says they are.
    async fn sign_up(application: &Application) -> (String, Caller) {
        let signup = Signup {
            email: Email::new("mabel@example.com").expect("an address"),
            username: Username::new("mabel").expect("a name"),
            password: Password::new("correct horse".into()).expect("a password"),
        };
        let mabel = application.accounts.sign_up(signup, Device::default()).await.expect("signed up");
        let token = mabel.tokens.access.expose().to_owned();
        let caller = application.accounts.authenticate(&token).expect("signed in");
        (token, caller)
    }

    /// Waits until the token is refused.
    async fn refused(accounts: &Accounts, token: &str) {
        let looking = async {
            while accounts.authenticate(token).is_ok() {
                tokio::time::sleep(OFTEN).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), looking).await.expect("the token is refused at last");
    }

    #[tokio::test]
    async fn a_session_that_ended_on_another_node_ends_here() {
        let there = Application::new();
        let here = there.another_node();
        let (token, caller) = sign_up(&there).await;
        let start = here.clock.now();
        let heard = Arc::<RecordingListener>::default();
        let learning =
            tokio::spawn(keep_learning(here.accounts.clone(), heard.clone(), here.clock.clone(), start, OFTEN));
        tokio::time::sleep(OFTEN * 20).await;
        assert!(here.accounts.authenticate(&token).is_ok(), "it goes on until it is ended");
        there.accounts.log_out(caller).await.expect("logged out");
        refused(&here.accounts, &token).await;
        while heard.heard().ended.is_empty() {
            tokio::time::sleep(OFTEN).await;
        }
        assert_eq!(heard.heard().ended, [caller.session], "live delivery hears of it, once");
        learning.abort();
    }

    #[tokio::test]
    async fn what_ended_while_the_store_was_away_is_learnt_afterwards() {
        let there = Application::new();
        let (token, caller) = sign_up(&there).await;
        let sessions = Arc::new(Flaky { store: there.store.clone(), away: AtomicBool::new(true) });
        let ports = AccountPorts {
            users: there.store.clone(),
            sessions: sessions.clone(),
            hasher: Arc::<PlainHasher>::default(),
            tokens: Arc::new(PlainTokens),
            clock: there.clock.clone(),
            entropy: Arc::<SeededEntropy>::default(),
        };
        let here = Accounts::new(ports, TokenLifetimes::default());
        let (start, heard) = (there.clock.now(), Arc::<RecordingListener>::default());
        let learning = tokio::spawn(keep_learning(here.clone(), heard, there.clock.clone(), start, OFTEN));
        there.accounts.log_out(caller).await.expect("logged out");
        for _ in 0..10 {
            there.clock.advance(Time::MINUTE);
            tokio::time::sleep(OFTEN * 2).await;
        }
        assert!(here.authenticate(&token).is_ok(), "nobody has told this node");
        sessions.away.store(false, Ordering::SeqCst);
        refused(&here, &token).await;
        learning.abort();
    }

    /// A store that is out of reach now and then.
    struct Flaky {
        store: Arc<MemoryStore>,
        away: AtomicBool,
    }

    #[async_trait]
    impl SessionRepository for Flaky {
        async fn open(&self, user: UserId, session: NewSession, verified: PasswordHash) -> Result<Opening, StoreError> {
            self.store.open(user, session, verified).await
        }

        async fn rotate(
            &self,
            presented: TokenGrant,
            offered: TokenGrant,
            grace: Time,
        ) -> Result<Rotation, StoreError> {
            self.store.rotate(presented, offered, grace).await
        }

        async fn end(&self, session: SessionId) -> Result<(), StoreError> {
            self.store.end(session).await
        }

        async fn end_running(&self, user: UserId, session: SessionId) -> Result<bool, StoreError> {
            self.store.end_running(user, session).await
        }

        async fn end_others(&self, user: UserId, kept: SessionId) -> Result<Vec<SessionId>, StoreError> {
            self.store.end_others(user, kept).await
        }

        async fn list_running(
            &self,
            user: UserId,
            after: Option<SessionCursor>,
            limit: u32,
        ) -> Result<Page<RunningSession>, StoreError> {
            self.store.list_running(user, after, limit).await
        }

        async fn list_ended(&self, within: Time) -> Result<Vec<SessionId>, StoreError> {
            match self.away.load(Ordering::SeqCst) {
                true => Err(StoreError::unavailable("on purpose, in a test")),
                false => self.store.list_ended(within).await,
            }
        }
    }
}
