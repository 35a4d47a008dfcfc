-- What a search goes by. It is brought up to date behind the log, by the searches themselves.

-- The words of messages. The key is the order of finding within a chat: to walk by it is to walk by time.
CREATE TABLE search_words (
    chat_id bigint    NOT NULL,
    at      timestamp NOT NULL,
    seq     bigint    NOT NULL,
    keys    tsvector  NOT NULL,
    PRIMARY KEY (chat_id, at, seq)
);

-- With btree_gin the words are found within a chat. It comes with PostgreSQL, and the owner of a database may create it.
-- A list of what is yet to be sorted in (fastupdate) would be read through by every search.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS btree_gin;
    CREATE INDEX search_keys ON search_words USING gin (chat_id, keys) WITH (fastupdate = off);
EXCEPTION WHEN OTHERS THEN
    CREATE INDEX search_keys ON search_words USING gin (keys) WITH (fastupdate = off);
END
$$;

-- Up to which seq of a chat the words are there. Whoever writes words of a chat locks its row first.
CREATE TABLE search_progress (
    chat_id bigint PRIMARY KEY,
    indexed bigint NOT NULL CHECK (indexed >= 0)
);
