//! The tables, in the types that both databases share. What the columns mean stands in `migrations/`.

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Text,
        email_key -> Text,
        username -> Text,
        username_key -> Text,
        display_name -> Nullable<Text>,
        password_hash -> Text,
        created_at -> Timestamp,
        erased_at -> Nullable<Timestamp>,
        suspended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    registration_codes (code) {
        code -> Text,
        uses_left -> BigInt,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    held_names (digest) {
        digest -> Text,
        until -> Timestamp,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> BigInt,
        user_agent -> Nullable<Text>,
        address -> Nullable<Text>,
        created_at -> Timestamp,
        last_used_at -> Timestamp,
        token_id -> Text,
        issued_at -> Timestamp,
        expires_at -> Timestamp,
        previous_token_id -> Nullable<Text>,
        rotated_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    chats (id) {
        id -> BigInt,
        uri -> Text,
        kind -> Text,
        title -> Nullable<Text>,
        joinable -> Bool,
        direct_low -> Nullable<BigInt>,
        direct_high -> Nullable<BigInt>,
        creator_id -> BigInt,
        head -> BigInt,
        member_count -> BigInt,
        floor -> BigInt,
        blocked -> Bool,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    members (chat_id, user_id) {
        chat_id -> BigInt,
        user_id -> BigInt,
        role -> Text,
        joined_seq -> BigInt,
        ordinal -> BigInt,
        read_seq -> BigInt,
        joined_at -> Timestamp,
    }
}

diesel::table! {
    former_members (chat_id, user_id) {
        chat_id -> BigInt,
        user_id -> BigInt,
        barred -> Bool,
        joined_seq -> BigInt,
        ordinal -> BigInt,
    }
}

diesel::table! {
    events (chat_id, seq) {
        chat_id -> BigInt,
        seq -> BigInt,
        kind -> Text,
        at -> Timestamp,
        author_id -> BigInt,
        dedup_key -> Text,
        body -> Nullable<Text>,
        reply_to -> Nullable<BigInt>,
        edited_at -> Nullable<Timestamp>,
        deleted -> Bool,
        subject_id -> Nullable<BigInt>,
        data -> Nullable<Text>,
        target -> Nullable<BigInt>,
        reacted -> Bool,
    }
}

diesel::table! {
    reactions (chat_id, target, emoji, user_id) {
        chat_id -> BigInt,
        target -> BigInt,
        emoji -> Text,
        user_id -> BigInt,
        seq -> BigInt,
    }
}

diesel::table! {
    invites (code) {
        code -> Text,
        chat_id -> BigInt,
        creator_id -> BigInt,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        uses_left -> Nullable<BigInt>,
    }
}

diesel::table! {
    blocks (blocker_id, blocked_id) {
        id -> BigInt,
        blocker_id -> BigInt,
        blocked_id -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    users,
    sessions,
    chats,
    members,
    former_members,
    events,
    reactions,
    invites,
    blocks,
);
