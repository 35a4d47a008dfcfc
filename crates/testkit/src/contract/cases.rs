//! The list of all cases.

/// Expands to one test for each promise of the repository ports.
///
/// `fresh` is an `async fn() -> StoreFixture` in the same module: an empty database for each case. The crate needs
/// `tokio` with `macros` and `rt-multi-thread`.
///
/// ```
/// # use parlor_testkit::StoreFixture;
/// mod memory {
///     async fn fresh() -> parlor_testkit::StoreFixture {
///         parlor_testkit::MemoryStore::fixture()
///     }
///     parlor_testkit::store_contract!(fresh);
/// }
/// ```
#[macro_export]
macro_rules! store_contract {
    ($fresh:ident) => {
        $crate::store_contract! { @list tests $fresh }
    };
    (@tests $fresh:ident $($module:ident { $($case:ident)* })*) => {
        $(mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::contract::within_time($crate::contract::$module::$case(super::$fresh().await)).await;
            })*
        })*
    };
    (@names $type:ident $($module:ident { $($case:ident)* })*) => {
        [$((stringify!($module), &[$(stringify!($case)),*] as &[&$type])),*]
    };
    (@list $use:ident $argument:tt) => {
        $crate::store_contract! { @$use $argument
            users {
                accounts_are_numbered_upwards_from_one
                an_account_comes_back_as_it_was_stored
                an_unknown_number_finds_nobody
                an_address_is_taken_in_every_form
                a_name_is_taken_in_every_form
                what_is_taken_is_named_exactly
                the_first_session_is_stored_with_its_account
                of_signups_at_once_with_one_address_one_succeeds
                of_signups_at_once_with_one_name_one_succeeds
                of_one_signup_sent_twice_at_once_one_succeeds
                crossed_signups_at_once_leave_nothing_shared
                credentials_are_found_by_any_form_of_the_address
                a_password_is_replaced_only_where_the_old_one_stands
                of_replacements_at_once_of_one_password_one_stands
                names_are_looked_up_in_their_order
                a_thousand_names_are_looked_up_in_one_call
                impossible_names_find_nobody
            }
            directory {
                the_directory_follows_code_points
                a_card_shows_number_and_name
                directory_pages_show_everybody_once
                a_directory_page_goes_on_behind_any_key
                a_directory_prefix_is_taken_literally
                a_directory_prefix_is_paged_too
                a_directory_prefix_may_be_any_text
            }
            registration {
                a_code_is_good_until_its_uses_are_up
                a_code_is_good_until_its_lifetime_is_over
                an_unknown_code_makes_no_account
                an_account_made_by_a_code_is_like_any_other
                a_refused_account_takes_no_use
                a_code_is_judged_before_the_names
                of_signups_at_once_with_one_code_no_more_succeed_than_it_has_uses
            }
            profiles {
                what_is_named_of_an_account_changes
                todays_names_are_shown_everywhere
                names_of_others_are_refused
                the_erased_neither_change_nor_give_way
                of_changes_at_once_to_one_name_one_succeeds
                a_new_password_ends_the_other_sessions
                a_session_is_opened_only_by_the_password_of_today
                of_logins_and_a_change_at_once_no_old_session_is_left
            }
            export {
                sessions_are_exported_ended_ones_too
                invites_are_exported_to_their_maker
                chats_are_exported_left_ones_too
                events_are_exported_to_who_did_them
                a_log_is_exported_in_stretches
            }
            admin {
                an_account_that_the_operator_makes_is_like_any_other
                the_accounts_are_listed_by_number
                a_suspension_ends_all_sessions
                a_suspended_account_opens_no_session
                a_suspension_is_told_of_only_after_the_password_of_today
                an_erased_account_opens_no_session
                a_suspension_changes_nothing_else
                of_suspending_and_opening_at_once_no_session_runs
                a_new_password_ends_all_sessions
                an_account_that_is_not_there_is_not_changed
                the_chats_are_listed_by_uri
            }
            erasure {
                an_erased_account_is_found_by_nothing
                what_an_erased_account_wrote_stays
                nobody_is_erased_out_of_a_group
                an_erased_account_becomes_a_member_of_nothing
                of_adding_and_erasing_at_once_the_first_decides
                what_an_erased_account_was_called_stays_taken
                of_signing_up_and_erasing_at_once_the_name_stays_taken
                the_sessions_of_an_erased_account_end
            }
            sessions {
                a_chain_of_tokens_is_exchanged_one_by_one
                sessions_of_one_user_are_independent
                a_predecessor_gets_the_same_successor_again
                a_predecessor_is_refused_once_its_successor_was_used
                a_predecessor_is_refused_after_the_grace_time
                repeating_does_not_lengthen_the_grace_time
                only_the_last_predecessor_is_spared
                without_a_session_nothing_is_exchanged
                of_exchanges_at_once_of_one_token_one_succeeds
                of_reuses_at_once_one_ends_the_session
                ending_a_session_again_changes_nothing
                ending_an_unknown_session_changes_nothing
                ended_sessions_are_listed_for_as_long_as_asked
                an_ended_session_is_told_once
                a_session_ended_by_reuse_is_told_once
                of_endings_at_once_one_is_told
            }
            own_sessions {
                running_sessions_are_listed_by_latest_use
                only_running_sessions_are_listed
                pages_of_sessions_show_each_once
                one_ends_a_running_session_of_ones_own
                of_endings_of_ones_own_at_once_one_finds_it_running
                all_other_sessions_end_at_once
                endings_of_others_at_once_never_wait_for_each_other
            }
            chats {
                a_group_begins_with_its_first_event
                a_direct_chat_begins_with_both
                a_group_may_begin_with_its_owner_alone
                a_large_group_begins_with_all_its_members
                a_pair_has_one_direct_chat
                a_pair_that_opens_its_chat_at_once_gets_one
                a_uri_of_ones_own_chat_names_that_chat
                a_uri_of_a_foreign_chat_is_taken
                a_uri_is_never_used_again
                a_pairs_chat_is_found_under_a_taken_uri_too
                of_creators_at_once_one_gets_the_uri
                of_repetitions_at_once_one_makes_the_chat
                a_foreign_chat_looks_like_none
                a_chat_shows_as_many_members_as_asked_for
                member_pages_show_everybody_once
            }
            chat_list {
                the_list_of_chats_may_be_empty
                the_list_shows_the_latest_activity_first
                every_event_moves_a_chat_to_the_front
                what_changed_nothing_is_no_activity
                equal_times_are_ordered_by_uri
                chat_pages_show_every_chat_once
                a_place_in_the_list_outlives_its_chat
                the_list_shows_chats_as_they_are_found
                the_newest_message_is_shown
                a_direct_chat_is_in_both_lists
            }
            reading {
                messages_of_others_are_unread
                sending_moves_the_authors_mark
                sending_again_never_moves_the_mark_back
                joining_starts_at_the_event_that_added_one
                the_mark_moves_forward_and_up_to_the_head
                of_marks_at_once_the_furthest_stands
                marks_and_messages_at_once_add_up
                unread_messages_are_counted_up_to_a_thousand
            }
            recount {
                unread_is_what_a_recount_finds_at_any_time
            }
            members {
                joining_is_one_event
                a_newcomer_sees_earlier_history
                joining_again_changes_nothing
                joining_several_times_at_once_is_one_event
                many_join_at_once_in_the_order_of_their_events
                what_is_not_joinable_cannot_be_joined
                outsiders_neither_add_nor_remove
                any_member_adds_to_a_joinable_group
                only_the_owner_adds_to_a_closed_group
                nobody_is_added_to_a_direct_chat
                a_full_group_takes_nobody_more
                a_rush_never_overfills_a_group
            }
            departures {
                leaving_is_one_event
                the_owner_removes_members_and_members_remove_nobody
                who_is_not_a_member_cannot_be_removed
                a_direct_chat_keeps_both
                who_was_removed_is_taken_back_by_the_owner_only
                who_left_comes_back_as_the_last
                an_owner_who_leaves_hands_over
                member_pages_hold_after_handing_over
                an_empty_group_belongs_to_who_joins_it_next
                an_empty_group_joined_at_once_gets_one_owner
                a_group_always_has_one_owner
                a_former_member_has_no_part_in_the_chat
            }
            settings {
                changed_settings_are_one_event
                what_is_as_wished_already_is_no_event
                an_owner_and_admins_change_settings_and_nobody_else
                a_direct_chat_has_no_settings
                settings_changed_at_once_are_what_the_log_tells
            }
            roles {
                a_role_is_given_by_one_event
                handing_over_is_two_events
                only_the_owner_gives_roles
                an_owner_stays_until_another_is_made
                a_direct_chat_has_no_roles
                of_two_who_are_handed_a_group_at_once_one_owns_it
                who_is_no_admin_any_more_changes_nothing
            }
            deletion {
                deleting_is_the_last_event
                a_deleted_chat_is_nobodys
                only_the_owner_deletes
                nobody_deletes_a_direct_chat
                of_deletions_at_once_one_is_stored
                nothing_follows_a_deletion
            }
            invites {
                an_invite_is_listed_as_it_was_made
                joining_by_an_invite_is_one_event_and_one_use
                what_does_not_work_lets_nobody_in
                an_invite_does_not_bring_back_who_was_removed
                owner_and_admins_have_to_do_with_invites
                a_full_group_takes_no_use
                a_chat_has_a_hundred_working_invites_at_most
                invite_pages_show_each_once
                a_rush_never_uses_an_invite_too_often
                an_invite_does_not_outlive_its_chat
            }
            messages {
                a_message_is_the_same_wherever_it_is_read
                a_text_comes_back_byte_for_byte
                texts_stored_at_once_are_not_mixed_up
                a_clock_set_back_does_not_change_the_order
                each_chat_counts_for_itself
                an_outsider_writes_nothing
                only_a_message_of_the_chat_is_answered
                only_messages_are_found
                what_is_acknowledged_is_read_at_once
            }
            idempotency {
                the_same_message_again_is_answered_with_the_first
                a_random_key_is_kept_once_and_never_shown
                a_clients_name_never_meets_a_random_key
                client_names_are_compared_exactly
                a_name_is_not_used_for_another_message
                a_name_belongs_to_one_author_in_one_chat
                a_name_outlives_an_absence
                the_same_message_at_once_is_stored_once
                of_different_texts_at_once_under_one_name_one_is_stored
            }
            races {
                a_rush_of_messages_leaves_no_gap
                many_chats_at_once_do_not_get_in_each_others_way
                refused_messages_among_many_leave_no_gap
                copies_among_many_are_stored_once
                nothing_follows_a_removal
                a_removal_holds_everywhere_once_answered
                changes_at_once_are_events_or_nothing
            }
            log {
                a_page_of_the_log_holds_what_follows
                a_log_holds_one_chat_only
                a_follower_skips_nothing_while_others_write
                an_authors_messages_keep_their_order
                a_chat_is_read_as_of_one_moment
            }
            paging {
                every_range_holds_what_it_says
                a_range_may_lie_far_out
                a_history_may_be_empty
                pages_show_each_message_once
                pages_read_during_writes_show_each_message_once
            }
            changes {
                an_edit_is_one_event_and_the_text_of_today
                a_deletion_takes_the_text_away_everywhere
                what_others_wrote_is_deleted_by_owner_and_admins_only
                what_is_so_already_is_no_event
                outsiders_and_wrong_seqs_find_no_message
                a_condition_is_asked_of_what_is_stored
                a_changed_message_is_known_by_its_key
                a_deleted_message_is_not_unread
                changes_are_announced_in_order
                edits_and_deletions_at_once_leave_one_deletion
                of_conditional_edits_at_once_one_succeeds
                no_change_follows_a_removal
            }
            blocks {
                blocks_are_listed_in_the_order_of_blocking
                blocking_again_changes_nothing
                neither_oneself_nor_nobody_is_blocked
                a_thousand_blocks_are_the_most
                a_blocked_pair_opens_no_direct_chat
                nothing_is_sent_between_a_blocked_pair
                what_was_sent_before_is_answered_and_read_as_ever
                between_a_blocked_pair_messages_are_only_taken_away
                a_block_does_not_touch_groups
                a_chat_and_a_block_made_at_once_know_of_each_other
                nothing_follows_a_block
                blocks_and_their_lifting_at_once_leave_the_chat_as_the_list_says
                an_erased_account_is_in_no_block
                both_sides_of_a_block_are_told_of_it
            }
            reactions {
                a_reaction_is_one_event_and_under_its_message
                a_deletion_takes_the_reactions_away
                only_members_react_and_only_to_messages
                a_repeated_message_comes_with_its_reactions
                reactions_at_once_are_counted_under_the_lock
            }
            search {
                a_message_is_found_by_all_its_words_the_last_begun
                what_was_acknowledged_is_found_on_every_node
                an_edit_replaces_what_finds_a_message
                a_deleted_message_is_not_found
                only_the_chats_of_the_reader_are_searched
                a_chat_of_others_cannot_be_named
                a_deleted_chat_is_not_searched
                pages_show_what_was_sent_later_first
                pages_show_every_message_once_whatever_the_clocks_said
                pages_go_on_after_the_chat_of_the_last_was_left
                what_an_erased_account_wrote_is_found
                changes_at_once_with_searches_leave_what_is_true
            }
            announcements {
                each_event_is_announced_once_by_its_store
                what_was_not_stored_is_not_announced
                an_announcement_is_of_one_chat
                an_announcement_names_the_life_of_the_database
                a_rush_of_events_is_announced_whole_and_in_order
                a_chat_made_at_once_is_announced_once
                a_dropped_request_loses_no_announcement
                a_cancelled_task_loses_no_announcement
            }
            live {
                every_answer_is_of_one_life
                places_are_those_of_the_list_of_chats
                a_place_tells_since_when
                an_outsider_has_no_place
                places_are_read_as_of_one_moment
                heads_are_of_the_chats_that_exist
                newcomers_are_found
                who_has_left_again_is_no_newcomer
                newcomers_are_new_for_as_long_as_asked
                the_log_is_read_whoever_asks
            }
            connection {
                a_lost_connection_loses_and_doubles_nothing
                every_port_answers_again_after_a_cut
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
        let listed = crate::store_contract!(@list names str);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/contract");
        let mut modules = Vec::new();
        for file in fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            let source = fs::read_to_string(&path).unwrap();
            let cases: Vec<&str> = source
                .lines()
                .filter_map(|line| line.strip_prefix("pub async fn ")?.strip_suffix("(fx: StoreFixture) {"))
                .collect();
            if cases.is_empty() {
                continue;
            }
            let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let (_, of_module) = listed.iter().find(|(name, _)| *name == module).expect("a listed module");
            assert_eq!(cases, **of_module, "in {module}");
            modules.push(module);
        }
        assert_eq!(modules.len(), listed.len());
    }
}
