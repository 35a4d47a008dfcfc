DROP TABLE held_names;
ALTER TABLE users DROP COLUMN erased_at;
