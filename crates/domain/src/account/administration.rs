//! What the operator of a server does past its API.

use std::num::NonZeroU32;
use std::sync::Arc;

use time::Duration;

use super::{NewRegistrationCode, RegistrationCode};
use crate::StoreError;
use crate::ports::{Entropy, RegistrationRepository};

/// What [`Administration`] needs from outside.
#[derive(Clone)]
pub struct AdministrationPorts {
    /// Where codes are kept.
    pub codes: Arc<dyn RegistrationRepository>,
    /// Where random numbers come from.
    pub entropy: Arc<dyn Entropy>,
}

/// The operator's commands. Whoever can give them may do everything: nobody's right is checked.
#[derive(Clone)]
pub struct Administration {
    ports: AdministrationPorts,
}

impl Administration {
    /// The commands over these ports.
    pub fn new(ports: AdministrationPorts) -> Self {
        Self { ports }
    }

    /// Makes a code that is good for so many accounts and for so long.
    ///
    /// # Errors
    /// [`StoreError`]; there is no code then.
    pub async fn invite(&self, uses: NonZeroU32, lifetime: Duration) -> Result<RegistrationCode, StoreError> {
        let code = RegistrationCode::from_bytes(self.ports.entropy.bytes());
        self.ports.codes.add_code(NewRegistrationCode { code, uses, lifetime }).await?;
        Ok(code)
    }
}
