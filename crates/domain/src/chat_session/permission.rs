//! Who may do what in a group: the one table of it.

use super::Role;

/// Expands the table to [`Action`], and to what each role may.
macro_rules! permissions {
    (@may yes) => { true };
    (@may no) => { false };
    ($($(#[$doc:meta])* $action:ident $words:literal $member:ident $admin:ident $owner:ident;)*) => {
        /// What the members of a group do, as far as it depends on their role.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $action),*
        }

        impl Action {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$action),*];

            /// What `docs/API.md` calls it.
            pub fn words(self) -> &'static str {
                match self { $(Self::$action => $words),* }
            }

            /// What a member, an admin and an owner may.
            fn row(self) -> [bool; 3] {
                match self {
                    $(Self::$action => [
                        permissions!(@may $member), permissions!(@may $admin), permissions!(@may $owner),
                    ]),*
                }
            }
        }
    };
}

permissions! {
    // action                                                                        member admin owner
    /// To read, to write, and to leave.
    TakePart "read, write, leave"                                                    yes    yes   yes;
    /// To add somebody to a group that can be joined by its uri, unless somebody else removed them from it.
    AddToJoinable "add somebody, if `joinable` and they were not removed"            yes    yes   yes;
    /// To add anybody to any group.
    AddAnybody "add somebody else"                                                   no     yes   yes;
    /// To make, see and withdraw invites.
    Invite "make, list and withdraw invites"                                         no     yes   yes;
    /// To delete a message of somebody else.
    DeleteMessage "delete somebody's message"                                        no     yes   yes;
    /// To remove a plain member.
    RemoveMember "remove a member"                                                   no     yes   yes;
    /// To remove an admin.
    RemoveAdmin "remove an admin"                                                    no     no    yes;
    /// To remove the owner.
    RemoveOwner "remove the owner"                                                   no     no    no;
    /// To change the title, and whether the group can be joined by its uri.
    ChangeSettings "change `title` and `joinable`"                                   no     yes   yes;
    /// To make somebody an admin, a plain member, or the owner.
    GiveRoles "give roles, hand over"                                                no     no    yes;
    /// To delete the group.
    Delete "delete the group"                                                        no     no    yes;
}

impl Role {
    /// Whether somebody of this role may do that in a group.
    pub fn may(self, action: Action) -> bool {
        let [member, admin, owner] = action.row();
        match self {
            Self::Member => member,
            Self::Admin => admin,
            Self::Owner => owner,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 3] = [Role::Member, Role::Admin, Role::Owner];

    #[test]
    fn the_table_is_printed_in_the_docs_row_by_row() {
        let docs = include_str!("../../../../docs/API.md");
        let printed: Vec<&str> = docs.lines().filter(|line| line.ends_with("| no |")).collect();
        let rows = Action::ALL.iter().map(|action| {
            let [member, admin, owner] = ROLES.map(|role| if role.may(*action) { "yes" } else { "no" });
            format!("| {} | {member} | {admin} | {owner} | no |", action.words())
        });
        assert_eq!(printed, rows.collect::<Vec<_>>());
    }

    #[test]
    fn a_higher_role_may_whatever_a_lower_one_may() {
        for action in Action::ALL {
            let may = ROLES.map(|role| role.may(*action));
            assert!(may.is_sorted(), "{action:?}: {may:?}");
        }
    }
}
