-- What people react to messages with.

-- As with the log, a row is only ever inserted under the lock on its chat, by a member of it: that stands for the foreign
-- keys.
CREATE TABLE reactions (
    chat_id INTEGER NOT NULL,
    -- The message.
    target  INTEGER NOT NULL,
    emoji   TEXT    NOT NULL,
    user_id INTEGER NOT NULL,
    -- The event that tells of it: the order of reacting.
    seq     INTEGER NOT NULL CHECK (seq > target),
    PRIMARY KEY (chat_id, target, emoji, user_id)
) STRICT, WITHOUT ROWID;

-- Of messages: whether anybody ever reacted. Those to whom nobody did are read without a look at the reactions.
ALTER TABLE events ADD COLUMN reacted INTEGER NOT NULL DEFAULT 0 CHECK (reacted IN (0, 1));
