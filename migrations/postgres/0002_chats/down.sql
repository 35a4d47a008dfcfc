DROP TABLE events;
DROP TABLE former_members;
DROP TABLE members;
DROP TABLE chats;
