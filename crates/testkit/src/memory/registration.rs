//! Codes that let people sign up, in memory.

use parlor_domain::account::{NewRegistrationCode, NewSession, NewUser, RegistrationRefused};
use parlor_domain::ports::RegistrationRepository;
use parlor_domain::{RegistrationCode, StoreError, User, async_trait};
use time::OffsetDateTime;

use super::{Data, MemoryStore, StoredCode};

impl Data {
    fn good_code(&mut self, code: RegistrationCode, now: OffsetDateTime) -> Option<&mut StoredCode> {
        self.codes.get_mut(&code).filter(|stored| stored.uses_left > 0 && now < stored.expires_at)
    }
}

#[async_trait]
impl RegistrationRepository for MemoryStore {
    async fn add_code(&self, new: NewRegistrationCode) -> Result<(), StoreError> {
        let stored = StoredCode { uses_left: new.uses.get(), expires_at: self.clock.now() + new.lifetime };
        self.lock().codes.insert(new.code, stored);
        Ok(())
    }

    async fn is_good(&self, code: RegistrationCode) -> Result<bool, StoreError> {
        Ok(self.lock().good_code(code, self.clock.now()).is_some())
    }

    async fn create_with_code(
        &self,
        code: RegistrationCode,
        user: NewUser,
        session: NewSession,
    ) -> Result<Result<User, RegistrationRefused>, StoreError> {
        let now = self.clock.now();
        let mut data = self.lock();
        if data.good_code(code, now).is_none() {
            return Ok(Err(RegistrationRefused::InvalidCode));
        }
        let made = data.insert_account(user, Some(&session), now)?;
        if let Some(code) = data.good_code(code, now).filter(|_| made.is_ok()) {
            code.uses_left -= 1;
        }
        Ok(made.map_err(RegistrationRefused::Taken))
    }
}
