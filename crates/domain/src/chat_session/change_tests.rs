//! The rule of who may change a chat, row by row.

use super::*;

const ANN: UserId = UserId::DELETED;

/// What comes of a command. Each cell names what it matches, `*` anything; `in` stands for every role.
/// `target` and `barred` speak of the user that the command is about: of the caller, when they join or leave.
const TABLE: &[&str] = &[
    // command  kind    joinable  caller       target        barred    what comes of it
    "  join     *       *         in           *             *         nothing",
    "  join     direct  *         none         *             *         NotFound",
    "  join     group   no        none         *             *         NotFound",
    "  join     group   yes       none         *             yes       NotFound",
    "  join     group   yes       none         *             no        added",
    "  add      *       *         none         *             *         NotFound",
    "  add      *       *         in           in            *         nothing",
    "  add      direct  *         in           none          *         DirectChat",
    "  add      group   yes       in           none          no        added",
    "  add      group   yes       member       none          yes       NotAllowed",
    "  add      group   no        member       none          *         NotAllowed",
    "  add      group   yes       admin,owner  none          yes       added",
    "  add      group   no        admin,owner  none          *         added",
    "  remove   *       *         none         *             *         NotFound",
    "  remove   direct  *         in           *             *         DirectChat",
    "  remove   group   *         in           none          *         NoSuchMember",
    "  remove   group   *         member       in            *         NotAllowed",
    "  remove   group   *         admin        member        *         removed",
    "  remove   group   *         admin        admin,owner   *         NotAllowed",
    "  remove   group   *         owner        member,admin  *         removed",
    "  remove   group   *         owner        owner         *         NotAllowed",
    "  leave    *       *         none         *             *         NotFound",
    "  leave    direct  *         in           *             *         DirectChat",
    "  leave    group   *         member       *             *         left",
    "  leave    group   *         admin        *             *         left",
    "  leave    group   *         owner        *             *         handed-over",
    "  settings *       *         none         *             *         NotFound",
    "  settings direct  *         in           *             *         DirectChat",
    "  settings group   *         member       *             *         NotAllowed",
    "  settings group   *         admin,owner  *             *         updated",
    "  role     *       *         none         *             *         NotFound",
    "  role     direct  *         in           *             *         DirectChat",
    "  role     group   *         in           none          *         NoSuchMember",
    "  role     group   *         member,admin in            *         NotAllowed",
    "  role     group   *         owner        member        *         promoted",
    "  role     group   *         owner        admin         *         nothing",
    "  role     group   *         owner        owner         *         OwnerRequired",
    "  delete   *       *         none         *             *         NotFound",
    "  delete   direct  *         in           *             *         DirectChat",
    "  delete   group   *         member,admin *             *         NotAllowed",
    "  delete   group   *         owner        *             *         deleted",
];

/// One combination of everything that the decision looks at, but for numbers.
#[derive(Debug, Clone, Copy)]
struct Case {
    command: &'static str,
    kind: ChatKind,
    joinable: bool,
    caller: Option<Role>,
    target: Option<Role>,
    barred: bool,
    /// Whether the caller is, where the command is about another: it must not matter.
    caller_barred: bool,
}

fn user(number: i64) -> UserId {
    UserId::new(number).unwrap()
}

fn change(command: ChatCommand) -> ChangeChat {
    let uri = ChatUri::from_bytes([1; 16]);
    ChangeChat { uri, by: ANN, command, max_members: 10, at: OffsetDateTime::UNIX_EPOCH }
}

fn title(text: &str) -> ChatTitle {
    ChatTitle::new(text.into()).unwrap()
}

fn titled(text: &str) -> SettingsChange {
    SettingsChange { title: Some(Some(title(text))), joinable: None }
}

/// A joinable group of five with its owner as the caller and no target.
fn group() -> ChatContext {
    ChatContext {
        kind: ChatKind::Group,
        title: None,
        joinable: true,
        member_count: 5,
        caller: Some(Role::Owner),
        caller_barred: false,
        target: None,
        target_barred: false,
        heir: Some(user(3)),
        invite: None,
    }
}

impl Case {
    fn all() -> Vec<Self> {
        let roles = [None, Some(Role::Member), Some(Role::Admin), Some(Role::Owner)];
        let mut all = Vec::new();
        for command in ["join", "add", "remove", "leave", "settings", "role", "delete"] {
            for kind in [ChatKind::Direct, ChatKind::Group] {
                for caller in roles {
                    for target in roles {
                        for bits in 0..8 {
                            let (joinable, barred, caller_barred) = (bits & 1 > 0, bits & 2 > 0, bits & 4 > 0);
                            all.push(Self { command, kind, joinable, caller, target, barred, caller_barred });
                        }
                    }
                }
            }
        }
        // Who joins or leaves is both caller and target.
        all.retain(|case| !case.about_self() || (case.caller, case.caller_barred) == (case.target, case.barred));
        all
    }

    fn about_self(self) -> bool {
        matches!(self.command, "join" | "leave" | "settings" | "delete")
    }

    fn cells(self) -> [&'static str; 6] {
        let yes = |flag| if flag { "yes" } else { "no" };
        let role = |role: Option<Role>| role.map_or("none", Role::as_str);
        [self.command, self.kind.as_str(), yes(self.joinable), role(self.caller), role(self.target), yes(self.barred)]
    }

    fn context(self) -> ChatContext {
        ChatContext {
            kind: self.kind,
            joinable: self.joinable,
            caller: self.caller,
            caller_barred: self.caller_barred,
            target: self.target,
            target_barred: self.barred,
            ..group()
        }
    }

    fn commands(self) -> Vec<ChatCommand> {
        match self.command {
            // To add oneself is to join.
            "join" => vec![ChatCommand::Join, ChatCommand::Add(ANN)],
            "add" => vec![ChatCommand::Add(user(7))],
            "remove" => vec![ChatCommand::Remove(user(7))],
            "leave" => vec![ChatCommand::Remove(ANN)],
            "settings" => vec![ChatCommand::Update(titled("New"))],
            "role" => vec![ChatCommand::GiveRole(user(7), Role::Admin)],
            _ => vec![ChatCommand::Delete],
        }
    }

    fn expected(self, said: &str) -> Result<Vec<ChatChange>, ChangeRefused> {
        let user = if self.about_self() { ANN } else { user(7) };
        let removed = |barred| ChatChange::MemberRemoved { user, role: self.target.expect("a member"), barred };
        match said {
            "nothing" => Ok(Vec::new()),
            "added" => Ok(vec![ChatChange::MemberAdded { user, role: Role::Member }]),
            "removed" => Ok(vec![removed(true)]),
            "left" => Ok(vec![removed(false)]),
            "handed-over" => {
                Ok(vec![ChatChange::RoleChanged { user: self::user(3), role: Role::Owner }, removed(false)])
            }
            "updated" => Ok(vec![ChatChange::Updated(titled("New"))]),
            "promoted" => Ok(vec![ChatChange::RoleChanged { user, role: Role::Admin }]),
            "deleted" => Ok(vec![ChatChange::Deleted]),
            "OwnerRequired" => Err(ChangeRefused::OwnerRequired),
            "NotFound" => Err(ChangeRefused::NotFound),
            "NoSuchMember" => Err(ChangeRefused::NoSuchMember),
            "DirectChat" => Err(ChangeRefused::DirectChat),
            "NotAllowed" => Err(ChangeRefused::NotAllowed),
            other => panic!("what is {other}?"),
        }
    }
}

fn cell_matches(cell: &str, value: &str) -> bool {
    cell == "*" || (cell == "in" && value != "none") || cell.split(',').any(|one| one == value)
}

#[test]
fn every_combination_is_decided_as_one_row_says() {
    let rows: Vec<Vec<&str>> = TABLE.iter().map(|row| row.split_whitespace().collect()).collect();
    let mut used = vec![false; rows.len()];
    for case in Case::all() {
        let cells = case.cells();
        let matching: Vec<usize> = (0..rows.len())
            .filter(|row| rows[*row].iter().zip(cells).all(|(cell, it)| cell_matches(cell, it)))
            .collect();
        let [row] = matching[..] else { panic!("{case:?} is in the rows {matching:?}") };
        used[row] = true;
        for command in case.commands() {
            let decided = change(command).decide(&case.context());
            assert_eq!(decided, case.expected(rows[row][6]), "{case:?}");
        }
    }
    assert_eq!(used.iter().position(|used| !used), None, "a row that nothing matches");
}

#[test]
fn an_owner_hands_over_before_leaving_and_the_last_one_just_leaves() {
    let leaving = |heir| {
        let context = ChatContext { target: Some(Role::Owner), heir, ..group() };
        change(ChatCommand::Remove(ANN)).decide(&context).unwrap()
    };
    let left = ChatChange::MemberRemoved { user: ANN, role: Role::Owner, barred: false };
    assert_eq!(leaving(Some(user(9))), [ChatChange::RoleChanged { user: user(9), role: Role::Owner }, left.clone()]);
    assert_eq!(leaving(None), [left]);
}

#[test]
fn only_an_owners_going_makes_an_heir() {
    for role in [Role::Member, Role::Admin] {
        let context = ChatContext { caller: Some(role), target: Some(role), ..group() };
        let left = ChatChange::MemberRemoved { user: ANN, role, barred: false };
        assert_eq!(change(ChatCommand::Remove(ANN)).decide(&context), Ok(vec![left]));
        let context = ChatContext { target: Some(role), ..group() };
        let removed = ChatChange::MemberRemoved { user: user(7), role, barred: true };
        assert_eq!(change(ChatCommand::Remove(user(7))).decide(&context), Ok(vec![removed]));
    }
}

#[test]
fn who_comes_into_an_empty_group_owns_it() {
    for (member_count, role) in [(0, Role::Owner), (1, Role::Member)] {
        let context = ChatContext { caller: None, member_count, heir: None, ..group() };
        let added = ChatChange::MemberAdded { user: ANN, role };
        assert_eq!(change(ChatCommand::Join).decide(&context), Ok(vec![added]));
    }
}

#[test]
fn a_full_group_takes_nobody_more_and_says_so_last() {
    let (join, add) = (change(ChatCommand::Join), change(ChatCommand::Add(user(7))));
    let outside = |member_count| ChatContext { caller: None, member_count, ..group() };
    assert!(join.decide(&outside(9)).is_ok());
    for member_count in [10, 11, u32::MAX] {
        assert_eq!(join.decide(&outside(member_count)), Err(ChangeRefused::Full));
        assert_eq!(add.decide(&ChatContext { member_count, ..group() }), Err(ChangeRefused::Full));
    }
    let full = ChatContext { member_count: 10, ..group() };
    assert_eq!(join.decide(&full), Ok(Vec::new()), "whoever is in it is in it");
    assert_eq!(add.decide(&ChatContext { target: Some(Role::Member), ..full.clone() }), Ok(Vec::new()));
    assert_eq!(
        join.decide(&ChatContext { caller: None, joinable: false, ..full.clone() }),
        Err(ChangeRefused::NotFound),
        "an outsider does not learn that it is full"
    );
    let plain = ChatContext { caller: Some(Role::Member), joinable: false, ..full };
    assert_eq!(add.decide(&plain), Err(ChangeRefused::NotAllowed));
}

fn by_invite() -> ChatCommand {
    ChatCommand::JoinByInvite(InviteCode::from_bytes([2; 16]))
}

#[test]
fn an_invite_lets_in_whoever_was_not_removed() {
    use InviteState::{UsedUp, Works};
    let join = change(by_invite());
    let outside = |invite| ChatContext { caller: None, invite, ..group() };
    let added = Ok(vec![ChatChange::MemberAdded { user: ANN, role: Role::Member }]);
    for joinable in [true, false] {
        assert_eq!(join.decide(&ChatContext { joinable, ..outside(Some(Works)) }), added);
        assert_eq!(join.decide(&ChatContext { joinable, ..outside(Some(UsedUp)) }), Err(ChangeRefused::NotFound));
        assert_eq!(join.decide(&ChatContext { joinable, ..outside(None) }), Err(ChangeRefused::NotFound));
        let barred = ChatContext { joinable, caller_barred: true, ..outside(Some(Works)) };
        assert_eq!(join.decide(&barred), Err(ChangeRefused::NotFound));
    }
    for kind in [ChatKind::Direct, ChatKind::Group] {
        for role in [Role::Member, Role::Admin, Role::Owner] {
            let inside = |invite| ChatContext { kind, caller: Some(role), invite, ..group() };
            assert_eq!(join.decide(&inside(Some(Works))), Ok(Vec::new()));
            assert_eq!(join.decide(&inside(Some(UsedUp))), Ok(Vec::new()), "a call whose answer was lost");
            assert_eq!(join.decide(&inside(None)), Err(ChangeRefused::NotFound));
        }
    }
    assert_eq!(
        join.decide(&ChatContext { kind: ChatKind::Direct, ..outside(Some(Works)) }),
        Err(ChangeRefused::NotFound)
    );
    let full = |invite| ChatContext { member_count: 10, ..outside(invite) };
    assert_eq!(join.decide(&full(Some(Works))), Err(ChangeRefused::Full));
    assert_eq!(join.decide(&full(Some(UsedUp))), Err(ChangeRefused::NotFound), "it does not tell of a full group");
}

#[test]
fn only_joining_by_an_invite_takes_a_use() {
    assert_eq!(by_invite().invite(), Some(InviteCode::from_bytes([2; 16])));
    assert_eq!(ChatCommand::Join.invite(), None);
    assert_eq!(ChatCommand::Add(user(7)).invite(), None);
}

#[test]
fn a_command_is_about_the_user_it_names() {
    assert_eq!(ChatCommand::Join.target(ANN), ANN);
    assert_eq!(by_invite().target(ANN), ANN);
    assert_eq!(ChatCommand::Add(user(7)).target(ANN), user(7));
    assert_eq!(ChatCommand::Remove(user(7)).target(ANN), user(7));
    assert_eq!(ChatCommand::GiveRole(user(7), Role::Admin).target(ANN), user(7));
    assert_eq!(ChatCommand::Update(titled("New")).target(ANN), ANN);
    assert_eq!(ChatCommand::Delete.target(ANN), ANN);
}

#[test]
fn only_what_is_another_than_before_has_changed() {
    let group = ChatContext { title: Some(title("Old")), ..group() };
    let decided = |title, joinable| {
        let wished = ChatCommand::Update(SettingsChange { title, joinable });
        change(wished).decide(&group).unwrap()
    };
    let updated = |title, joinable| vec![ChatChange::Updated(SettingsChange { title, joinable })];
    let old = || Some(Some(title("Old")));
    for (title, joinable) in [(None, None), (old(), None), (None, Some(true)), (old(), Some(true))] {
        assert_eq!(decided(title, joinable), []);
    }
    assert_eq!(decided(Some(None), Some(true)), updated(Some(None), None));
    assert_eq!(decided(old(), Some(false)), updated(None, Some(false)));
    let new = Some(Some(title("old")));
    assert_eq!(decided(new.clone(), Some(false)), updated(new, Some(false)));
}

#[test]
fn who_hands_over_becomes_an_admin_after_the_other_became_the_owner() {
    let give = |target, role| {
        let context = ChatContext { target: Some(target), ..group() };
        change(ChatCommand::GiveRole(user(7), role)).decide(&context)
    };
    let changed = |user, role| ChatChange::RoleChanged { user, role };
    for before in [Role::Member, Role::Admin] {
        let handed_over = vec![changed(user(7), Role::Owner), changed(ANN, Role::Admin)];
        assert_eq!(give(before, Role::Owner), Ok(handed_over));
        assert_eq!(give(before, before), Ok(Vec::new()));
    }
    assert_eq!(give(Role::Admin, Role::Member), Ok(vec![changed(user(7), Role::Member)]));
    let own = |role| {
        let context = ChatContext { target: Some(Role::Owner), ..group() };
        change(ChatCommand::GiveRole(ANN, role)).decide(&context)
    };
    assert_eq!(own(Role::Owner), Ok(Vec::new()));
    assert_eq!(own(Role::Admin), Err(ChangeRefused::OwnerRequired));
    assert_eq!(own(Role::Member), Err(ChangeRefused::OwnerRequired));
}
