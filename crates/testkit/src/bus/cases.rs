//! The list of all cases.

/// Expands to one test for each promise of the [`Bus`](parlor_domain::ports::Bus) port.
///
/// `fresh` is an `async fn() -> BusFixture` in the same module: three nodes of their own for each case. The crate needs
/// `tokio` with `macros` and `rt-multi-thread`.
///
/// ```
/// # use parlor_testkit::bus::BusFixture;
/// mod memory {
///     async fn fresh() -> parlor_testkit::bus::BusFixture {
///         parlor_testkit::bus::BusFixture::in_memory()
///     }
///     parlor_testkit::bus_contract!(fresh);
/// }
/// ```
#[macro_export]
macro_rules! bus_contract {
    ($fresh:ident) => {
        $crate::bus_contract! { @list tests $fresh }
    };
    (@tests $fresh:ident $($module:ident { $($case:ident)* })*) => {
        $(mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::contract::within_time($crate::bus::$module::$case(super::$fresh().await)).await;
            })*
        })*
    };
    (@names $type:ident $($module:ident { $($case:ident)* })*) => {
        [$((stringify!($module), &[$(stringify!($case)),*] as &[&$type])),*]
    };
    (@list $use:ident $argument:tt) => {
        $crate::bus_contract! { @$use $argument
            delivery {
                every_kind_of_event_arrives_whole_and_in_order
                a_large_batch_arrives_complete
                events_of_many_announcements_arrive_once_and_in_order
                what_is_announced_never_comes_back
                members_to_be_hear_of_their_chat
                a_crowd_hears_of_its_chat
                a_member_hears_of_the_end
                typing_and_reading_reach_who_follows_the_chat
                presence_reaches_all
                ended_sessions_reach_all
                calls_need_no_runtime
            }
            following {
                only_who_follows_a_chat_hears_of_it
                what_is_announced_after_following_arrives
                following_again_is_told_again
                after_unfollowing_nothing_arrives
                one_may_follow_again
                many_topics_are_followed_at_once
                another_life_is_not_heard
                one_may_follow_in_two_lives
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Whoever writes a case and does not list it has written nothing.
    #[test]
    fn every_case_is_listed() {
        for (module, listed) in crate::bus_contract!(@list names str) {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bus").join(format!("{module}.rs"));
            let source = fs::read_to_string(path).unwrap();
            let case = |line: &'static str| line.strip_prefix("pub async fn ")?.strip_suffix("(fx: BusFixture) {");
            let cases: Vec<_> = source.leak().lines().filter_map(case).collect();
            assert_eq!(cases, listed, "in {module}");
        }
    }
}
