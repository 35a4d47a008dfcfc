-- Invites to groups. One that is used up stays until it expires or its chat is deleted, so that whoever joined by it can ask
-- again.
CREATE TABLE invites (
    code       text      COLLATE "C" PRIMARY KEY CHECK (length(code) = 32),
    chat_id    bigint    NOT NULL REFERENCES chats,
    creator_id bigint    NOT NULL REFERENCES users,
    -- By the clock of the server, which they are compared with.
    created_at timestamp NOT NULL,
    expires_at timestamp,
    -- None: any number.
    uses_left  bigint    CHECK (uses_left >= 0)
);
CREATE INDEX invites_of_chat ON invites (chat_id, created_at, code);
