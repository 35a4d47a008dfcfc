-- Who has blocked whom.

CREATE TABLE blocks (
    -- The order of blocking. No number is given twice: it is a place in a list that is read in parts.
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    blocker_id INTEGER NOT NULL REFERENCES users,
    blocked_id INTEGER NOT NULL REFERENCES users CHECK (blocked_id <> blocker_id),
    UNIQUE (blocker_id, blocked_id)
) STRICT;
CREATE INDEX blocks_in_order ON blocks (blocker_id, id);
CREATE INDEX blocks_of ON blocks (blocked_id, blocker_id);

-- Of direct chats: whether there is a block between the two.
ALTER TABLE chats ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1));
