//! The secret that tokens are signed with.

use std::path::Path;

use parlor_domain::ports::Entropy;
use parlor_security::JwtTokens;

use crate::config::{Config, SecretSource};
use crate::data_dir::{self, without_line_end};
use crate::error::{ConfigError, StartError};

/// The tokens under the secret that the configuration names; `None` if it leaves that to the data directory.
pub(crate) fn given(config: &Config) -> Result<Option<JwtTokens>, ConfigError> {
    match config.secret_source()? {
        SecretSource::Setting(secret) => JwtTokens::new(secret.expose()).map(Some).map_err(ConfigError::WeakSecret),
        SecretSource::File(file) => from_file(file).map(Some),
        SecretSource::DataDir => Ok(None),
    }
}

/// The tokens under the secret that the data directory keeps.
pub(crate) fn kept(data_dir: &Path, entropy: &dyn Entropy) -> Result<JwtTokens, StartError> {
    let secret = data_dir::secret(data_dir, entropy)?;
    JwtTokens::new(&secret).map_err(|source| StartError::KeptSecret { file: data_dir.join(data_dir::SECRET), source })
}

fn from_file(file: &Path) -> Result<JwtTokens, ConfigError> {
    let text =
        std::fs::read_to_string(file).map_err(|source| ConfigError::SecretFile { file: file.to_owned(), source })?;
    JwtTokens::new(&without_line_end(text))
        .map_err(|source| ConfigError::WeakSecretFile { file: file.to_owned(), source })
}
