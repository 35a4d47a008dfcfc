ALTER TABLE events DROP COLUMN target;
CREATE INDEX members_user ON members (user_id, chat_id);
DROP INDEX members_joined;
ALTER TABLE members DROP COLUMN joined_at;
ALTER TABLE chats DROP COLUMN floor;
DROP TABLE database_life;
