ALTER TABLE events DROP COLUMN reacted;
DROP TABLE reactions;
