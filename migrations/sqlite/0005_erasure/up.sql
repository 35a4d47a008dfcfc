-- Erased accounts. The row stays, because what they wrote does; nothing in it tells who they were.
ALTER TABLE users ADD COLUMN erased_at TEXT;

-- The addresses and names of erased accounts, until they can be taken again: as digests, which tell nobody what they were.
CREATE TABLE held_names (
    digest TEXT PRIMARY KEY NOT NULL CHECK (length(digest) = 64),
    until  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
