DROP INDEX invites_of_creator;
DROP INDEX former_members_user;
