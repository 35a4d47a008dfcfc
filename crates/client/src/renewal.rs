//! New tokens for old ones: one renewal at a time, whose outcome all share who ask meanwhile.

use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::Method;
use serde_json::json;
use tokio::sync::Mutex;

use crate::call::Call;
use crate::{Error, Parlor, Tokens};

/// The renewals of a client.
#[derive(Debug, Default)]
pub(crate) struct Renewal {
    /// How many have come to an end.
    ended: AtomicU64,
    /// Why the last one failed, if it did.
    failed: Mutex<Option<Error>>,
}

impl Parlor {
    /// An access token that is another than this one.
    ///
    /// It goes on even if nobody waits for it any more: a refresh token works once, and what comes for it must be kept.
    pub(crate) async fn renew(&self, stale: &str) -> Result<String, Error> {
        let (parlor, stale) = (self.clone(), stale.to_owned());
        let asked_after = self.inner.renewal.ended.load(Ordering::Acquire);
        tokio::spawn(async move { parlor.renew_after(asked_after, &stale).await }).await.unwrap_or(Err(Error::Ended))
    }

    async fn renew_after(&self, asked_after: u64, stale: &str) -> Result<String, Error> {
        let Renewal { ended, failed } = &self.inner.renewal;
        let mut failed = failed.lock().await;
        let tokens = self.tokens().ok_or(Error::SignedOut)?;
        if tokens.access != stale {
            return Ok(tokens.access);
        }
        if let Some(error) = failed.as_ref().filter(|_| ended.load(Ordering::Acquire) > asked_after) {
            return Err(error.clone());
        }
        let renewed = self.refresh(tokens).await;
        *failed = renewed.as_ref().err().cloned();
        ended.fetch_add(1, Ordering::Release);
        renewed
    }

    async fn refresh(&self, tokens: Tokens) -> Result<String, Error> {
        let call = Call::new(Method::POST, "users/refresh/").json(&json!({"refresh": tokens.refresh}));
        let store = &self.inner.options.tokens;
        match self.make(&call, None).await.and_then(|answer| answer.read::<Tokens>()) {
            Ok(tokens) => {
                store.save(Some(&tokens));
                Ok(tokens.access)
            }
            Err(error) => {
                if error.is_signed_out() {
                    store.save(None);
                }
                Err(error)
            }
        }
    }
}
