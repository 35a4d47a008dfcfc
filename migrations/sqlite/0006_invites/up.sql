-- Invites to groups. One that is used up stays until it expires or its chat is deleted, so that whoever joined by it can ask
-- again.
CREATE TABLE invites (
    code       TEXT    PRIMARY KEY NOT NULL CHECK (length(code) = 32),
    chat_id    INTEGER NOT NULL REFERENCES chats,
    creator_id INTEGER NOT NULL REFERENCES users,
    -- By the clock of the machine, which they are compared with.
    created_at TEXT    NOT NULL,
    expires_at TEXT,
    -- None: any number.
    uses_left  INTEGER CHECK (uses_left >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX invites_of_chat ON invites (chat_id, created_at, code);
