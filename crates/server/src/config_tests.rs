use super::*;
use crate::cli::{Action, read_arguments};

fn config(args: &[&str]) -> Config {
    match read_arguments(args).expect("good arguments") {
        Action::Serve(config) => *config,
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_has_a_default() {
    for args in [&[][..], &["serve"]] {
        let config = config(args);
        assert_eq!(config.listen.to_string(), "127.0.0.1:8000");
        assert!(
            matches!(config.database.database(), Ok(Database::Sqlite(file)) if file == Path::new("./data/parlor.db"))
        );
        assert_eq!(config.secret_source().expect("one source"), SecretSource::DataDir);
        assert_eq!(config.token_lifetimes(), TokenLifetimes::default());
        assert_eq!((config.hashing.bcrypt_cost, config.max_members), (12, 1000));
        assert_eq!(config.registration, RegistrationSetting::Open);
        assert_eq!((config.log.as_str(), config.log_format), ("info", LogFormat::Text));
    }
}

#[test]
fn an_external_database_needs_a_secret_of_its_own() {
    let url = ["--database-url", "postgres://parlor@db/parlor"];
    let bare = config(&url);
    assert!(matches!(bare.database.database(), Ok(Database::Postgres(named)) if named == url[1]));
    assert!(matches!(bare.secret_source(), Err(ConfigError::NoSecret)));
    let with_file = config(&[&url[..], &["--secret-file", "key"]].concat());
    assert_eq!(with_file.secret_source().expect("one source"), SecretSource::File(Path::new("key")));
}

#[test]
fn two_secrets_are_one_too_many() {
    let both = config(&["--secret", "x", "--secret-file", "y"]);
    assert!(matches!(both.secret_source(), Err(ConfigError::TwoSecrets)));
}

#[test]
fn only_postgresql_is_reached_by_url() {
    for url in ["mysql://db", "sqlite:parlor.db", "postgres:", "db.example:5432", " postgres://db"] {
        let refused = config(&["--database-url", url]).database.database();
        assert!(matches!(refused, Err(ConfigError::DatabaseUrl)), "{url}");
    }
    assert!(config(&["--database-url", "postgresql://db/parlor"]).database.database().is_ok());
}

#[test]
fn what_is_secret_is_not_printed() {
    let config = config(&["--secret", "hunter2", "--database-url", "postgres://parlor:hunter2@db/parlor"]);
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn log_levels_are_read_as_people_write_them() {
    for good in ["info", "WARN", "off", "info,parlor_http=debug", "warn, parlor_store=trace", "parlor_http=debug"] {
        assert!(read_arguments(&["--log", good]).is_ok(), "{good}");
    }
    for bad in ["loud", "info,loud", "", "parlor_http=loud", "info,,debug"] {
        assert!(read_arguments(&["--log", bad]).is_err(), "{bad}");
    }
}

#[test]
fn commands_have_their_own_options() {
    assert!(matches!(read_arguments(&["routes"]), Ok(Action::Routes)));
    let migrate = read_arguments(&["migrate", "--data-dir", "elsewhere"]).expect("good arguments");
    assert!(matches!(migrate, Action::Migrate(database) if database.data_dir == Path::new("elsewhere")));
    let invite = read_arguments(&["invite", "--uses", "5", "--days", "30", "--data-dir", "elsewhere"]);
    let Ok(Action::Invite(invite)) = invite else { panic!("{invite:?}") };
    assert_eq!((invite.uses, invite.days), (5, 30));
    for bad in [&["migrate", "--listen", "127.0.0.1:1"][..], &["routes", "--log", "info"], &["--log", "info", "serve"]]
    {
        assert!(read_arguments(bad).is_err(), "{bad:?}");
    }
}
