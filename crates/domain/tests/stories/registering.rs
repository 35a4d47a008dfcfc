//! Signing up where that is not open to everybody.

use std::num::NonZeroU32;

use parlor_domain::account::{Device, RegistrationMode, Signup};
use parlor_domain::{DomainError, Email, Password, Registration, RegistrationCode, Username};
use parlor_testkit::Application;
use time::Duration;

fn door(application: &Application, mode: RegistrationMode) -> Registration {
    Registration::new(application.accounts.clone(), application.store.clone(), mode)
}

async fn enter(door: &Registration, name: &str, code: Option<RegistrationCode>) -> Result<(), &'static str> {
    let signup = Signup {
        email: Email::new(&format!("{name}@example.com")).expect("an address"),
        username: Username::new(name).expect("a name"),
        password: Password::new(Application::PASSWORD.into()).expect("a password"),
    };
    door.sign_up(signup, code, Device::default()).await.map(drop).map_err(|refused| refused.code())
}

async fn invite(application: &Application, uses: u32) -> RegistrationCode {
    let uses = NonZeroU32::new(uses).expect("some uses");
    application.administration.invite(uses, Duration::DAY).await.expect("a code")
}

#[tokio::test]
async fn the_door_is_as_wide_open_as_it_was_set() {
    let application = Application::new();
    let code = invite(&application, 1).await;
    enter(&door(&application, RegistrationMode::Open), "mabel", None).await.expect("open to everybody");
    let closed = door(&application, RegistrationMode::Closed);
    assert_eq!(enter(&closed, "stanley", Some(code)).await, Err("registration_closed"));
    let by_code = door(&application, RegistrationMode::ByCode);
    assert_eq!(enter(&by_code, "stanley", None).await, Err("invalid"));
    enter(&by_code, "stanley", Some(code)).await.expect("invited");
    assert_eq!(enter(&by_code, "zoe", Some(code)).await, Err("invalid"), "it is used up");
}

#[tokio::test]
async fn an_invitation_ends_with_its_time() {
    let application = Application::new();
    let (code, by_code) = (invite(&application, 2).await, door(&application, RegistrationMode::ByCode));
    enter(&by_code, "mabel", Some(code)).await.expect("invited");
    application.clock.advance(Duration::DAY);
    assert_eq!(enter(&by_code, "stanley", Some(code)).await, Err("invalid"));
}

#[tokio::test]
async fn without_a_good_code_no_password_is_hashed() {
    let application = Application::new();
    let by_code = door(&application, RegistrationMode::ByCode);
    let before = application.hasher.hashed();
    let unknown = RegistrationCode::from_bytes([7; 16]);
    assert_eq!(enter(&by_code, "mabel", Some(unknown)).await, Err("invalid"));
    assert_eq!(application.hasher.hashed(), before);
}
