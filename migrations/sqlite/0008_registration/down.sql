ALTER TABLE users DROP COLUMN suspended_at;
DROP TABLE registration_codes;
