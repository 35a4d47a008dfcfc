-- Codes that let people sign up where not everybody may. One that is used up stays until it expires.
CREATE TABLE registration_codes (
    code       TEXT    PRIMARY KEY NOT NULL CHECK (length(code) = 32),
    uses_left  INTEGER NOT NULL CHECK (uses_left >= 0),
    -- By the clock of the machine, which it is compared with.
    expires_at TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Suspended accounts: nobody logs in to them.
ALTER TABLE users ADD COLUMN suspended_at TEXT;
