//! The data directory: who may use it, and the secret that is kept there.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use parlor_domain::ports::Entropy;
use rustix::fs::{FlockOperation, flock};

use crate::error::StartError;

const LOCK: &str = "lock";
/// The file that keeps the secret.
pub(crate) const SECRET: &str = "secret";

/// Makes the directory, and those above it, for nobody but this user; leaves one that exists as it is.
pub(crate) fn create(path: &Path) -> Result<(), StartError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at(path))
}

/// The lock of a data directory. It is given back when this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DataDirLock {
    _file: File,
}

/// Locks the directory against a second server.
pub(crate) fn lock(path: &Path) -> Result<DataDirLock, StartError> {
    let file = path.join(LOCK);
    let locked =
        OpenOptions::new().create(true).write(true).truncate(false).mode(0o600).open(&file).map_err(at(&file))?;
    match flock(&locked, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(DataDirLock { _file: locked }),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(StartError::InUse(path.to_owned())),
        Err(error) => Err(at(&file)(error.into())),
    }
}

/// The secret that is kept in the directory; one is made first, if there is none. The directory must be locked.
pub(crate) fn secret(path: &Path, entropy: &dyn Entropy) -> Result<String, StartError> {
    let file = path.join(SECRET);
    match std::fs::read_to_string(&file) {
        Ok(kept) => Ok(without_line_end(kept)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let made = hex(&entropy.bytes()) + &hex(&entropy.bytes());
            write_whole(path, &file, &made).map_err(at(&file))?;
            Ok(made)
        }
        Err(error) => Err(at(&file)(error)),
    }
}

/// A text without the line breaks at its end, which editors put there.
pub(crate) fn without_line_end(mut text: String) -> String {
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    text
}

/// Writes a file that is there as a whole, even after a power cut, or not at all.
fn write_whole(dir: &Path, file: &Path, text: &str) -> io::Result<()> {
    let draft = file.with_extension("new");
    // A draft may be left over from a start that was cut off.
    let mut new = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&draft)?;
    writeln!(new, "{text}")?;
    new.sync_all()?;
    std::fs::rename(&draft, file)?;
    File::open(dir)?.sync_all()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn at(path: &Path) -> impl Fn(io::Error) -> StartError {
    let path = path.to_owned();
    move |source| StartError::DataDir { path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use parlor_security::SystemEntropy;
    use tempfile::tempdir;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("it exists").permissions().mode() & 0o777
    }

    #[test]
    fn is_made_for_this_user_alone() {
        let parent = tempdir().expect("a directory");
        let path = parent.path().join("a/b");
        create(&path).expect("made");
        assert_eq!((mode(&path), mode(path.parent().expect("a parent"))), (0o700, 0o700));
        create(&path).expect("it may exist");
    }

    #[test]
    fn is_locked_once_until_the_lock_is_dropped() {
        let dir = tempdir().expect("a directory");
        let held = lock(dir.path()).expect("locked");
        let second = lock(dir.path()).expect_err("locked already");
        assert!(second.sentence().starts_with("another Parlor server uses the data directory "), "{second}");
        drop(held);
        lock(dir.path()).expect("free again");
    }

    #[test]
    fn keeps_the_secret_that_it_made() {
        let dir = tempdir().expect("a directory");
        let made = secret(dir.path(), &SystemEntropy).expect("made");
        assert_eq!(made.len(), 64);
        assert_eq!(secret(dir.path(), &SystemEntropy).expect("kept"), made);
        assert_eq!(mode(&dir.path().join("secret")), 0o600);
        let names: Vec<_> = std::fs::read_dir(dir.path()).expect("listed").flatten().map(|e| e.file_name()).collect();
        assert_eq!(names, ["secret"]);
        let other = tempdir().expect("a directory");
        assert_ne!(secret(other.path(), &SystemEntropy).expect("made"), made);
    }

    #[test]
    fn survives_a_start_that_was_cut_off_while_it_made_one() {
        let dir = tempdir().expect("a directory");
        std::fs::write(dir.path().join("secret.new"), "half").expect("written");
        assert_eq!(secret(dir.path(), &SystemEntropy).expect("made").len(), 64);
    }

    #[test]
    fn takes_a_secret_that_somebody_put_there() {
        let dir = tempdir().expect("a directory");
        std::fs::write(dir.path().join("secret"), " a secret with spaces at both ends \r\n").expect("written");
        let kept = secret(dir.path(), &SystemEntropy).expect("kept");
        assert_eq!(kept, " a secret with spaces at both ends ");
    }

    #[test]
    fn says_which_path_cannot_be_used() {
        let dir = tempdir().expect("a directory");
        let file = dir.path().join("file");
        std::fs::write(&file, "").expect("written");
        let refused = create(&file.join("data")).expect_err("a file is in the way").sentence();
        assert!(
            refused.contains("file/data (the data directory is set by PARLOR_DATA_DIR, --data-dir) cannot be used: "),
            "{refused}"
        );
    }
}
