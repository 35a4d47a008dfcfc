//! Pages of lists.

use crate::Seq;

/// One page of a list, in the order that the port promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What the page holds.
    pub items: Vec<T>,
    /// Whether the list goes on after the last item, in the direction of reading.
    pub more: bool,
}

impl<T> Page<T> {
    /// A page of at most `limit` of the `items`, of which one more than the limit was read to see whether there is more.
    pub fn cut(mut items: Vec<T>, limit: u32) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        Self { items, more }
    }

    /// The same page with every item changed by `f`.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), more: self.more }
    }
}

/// Which part of a chat session's log to read; the result is always oldest first.
///
/// With `after` the reading starts right after that seq and goes towards the head (as far as `before`, if given).
/// Without it, the reading takes the last ones below `before`, or the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeqRange {
    /// Only what has a higher seq.
    pub after: Option<Seq>,
    /// Only what has a lower seq.
    pub before: Option<Seq>,
    /// At most so many.
    pub limit: u32,
}

impl SeqRange {
    /// The newest `limit`.
    pub fn newest(limit: u32) -> Self {
        Self { after: None, before: None, limit }
    }

    /// Whether the reading goes from old to new.
    pub fn is_forward(&self) -> bool {
        self.after.is_some()
    }
}
