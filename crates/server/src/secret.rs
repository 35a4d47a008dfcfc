//! The secret that tokens are signed with.

use std::path::Path;

use parlor_domain::ports::Entropy;
use parlor_security::{JwtTokens, WeakSecret};

use crate::config::{Config, SecretSource, Sensitive};
use crate::data_dir::{self, without_line_end};
use crate::error::{ConfigError, StartError};

/// What is made of the secret.
pub(crate) struct Keys {
    /// What signs tokens.
    pub(crate) tokens: JwtTokens,
    /// The secret itself, from which other keys are derived.
    pub(crate) secret: Sensitive,
}

impl Keys {
    fn new(secret: Sensitive) -> Result<Self, WeakSecret> {
        Ok(Self { tokens: JwtTokens::new(secret.expose())?, secret })
    }
}

/// The keys under the secret that the configuration names; `None` if it leaves that to the data directory.
pub(crate) fn given(config: &Config) -> Result<Option<Keys>, ConfigError> {
    match config.secret_source()? {
        SecretSource::Setting(secret) => Keys::new(secret.clone()).map(Some).map_err(ConfigError::WeakSecret),
        SecretSource::File(file) => from_file(file).map(Some),
        SecretSource::DataDir => Ok(None),
    }
}

/// The keys under the secret that the data directory keeps.
pub(crate) fn kept(data_dir: &Path, entropy: &dyn Entropy) -> Result<Keys, StartError> {
    let secret = data_dir::secret(data_dir, entropy)?;
    Keys::new(Sensitive::new(secret))
        .map_err(|source| StartError::KeptSecret { file: data_dir.join(data_dir::SECRET), source })
}

fn from_file(file: &Path) -> Result<Keys, ConfigError> {
    let text =
        std::fs::read_to_string(file).map_err(|source| ConfigError::SecretFile { file: file.to_owned(), source })?;
    Keys::new(Sensitive::new(without_line_end(text)))
        .map_err(|source| ConfigError::WeakSecretFile { file: file.to_owned(), source })
}
