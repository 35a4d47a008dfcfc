//! `GET users/` and the name that the old API had for it.

use crate::harness::{Card, Client, Database, Person, Server, on_both_databases, shared, unique};

on_both_databases!(
    everybody_finds_everybody_by_the_beginning_of_a_name,
    a_search_takes_its_text_literally,
    paging_shows_each_name_once_and_in_order,
    the_old_directory_is_one_array_of_all,
);

async fn everybody_finds_everybody_by_the_beginning_of_a_name(on: Database) {
    let server = shared(on).await;
    let stem = unique("finder");
    let people = crowd(&server, &format!("{stem}x"), 3).await;
    let mabel = &people[0];
    let mut found = mabel.directory(&format!("?search={stem}x")).await.ok();
    found.sort_by_key(|card| card.id);
    let cards: Vec<Card> = people.iter().map(card).collect();
    assert_eq!(found, cards);
    assert_eq!(mabel.directory(&format!("?search={}", stem.to_uppercase())).await.ok().len(), 3);
    assert_eq!(mabel.directory(&format!("?search={}", mabel.username)).await.ok(), [card(mabel)]);
    assert_eq!(mabel.directory(&format!("?search=x{stem}")).await.ok(), []);
}

async fn a_search_takes_its_text_literally(on: Database) {
    let server = shared(on).await;
    let stem = unique("wild");
    let plain = Person::new(&server, &format!("{stem}ab")).await;
    let marked = Person::new(&server, &format!("{stem}a_b")).await;
    let percent = Person::new(&server, &format!("{stem}a%b")).await;
    let search = async |text: &str| names(&plain.directory(&format!("?search={stem}{text}")).await.ok());
    assert_eq!(search("a_").await, [marked.username.as_str()]);
    assert_eq!(search("a%25").await, [percent.username.as_str()]);
    assert_eq!(search("%25").await, Vec::<String>::new());
    assert_eq!(search("a%5C").await, Vec::<String>::new());
    assert_eq!(search("a'").await, Vec::<String>::new());
}

async fn paging_shows_each_name_once_and_in_order(on: Database) {
    let server = shared(on).await;
    let stem = unique("pager");
    let people = crowd(&server, &format!("{stem}n"), 7).await;
    let whole = names(&people[0].directory(&format!("?search={stem}")).await.ok());
    assert_eq!(whole.len(), 7);
    for limit in [1, 2, 3, 6, 7, 8, 200, 100_000] {
        let mut next = Some(format!("/api/v1/users/?search={stem}&limit={limit}"));
        let mut seen = Vec::new();
        while let Some(target) = next {
            let page = follow(&people[0], &target).await;
            assert!(page.0.len() <= limit, "{limit}");
            seen.extend(page.0);
            next = page.1;
        }
        assert_eq!(seen, whole, "in pages of {limit}");
    }
}

async fn the_old_directory_is_one_array_of_all(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let all = mabel.signup_directory("").await.ok();
    for person in [&mabel, &nina] {
        assert!(all.contains(&card(person)), "{} is missing", person.username);
    }
    assert_eq!(mabel.signup_directory("?limit=1").await.ok().len(), 1);
}

async fn crowd(server: &Server, stem: &str, size: usize) -> Vec<Person> {
    let mut people = Vec::new();
    for _ in 0..size {
        people.push(Person::new(server, stem).await);
    }
    people
}

/// The names on the page, and the link to the next one.
async fn follow(client: &Client, target: &str) -> (Vec<String>, Option<String>) {
    let answer = client.call::<Vec<Card>>(reqwest::Method::GET, target).await;
    (names(&answer.ok()), answer.link("next"))
}

fn card(person: &Person) -> Card {
    Card { id: person.id, username: person.username.clone(), display_name: None }
}

fn names(cards: &[Card]) -> Vec<String> {
    cards.iter().map(|card| card.username.clone()).collect()
}
