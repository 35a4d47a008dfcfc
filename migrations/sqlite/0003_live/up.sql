-- What live delivery asks for.

-- The database's name in this life. One row.
CREATE TABLE database_life (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT    NOT NULL CHECK (length(name) = 32)
) STRICT;
INSERT INTO database_life (id, name) VALUES (1, lower(hex(randomblob(16))));

-- The first seq that the log still holds.
ALTER TABLE chats ADD COLUMN floor INTEGER NOT NULL DEFAULT 1 CHECK (floor >= 1);

-- When the row was made, by SQLite's own clock. Those of before joined long ago. The table is made anew: a column that
-- is added cannot have a default that is not constant.
ALTER TABLE members RENAME TO old_members;
DROP INDEX members_user;
DROP INDEX members_in_order;
CREATE TABLE members (
    chat_id    INTEGER NOT NULL REFERENCES chats,
    user_id    INTEGER NOT NULL REFERENCES users,
    role       TEXT    NOT NULL CHECK (role IN ('member', 'admin', 'owner')),
    -- The order of joining: the event that added them, and the place among those whom it added.
    joined_seq INTEGER NOT NULL CHECK (joined_seq >= 1),
    ordinal    INTEGER NOT NULL CHECK (ordinal >= 0),
    read_seq   INTEGER NOT NULL CHECK (read_seq >= 1),
    joined_at  TEXT    NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    PRIMARY KEY (chat_id, user_id)
) STRICT, WITHOUT ROWID;
INSERT INTO members (chat_id, user_id, role, joined_seq, ordinal, read_seq, joined_at)
    SELECT chat_id, user_id, role, joined_seq, ordinal, read_seq, '1970-01-01 00:00:00.000' FROM old_members;
DROP TABLE old_members;
-- The chats of a user, and among them those of late.
CREATE INDEX members_joined ON members (user_id, joined_at, chat_id);
CREATE INDEX members_in_order ON members (chat_id, (role <> 'owner'), joined_seq, ordinal);

-- Of edits and deletions: the message.
ALTER TABLE events ADD COLUMN target INTEGER;
