-- What an export looks for: the chats that somebody was in, and the invites that they made.
CREATE INDEX former_members_user ON former_members (user_id, chat_id);
CREATE INDEX invites_of_creator ON invites (creator_id, code);
