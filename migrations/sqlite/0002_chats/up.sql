-- Chats, who is in them, and the log of each.

CREATE TABLE chats (
    id           INTEGER PRIMARY KEY,
    uri          TEXT    NOT NULL UNIQUE CHECK (length(uri) = 32),
    kind         TEXT    NOT NULL CHECK (kind IN ('direct', 'group')),
    title        TEXT,
    joinable     INTEGER NOT NULL CHECK (joinable IN (0, 1)),
    -- A pair has one direct chat: the lower user id first.
    direct_low   INTEGER REFERENCES users,
    direct_high  INTEGER REFERENCES users,
    creator_id   INTEGER NOT NULL REFERENCES users,
    -- The last seq of the log.
    head         INTEGER NOT NULL CHECK (head >= 1),
    member_count INTEGER NOT NULL CHECK (member_count >= 0),
    created_at   TEXT    NOT NULL,
    updated_at   TEXT    NOT NULL,
    UNIQUE (direct_low, direct_high),
    CHECK (CASE kind
        WHEN 'direct' THEN direct_low IS NOT NULL AND direct_high IS NOT NULL AND direct_low < direct_high
            AND title IS NULL AND NOT joinable AND member_count = 2
        ELSE direct_low IS NULL AND direct_high IS NULL
    END)
) STRICT;

CREATE TABLE members (
    chat_id    INTEGER NOT NULL REFERENCES chats,
    user_id    INTEGER NOT NULL REFERENCES users,
    role       TEXT    NOT NULL CHECK (role IN ('member', 'admin', 'owner')),
    -- The order of joining: the event that added them, and the place among those whom it added.
    joined_seq INTEGER NOT NULL CHECK (joined_seq >= 1),
    ordinal    INTEGER NOT NULL CHECK (ordinal >= 0),
    read_seq   INTEGER NOT NULL CHECK (read_seq >= 1),
    PRIMARY KEY (chat_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_user ON members (user_id, chat_id);
CREATE INDEX members_in_order ON members (chat_id, (role <> 'owner'), joined_seq, ordinal);

-- Who was a member: whether somebody else removed them, and where they stood in the list of members.
CREATE TABLE former_members (
    chat_id    INTEGER NOT NULL REFERENCES chats,
    user_id    INTEGER NOT NULL REFERENCES users,
    barred     INTEGER NOT NULL CHECK (barred IN (0, 1)),
    joined_seq INTEGER NOT NULL,
    ordinal    INTEGER NOT NULL,
    PRIMARY KEY (chat_id, user_id)
) STRICT, WITHOUT ROWID;

-- The log. A row is only ever inserted by the one writer, for a member of the chat: that stands for the foreign keys on
-- chat_id and author_id.
CREATE TABLE events (
    -- The order of storing over all chats. Named, or a copy made by VACUUM would number the rows anew.
    id         INTEGER PRIMARY KEY,
    chat_id    INTEGER NOT NULL,
    seq        INTEGER NOT NULL CHECK (seq >= 1),
    kind       TEXT    NOT NULL,
    at         TEXT    NOT NULL,
    author_id  INTEGER NOT NULL,
    -- 'c:' and the client's name for a message, 'r:' and a random number, or 's:' and the seq of any other event.
    dedup_key  TEXT    NOT NULL,
    -- Of messages: the text of today, empty once deleted, and the message that it answers.
    body       TEXT,
    reply_to   INTEGER,
    edited_at  TEXT,
    deleted    INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    -- Of changes to members: whom.
    subject_id INTEGER,
    -- Of all other events: what else there is to say, as JSON.
    data       TEXT,
    UNIQUE (chat_id, seq),
    UNIQUE (chat_id, author_id, dedup_key),
    CHECK ((kind = 'message.created') = (body IS NOT NULL))
) STRICT;
