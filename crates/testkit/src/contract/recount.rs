//! What the store counts is what a recount finds: over histories that nobody thought of.

use parlor_domain::chat_session::ReadState;
use parlor_domain::message::ChangeMessageRefused;
use parlor_domain::{ChatUri, Seq, UserRef};

use super::steps::{ANSWERS, seq};
use crate::StoreFixture;
use crate::simulation::random::Random;

/// How long a history is. With four seeds, every step meets every other.
const STEPS: u64 = 150;

/// One history of a group, and who is in it at the moment.
struct History<'a> {
    fx: &'a StoreFixture,
    random: Random,
    chat: ChatUri,
    owner: UserRef,
    /// The others, who come and go.
    others: Vec<(UserRef, bool)>,
}

impl History<'_> {
    fn inside(&self) -> Vec<UserRef> {
        let others = self.others.iter().filter(|(_, inside)| *inside).map(|(user, _)| user.clone());
        std::iter::once(self.owner.clone()).chain(others).collect()
    }

    /// Something happens, through one node or the other.
    async fn step(&mut self) {
        let node = self.fx.node(usize::from(self.random.percent(50)));
        let inside = self.inside();
        let somebody = self.random.pick(&inside).expect("the owner never leaves");
        let head = node.chat(&somebody, self.chat).await.chat.head;
        let place = seq(i64::try_from(self.random.between(1, head.get().unsigned_abs())).expect("small"));
        match self.random.below(10) {
            0..=3 => _ = node.send(&somebody, self.chat, "a text").await,
            4 => self.change(&somebody, place, "another text").await,
            5 => self.change(&somebody, place, "").await,
            6 | 7 => {
                let state = node.chats.mark_read(self.chat, somebody.id, place).await.expect(ANSWERS).expect("inside");
                assert_eq!(state, self.recount(&somebody, state.read).await, "told to whom has read");
            }
            _ => self.come_or_go().await,
        }
    }

    /// Edits a place in the log, or deletes it; many are no message, or somebody else's.
    async fn change(&mut self, by: &UserRef, place: Seq, text: &str) {
        let node = self.fx.node(usize::from(self.random.percent(50)));
        let changed = match text {
            "" => node.delete_message(by, self.chat, place).await,
            text => node.edit(by, self.chat, place, text).await,
        };
        if let Err(refused) = changed {
            let expected = matches!(
                refused,
                ChangeMessageRefused::NotFound | ChangeMessageRefused::NotAllowed | ChangeMessageRefused::Deleted
            );
            assert!(expected, "{refused:?}");
        }
    }

    async fn come_or_go(&mut self) {
        let at = usize::try_from(self.random.below(self.others.len() as u64)).expect("small");
        let (user, inside) = &mut self.others[at];
        if *inside {
            self.fx.store.remove(user, self.chat, user).await.expect("anybody may leave");
        } else {
            self.fx.peer.join(user, self.chat).await.expect("anybody may join");
        }
        *inside = !*inside;
    }

    /// What a member who has read up to `read` has not read, by the messages themselves.
    async fn recount(&self, reader: &UserRef, read: Seq) -> ReadState {
        let messages = self.fx.peer.history(reader, self.chat).await;
        let unread = messages.iter().filter(|it| it.seq > read && !it.deleted && it.author.id != reader.id).count();
        ReadState { read, unread: u32::try_from(unread).expect("small") }
    }

    /// The chat, the list of chats and live delivery all count the same, and it is what a recount finds.
    async fn check(&self) {
        for reader in self.inside() {
            let node = &self.fx.store;
            let found = node.chat(&reader, self.chat).await;
            assert_eq!(found.read_state, self.recount(&reader, found.read_state.read).await, "{}", reader.id.get());
            let listed = node.chats.list(reader.id, None, 1).await.expect(ANSWERS).items;
            assert_eq!(listed[0].read_state, found.read_state);
            assert_eq!(listed[0].last_message, found.last_message);
            let newest = node.history(&reader, self.chat).await.into_iter().rfind(|message| !message.deleted);
            assert_eq!(found.last_message, newest, "the newest that is not deleted");
            let live = node.live.memberships(reader.id).await.expect(ANSWERS).value;
            assert_eq!((live[0].read_state, live[0].head), (found.read_state, found.chat.head));
        }
    }
}

/// At any time of any history, with edits, deletions, marks, people coming and going, unread is what a recount finds.
pub async fn unread_is_what_a_recount_finds_at_any_time(fx: StoreFixture) {
    let people: [UserRef; 4] = fx.store.people().await;
    let [owner, others @ ..] = &people;
    for seed in 0..4 {
        let others: Vec<(UserRef, bool)> = others.iter().map(|user| (user.clone(), true)).collect();
        let with: Vec<&UserRef> = others.iter().map(|(user, _)| user).collect();
        let chat = fx.store.group(owner, &with).await;
        let random = Random::new(seed);
        let mut history = History { fx: &fx, random, chat, owner: owner.clone(), others };
        for step in 0..STEPS {
            history.step().await;
            if step % 5 == 0 {
                history.check().await;
            }
        }
        history.check().await;
        // The next history's chat must be the latest of all.
        for user in history.inside() {
            fx.store.remove(&user, chat, &user).await.expect("anybody may leave");
        }
    }
}
