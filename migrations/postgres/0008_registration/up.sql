-- Codes that let people sign up where not everybody may. One that is used up stays until it expires.
CREATE TABLE registration_codes (
    code       text      COLLATE "C" PRIMARY KEY CHECK (length(code) = 32),
    uses_left  bigint    NOT NULL CHECK (uses_left >= 0),
    -- By the clock of the server, which it is compared with.
    expires_at timestamp NOT NULL
);

-- Suspended accounts: nobody logs in to them.
ALTER TABLE users ADD COLUMN suspended_at timestamp;
