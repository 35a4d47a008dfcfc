//! Lists that come in pages.

use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::DeserializeOwned;

use crate::call::{Answer, Call};
use crate::{Error, Parlor};

/// A part of a list, in the order of the list. It can be used like a slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What is in it.
    pub items: Vec<T>,
    /// Where it goes on.
    pub next: Option<Link<T>>,
    /// What comes before, where lists are read from their end: the earlier messages of a chat.
    pub prev: Option<Link<T>>,
}

/// The way to a page; [`Parlor::page`] goes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<T> {
    path: String,
    items: PhantomData<fn() -> T>,
}

impl<T> Deref for Page<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl Parlor {
    /// The page that a link leads to.
    ///
    /// # Errors
    /// [`Error`]: all calls fail in the same ways.
    pub async fn page<T: DeserializeOwned>(&self, link: &Link<T>) -> Result<Page<T>, Error> {
        self.list(Call::get(&*link.path)).await
    }

    /// A page of a list.
    pub(crate) async fn list<T: DeserializeOwned>(&self, call: Call) -> Result<Page<T>, Error> {
        let answer = self.answer(&call).await?;
        Ok(Page { items: answer.read()?, next: link(&answer, "next"), prev: link(&answer, "prev") })
    }
}

fn link<T>(answer: &Answer, relation: &str) -> Option<Link<T>> {
    path(answer.header("link")?, relation).map(|path| Link { path: path.to_owned(), items: PhantomData })
}

/// The path below `/api/v1/` that a `Link` header (RFC 8288) gives for a relation.
fn path<'a>(header: &'a str, relation: &str) -> Option<&'a str> {
    let wanted = format!("rel=\"{relation}\"");
    let links = header.split('<').filter_map(|part| part.split_once('>'));
    let (target, _) = links.into_iter().find(|(_, parameters)| parameters.contains(&wanted))?;
    target.split_once("/api/v1/").map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_by_its_relation() {
        let header = r#"</api/v1/a/?before=3&limit=2>; rel="prev", <http://x.example/y/api/v1/a/?after=4>; rel="next""#;
        assert_eq!(path(header, "prev"), Some("a/?before=3&limit=2"));
        assert_eq!(path(header, "next"), Some("a/?after=4"));
        assert_eq!(path(header, "last"), None);
        assert_eq!(path("", "next"), None);
    }
}
