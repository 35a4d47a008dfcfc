-- What a search goes by. It is brought up to date behind the log, by the searches themselves.

-- The words of messages, and '#' with the id of the chat, under the ids of their events: to walk by them is to walk in the
-- order of storing. Beginnings of up to six signs are kept too, so that a common one is walked like a word; those of
-- longer ones are gathered first.
CREATE VIRTUAL TABLE search_words USING fts5(
    keys, detail = 'none', columnsize = 0, prefix = '1 2 3 4 5 6', tokenize = "ascii tokenchars '#'"
);
-- What is deleted leaves the file at once.
INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1);

-- Up to which seq of a chat the words are there.
CREATE TABLE search_progress (
    chat_id INTEGER PRIMARY KEY,
    indexed INTEGER NOT NULL CHECK (indexed >= 0)
) STRICT;
