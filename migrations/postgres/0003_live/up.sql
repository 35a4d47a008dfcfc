-- What live delivery asks for.

-- The database's name in this life; the timeline of the server is joined to it when it is read. One row.
CREATE TABLE database_life (
    id   bigint PRIMARY KEY CHECK (id = 1),
    name text   COLLATE "C" NOT NULL CHECK (length(name) = 32)
);
INSERT INTO database_life (id, name) VALUES (1, replace(gen_random_uuid()::text, '-', ''));

-- The first seq that the log still holds.
ALTER TABLE chats ADD COLUMN floor bigint NOT NULL DEFAULT 1 CHECK (floor >= 1);

-- When the row was made, by the clock of the server: whoever looks for newcomers compares with that clock only. Those of
-- before joined long ago.
ALTER TABLE members ADD COLUMN joined_at timestamp NOT NULL DEFAULT '1970-01-01';
ALTER TABLE members ALTER COLUMN joined_at SET DEFAULT (clock_timestamp() AT TIME ZONE 'UTC');
-- The chats of a user, and among them those of late. A send updates none of these columns.
CREATE INDEX members_joined ON members (user_id, joined_at, chat_id);
DROP INDEX members_user;

-- Of edits and deletions: the message.
ALTER TABLE events ADD COLUMN target bigint;
