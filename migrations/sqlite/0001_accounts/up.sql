-- Accounts and their login sessions. All times are UTC, as text: 2026-03-04 05:06:07.123457, so their order is that of
-- the texts.

CREATE TABLE users (
    -- AUTOINCREMENT: never given twice. 0 is kept free: it stands for every erased account.
    id            INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id >= 0),
    email         TEXT    NOT NULL,
    -- What is unique, and the order of the directory, compare byte by byte: in UTF-8 that is by code point.
    email_key     TEXT    NOT NULL UNIQUE,
    username      TEXT    NOT NULL,
    username_key  TEXT    NOT NULL UNIQUE,
    display_name  TEXT,
    password_hash TEXT    NOT NULL,
    created_at    TEXT    NOT NULL
) STRICT;

CREATE TABLE sessions (
    id                TEXT    PRIMARY KEY NOT NULL CHECK (length(id) = 32),
    user_id           INTEGER NOT NULL REFERENCES users,
    user_agent        TEXT,
    address           TEXT,
    created_at        TEXT    NOT NULL,
    last_used_at      TEXT    NOT NULL,
    -- The refresh token that counts: its number, and what it takes to sign the same token again.
    token_id          TEXT    NOT NULL CHECK (length(token_id) = 32),
    issued_at         TEXT    NOT NULL,
    expires_at        TEXT    NOT NULL,
    -- The token that it was exchanged for, and when.
    previous_token_id TEXT,
    rotated_at        TEXT,
    ended_at          TEXT,
    CHECK ((previous_token_id IS NULL) = (rotated_at IS NULL))
) STRICT;

CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
