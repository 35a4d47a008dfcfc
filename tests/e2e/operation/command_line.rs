//! The binary's commands and settings. What it says to each wrong value is tested beside its configuration.

use crate::harness::{Outcome, Run, run};

#[tokio::test]
async fn the_version_is_that_of_the_package() {
    let outcome = parlor(&["--version"]).await;
    assert_eq!((outcome.code, outcome.stdout.trim()), (Some(0), concat!("parlor ", env!("CARGO_PKG_VERSION"))));
}

#[tokio::test]
async fn help_explains_every_setting() {
    for arguments in [&["--help"][..], &["serve", "--help"]] {
        let outcome = parlor(arguments).await;
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        for name in
            ["LISTEN", "DATA_DIR", "DATABASE_URL", "SECRET", "SECRET_FILE", "CORS_ORIGINS", "LOG", "BCRYPT_COST"]
        {
            assert!(outcome.stdout.contains(&format!("PARLOR_{name}")), "{name} is not in {}", outcome.stdout);
        }
        assert!(outcome.stdout.contains("127.0.0.1:8000"), "{}", outcome.stdout);
    }
}

#[tokio::test]
async fn an_unknown_flag_or_command_ends_the_start() {
    for arguments in
        [&["serve", "--nonsense"][..], &["--nonsense"], &["nonsense"], &["serve", "nonsense"], &["routes", "x"]]
    {
        let outcome = parlor(arguments).await;
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains(arguments.last().unwrap()), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_wrong_value_ends_the_start_with_a_sentence_that_names_it() {
    for (name, value) in [
        ("LISTEN", "nonsense"),
        ("LISTEN", "127.0.0.1:99999"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("CORS_ORIGINS", "null"),
        ("CORS_ORIGINS", "https://a.example/path"),
        ("BCRYPT_COST", "3"),
        ("BCRYPT_COST", "12.5"),
        ("REGISTRATION", "maybe"),
        ("LOG", "loud"),
        ("SECRET", "thirty-one bytes are one too few"[1..].into()),
        ("SECRET_FILE", "/nowhere/at/all"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let environment = vec![(format!("PARLOR_{name}"), value.to_owned())];
        let outcome = run(directory.path(), Run { arguments: &["serve"], environment }).await;
        assert_eq!(outcome.code, Some(2), "{name}={value}: {outcome:?}");
        assert!(outcome.stderr.contains(&format!("PARLOR_{name}")), "{outcome:?}");
        assert_eq!(outcome.stderr.trim().lines().count(), 1, "{outcome:?}");
        assert_eq!(outcome.stdout, "", "it never listened");
    }
}

async fn parlor(arguments: &[&str]) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let outcome = run(directory.path(), Run { arguments, ..Run::default() }).await;
    assert!(directory.path().read_dir().unwrap().next().is_none(), "{arguments:?} left something behind");
    outcome
}
