//! What the project's documents point to is there.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Markdown file of the project.
fn documents() -> Vec<PathBuf> {
    let mut folders = vec![root()];
    let mut documents = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
            let name = entry.file_name();
            let hidden = name.as_encoded_bytes().starts_with(b".") || name == "target";
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !hidden {
                    folders.push(entry.path());
                }
            } else if entry.path().extension().is_some_and(|extension| extension == "md") {
                documents.push(entry.path());
            }
        }
    }
    documents
}

fn events(text: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES)
}

/// The names by which a page's headings can be linked to, as sites that show Markdown make them.
fn anchors(text: &str) -> HashSet<String> {
    let mut anchors = HashSet::new();
    let mut heading: Option<String> = None;
    for event in events(text) {
        match (event, &mut heading) {
            (Event::Start(Tag::Heading { .. }), _) => heading = Some(String::new()),
            (Event::Text(text) | Event::Code(text), Some(heading)) => heading.push_str(&text),
            (Event::End(TagEnd::Heading(_)), Some(words)) => {
                let kept = words.to_lowercase();
                let kept = kept.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
                anchors.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
                heading = None;
            }
            _ => {}
        }
    }
    anchors
}

#[test]
fn every_link_within_the_project_leads_somewhere() {
    let documents = documents();
    assert!(documents.len() > 10);
    let mut broken = Vec::new();
    let mut followed = 0;
    for document in &documents {
        let text = fs::read_to_string(document).expect("text");
        for event in events(&text) {
            let (Event::Start(Tag::Link { dest_url: to, .. })
            | Event::Start(Tag::Image { dest_url: to, .. })) = event
            else {
                continue;
            };
            // What rustdoc resolves, it checks itself.
            if to.contains("://") || to.starts_with("mailto:") || document.ends_with("introduction.md") {
                continue;
            }
            followed += 1;
            let (path, anchor) = to.split_once('#').unwrap_or((&to, ""));
            let target =
                if path.is_empty() { document.clone() } else { document.with_file_name("").join(path) };
            let there = match fs::read_to_string(&target) {
                _ if anchor.is_empty() => target.exists(),
                Ok(text) => anchors(&text).contains(anchor),
                Err(_) => false,
            };
            if !there {
                broken.push(format!("{} links to {to}", document.display()));
            }
        }
    }
    assert!(followed > 20);
    assert!(broken.is_empty(), "{broken:#?}");
}
