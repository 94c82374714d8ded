//! TOML values that know where they stand, so that every error can say it.

use toml::de::{DeArray, DeTable, DeValue};

use super::StandardError;
use super::program::Spot;

/// A text that somebody wrote.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn line(self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        1 + memchr::memchr_iter(b'\n', before).count()
    }
}

/// The value of a key.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) source: Source<'a>,
    pub(super) spot: Spot,
    pub(super) value: &'a DeValue<'a>,
}

impl<'a> Value<'a> {
    pub(super) fn wrong(&self, reason: impl Into<String>, remedy: impl Into<String>) -> StandardError {
        wrong(self.source.file, self.spot, reason, remedy)
    }

    pub(super) fn wrong_type(&self, expected: &str, remedy: &str) -> StandardError {
        self.wrong(format!("this must be {expected}, not {}", self.value.type_str()), remedy)
    }

    pub(super) fn text(&self) -> Result<&'a str, StandardError> {
        let remedy = "write it in quotes, on one line";
        match self.value {
            DeValue::String(text) if text.trim().is_empty() => Err(self.wrong("this text is empty", remedy)),
            DeValue::String(text) if text.contains(char::is_control) => {
                Err(self.wrong("this text has a line break or a control character in it", remedy))
            }
            DeValue::String(text) => Ok(text),
            _ => Err(self.wrong_type("text", remedy)),
        }
    }

    pub(super) fn items(&self, remedy: &str) -> Result<Vec<Value<'a>>, StandardError> {
        match self.value {
            DeValue::Array(items) if items.is_empty() => Err(self.wrong("this list is empty", remedy)),
            DeValue::Array(items) => Ok(self.each(items)),
            _ => Err(self.wrong_type("a list", remedy)),
        }
    }

    fn each(&self, items: &'a DeArray<'a>) -> Vec<Value<'a>> {
        let items = items.iter().map(|item| {
            let spot = Spot { line: self.source.line(item.span().start), ..self.spot };
            Value { source: self.source, spot, value: item.get_ref() }
        });
        items.collect()
    }

    pub(super) fn table(&self, remedy: &str) -> Result<Table<'a>, StandardError> {
        match self.value {
            DeValue::Table(table) => Ok(Table::new(self.source, self.spot, table)),
            _ => Err(self.wrong_type("a table", remedy)),
        }
    }
}

/// A table whose keys are asked for one by one.
pub(super) struct Table<'a> {
    source: Source<'a>,
    /// Where the table itself stands.
    pub(super) spot: Spot,
    table: &'a DeTable<'a>,
    asked: Vec<&'static str>,
}

impl<'a> Table<'a> {
    pub(super) fn new(source: Source<'a>, spot: Spot, table: &'a DeTable<'a>) -> Self {
        Table { source, spot, table, asked: Vec::new() }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub(super) fn optional(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.asked.push(key);
        let (name, value) = self.table.get_key_value(key)?;
        let spot = Spot { line: self.source.line(name.span().start), key };
        Some(Value { source: self.source, spot, value: value.get_ref() })
    }

    /// That none of `keys` is missing; with each comes what to write. An error names all that are.
    pub(super) fn requires(&self, keys: &[(&'static str, &str)]) -> Result<(), StandardError> {
        let missing: Vec<_> = keys.iter().filter(|(key, _)| !self.has(key)).collect();
        if missing.len() < 2 {
            return Ok(());
        }
        let list = |text: fn(&(&'static str, &str)) -> String, between: &str| {
            missing.iter().map(|key| text(key)).collect::<Vec<_>>().join(between)
        };
        Err(StandardError::Key {
            file: self.source.file.to_owned(),
            line: self.spot.line,
            key: list(|(key, _)| (*key).to_owned(), "`, `"),
            reason: "these are missing here".to_owned(),
            remedy: list(|(_, remedy)| (*remedy).to_owned(), "; "),
        })
    }

    pub(super) fn required(&mut self, key: &'static str, remedy: &str) -> Result<Value<'a>, StandardError> {
        let spot = Spot { key, ..self.spot };
        self.optional(key).ok_or_else(|| wrong(self.source.file, spot, "this is missing here", remedy))
    }

    pub(super) fn wrong(&self, reason: impl Into<String>, remedy: impl Into<String>) -> StandardError {
        wrong(self.source.file, self.spot, reason, remedy)
    }

    /// That there is no key but those that were asked for.
    pub(super) fn nothing_else(self) -> Result<(), StandardError> {
        match self.table.keys().find(|key| !self.asked.contains(&&**key.get_ref())) {
            None => Ok(()),
            Some(key) => Err(StandardError::Key {
                file: self.source.file.to_owned(),
                line: self.source.line(key.span().start),
                key: key.get_ref().escape_debug().to_string(),
                reason: "this is not known here".to_owned(),
                remedy: format!("remove it, or use one of: {}", self.asked.join(", ")),
            }),
        }
    }
}

pub(super) fn wrong(
    file: &str,
    spot: Spot,
    reason: impl Into<String>,
    remedy: impl Into<String>,
) -> StandardError {
    StandardError::Key {
        file: file.to_owned(),
        line: spot.line,
        key: spot.key.to_owned(),
        reason: reason.into(),
        remedy: remedy.into(),
    }
}
