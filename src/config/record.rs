//! Writes what the account says of queues into `flowbatch.toml`, and leaves everything else in it
//! as it is: comments, order, spaces.

use std::collections::BTreeSet;

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, TomlError, Value, value};

use crate::check::form;
use crate::queue::{Account, Environment, Found, ImageType, Queue, Queues};

/// Keys that only a queue on EC2 has.
const OF_INSTANCES: [&str; 4] = [
    "instance_types",
    "allocation_strategy",
    "image_type",
    "swap",
];

/// The text of `flowbatch.toml` with `[queues.NAME]` of the queues that the account has. What the
/// account does not say is left as it is; a file that already says so is not changed at all.
///
/// # Errors
/// When the text is no TOML.
pub fn record(text: &str, queues: &Queues) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    let bare: Vec<&str> = queues
        .iter()
        .map(|queue| form::queue_name(&queue.name))
        .collect();
    for queue in queues.iter() {
        let Some(Account::Found(found)) = &queue.account else {
            continue;
        };
        let short = form::queue_name(&queue.name);
        // Queues of one name in several regions keep their ARNs.
        let alone = bare.iter().filter(|name| **name == short).count() == 1;
        let name = if alone { short } else { queue.name.as_str() };
        let Some(tables) = tables(&mut document) else {
            continue;
        };
        let name = if tables.contains_key(&queue.name) {
            queue.name.as_str()
        } else {
            name
        };
        if !tables.contains_key(name) {
            tables.insert(name, Item::Table(Table::new()));
        }
        if let Some(table) = tables.get_mut(name).and_then(Item::as_table_like_mut) {
            write(table, queue, found);
        }
    }
    Ok(document.to_string())
}

/// `[queues]`, which is not written itself.
fn tables(document: &mut DocumentMut) -> Option<&mut dyn TableLike> {
    if !document.contains_key("queues") {
        let mut table = Table::new();
        table.set_implicit(true);
        document.insert("queues", Item::Table(table));
    }
    document.get_mut("queues")?.as_table_like_mut()
}

fn write(table: &mut dyn TableLike, queue: &Queue, found: &Found) {
    let platform = queue.platform.as_ref().map(|fact| fact.value);
    if platform == Some("fargate") {
        for key in OF_INSTANCES {
            table.remove(key);
        }
    }
    let offering = found.offering();
    if let Some(platform) = platform {
        set_text(table, "platform", platform);
    }
    if let Some(words) = instance_types(&offering) {
        set_list(table, "instance_types", &words);
    }
    if let Some(most) = &queue.max_vcpus
        && table.get("max_vcpus").and_then(Item::as_integer) != Some(most.value)
    {
        set(table, "max_vcpus", most.value.into());
    }
    if let Some(strategy) = strategy(&offering) {
        set_text(table, "allocation_strategy", strategy);
    }
    for (key, fact) in [("spot", &queue.spot), ("fair_share", &queue.fair_share)] {
        if let Some(fact) = fact
            && table.get(key).and_then(Item::as_bool) != Some(fact.value)
        {
            set(table, key, fact.value.into());
        }
    }
    if let Some(images) = queue.images.as_ref().filter(|fact| fact.origin.is_none()) {
        let word = |image: &ImageType| {
            let mut all = ImageType::ALL.iter();
            all.find(|(_, known)| known == image)
                .map(|(word, _)| (*word).to_owned())
        };
        let words: Vec<String> = images.value.iter().filter_map(word).collect();
        match words.as_slice() {
            [word] => set_text(table, "image_type", word),
            words => set_list(table, "image_type", words),
        }
    }
}

/// The words of all environments, each once; `None` where one has none, or they have several
/// architectures, which `[queues]` cannot state.
fn instance_types(offering: &[&Environment]) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    for environment in offering {
        if environment.instance_types.is_empty() {
            return None;
        }
        for word in &environment.instance_types {
            if !words.contains(word) {
                words.push(word.clone());
            }
        }
    }
    let architectures = words.iter().filter_map(|word| crate::queue::select(word));
    let mut architectures = architectures.filter_map(|rows| Some(rows.first()?.arch));
    let first = architectures.next();
    (!words.is_empty() && architectures.all(|arch| Some(arch) == first)).then_some(words)
}

/// The strategy, `BEST_FIT` only if all environments have it.
fn strategy<'e>(offering: &[&'e Environment]) -> Option<&'e str> {
    let all: Option<Vec<&str>> = offering.iter().map(|one| one.strategy.as_deref()).collect();
    let all = all?;
    let other = all.iter().find(|strategy| **strategy != "BEST_FIT");
    other.or(all.first()).copied()
}

fn set_text(table: &mut dyn TableLike, key: &str, text: &str) {
    // A list of one says the same.
    if words(table.get(key)) != Some(BTreeSet::from([text])) {
        set(table, key, text.into());
    }
}

fn set_list(table: &mut dyn TableLike, key: &str, list: &[String]) {
    if words(table.get(key)) != Some(list.iter().map(String::as_str).collect()) {
        set(table, key, Value::Array(list.iter().collect::<Array>()));
    }
}

/// The strings of a value.
fn words(item: Option<&Item>) -> Option<BTreeSet<&str>> {
    let item = item?;
    if let Some(text) = item.as_str() {
        return Some(BTreeSet::from([text]));
    }
    item.as_array()?.iter().map(Value::as_str).collect()
}

/// Gives a key a value, where the old one stood and with the comment that stands after it.
fn set(table: &mut dyn TableLike, key: &str, mut new: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        None => {
            table.insert(key, value(new));
        }
    }
}
