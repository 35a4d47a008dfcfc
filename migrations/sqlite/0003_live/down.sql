ALTER TABLE events DROP COLUMN target;
DROP INDEX members_joined;
ALTER TABLE members DROP COLUMN joined_at;
CREATE INDEX members_user ON members (user_id, chat_id);
ALTER TABLE chats DROP COLUMN floor;
DROP TABLE database_life;
