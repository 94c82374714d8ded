//! The files that a program used, as a table.

use std::env;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use anstyle::Style;
use anystream_workload::FileUse;
use comfy_table::{Attribute, Cell};
use indicatif::{HumanBytes, HumanCount};

use super::numbers::count;
use super::table::{INDENT, paragraph, right, rows, table, width};
use crate::selection::is_of_the_system;
use crate::visible::{visible_name, visible_styled};

/// A screen of 24 lines holds this many rows and the text around them.
const MOST_ROWS: usize = 12;

/// A list of files, and where it is shown.
#[derive(Debug)]
pub(crate) struct Listing<'a> {
    /// What the files belong to, as a sentence.
    pub(crate) title: &'a str,
    pub(crate) files: &'a [FileUse],
    /// The paths of the files that get advice.
    pub(crate) chosen: &'a [String],
    /// Whether to show files of the system, too.
    pub(crate) all: bool,
    /// The next step, as a sentence.
    pub(crate) next: Option<&'a str>,
    /// Whether standard output is used for something else.
    pub(crate) to_stderr: bool,
}

impl Listing<'_> {
    pub(crate) fn print(&self) -> io::Result<()> {
        let text = visible_styled(&self.text()).into_bytes();
        if self.to_stderr {
            return anstream::stderr().lock().write_all(&text);
        }
        let mut out = anstream::stdout().lock();
        out.write_all(&text)?;
        out.flush()
    }

    fn text(&self) -> String {
        let mut text = String::new();
        paragraph(&mut text, self.title, "", Style::new());
        let (shown, left_out, of_the_system) = self.sorted();
        if !shown.is_empty() {
            let _ = writeln!(text);
            self.rows(&mut text, &shown);
        }
        let _ = writeln!(text);
        let remainder = remainder(left_out, of_the_system);
        for (sentence, style) in [(remainder.as_deref(), Style::new().dimmed()), (self.next, Style::new())] {
            if let Some(sentence) = sentence {
                paragraph(&mut text, sentence, INDENT, style);
                let _ = writeln!(text);
            }
        }
        text
    }

    /// The files to show: first the files with advice, then the busiest. Also the number of files left out, and the
    /// number of files of the system.
    fn sorted(&self) -> (Vec<&FileUse>, usize, usize) {
        let is_chosen = |file: &FileUse| self.chosen.contains(&file.path);
        let is_hidden = |file: &&FileUse| !self.all && is_of_the_system(file) && !is_chosen(file);
        let mut shown: Vec<&FileUse> = self.files.iter().filter(|file| !is_hidden(file)).collect();
        let of_the_system = self.files.len() - shown.len();
        shown.sort_by_key(|file| (!is_chosen(file), std::cmp::Reverse(file.calls)));
        let most = if self.all { shown.len() } else { MOST_ROWS };
        let left_out = shown.len().saturating_sub(most);
        shown.truncate(most);
        (shown, left_out, of_the_system)
    }

    fn rows(&self, text: &mut String, shown: &[&FileUse]) {
        let numbers = shown.iter().map(|file| {
            [
                HumanCount(file.calls).to_string(),
                HumanBytes(file.bytes_read).to_string(),
                HumanBytes(file.bytes_written).to_string(),
            ]
        });
        let numbers: Vec<[String; 3]> = numbers.collect();
        let header = ["calls", "read", "written"];
        let column = |at: usize| {
            let longest = numbers.iter().map(|row| row[at].len()).max().unwrap_or_default();
            // A space on each side.
            longest.max(header[at].len()) + 2
        };
        const MARK: usize = 2;
        // Between columns is one more space.
        let beside = INDENT.len() + MARK + 1 + (0..3).map(|at| column(at) + 1).sum::<usize>();
        let room = width().saturating_sub(beside).max(12);
        let folder = env::current_dir().unwrap_or_default();
        let mut table = table(&["  file", "calls", "read", "written"]);
        for (file, numbers) in shown.iter().zip(&numbers) {
            let is_chosen = self.chosen.contains(&file.path);
            let name = shortened(&visible_name(&without_folder(within(&folder, &file.path))), room);
            let mut cells = vec![Cell::new(format!("{} {name}", if is_chosen { "→" } else { " " }))];
            cells.extend(numbers.iter().map(Cell::new));
            if is_chosen {
                cells = cells.into_iter().map(|cell| cell.add_attribute(Attribute::Bold)).collect();
            }
            table.add_row(cells);
            // Part of the path, if that alone is not clear.
            if let Some(note) = file.note.as_ref().filter(|note| !file.path.contains(&note[..])) {
                let note = note.replace(&format!("{}/", folder.display()), "");
                let note = shortened(&visible_name(&note), room);
                table.add_row([Cell::new(format!("    {note}")).add_attribute(Attribute::Dim)]);
            }
        }
        right(&mut table, 1..4);
        rows(text, &table);
    }
}

fn remainder(left_out: usize, of_the_system: usize) -> Option<String> {
    let more = (left_out > 0).then(|| format!("{} more", count(left_out as u64, "file")));
    let system = (of_the_system > 0).then(|| {
        let files = count(of_the_system as u64, "file");
        format!("{files} of the system (libraries, settings, devices)")
    });
    let both: Vec<String> = more.into_iter().chain(system).collect();
    let verb = if left_out + of_the_system == 1 { "is" } else { "are" };
    (!both.is_empty()).then(|| format!("{} {verb} not listed; `--files all` lists them.", both.join(" and ")))
}

/// `name` whose note, such as "(named /home/me/a until line 9)", is without the working folder.
pub(crate) fn without_folder(name: &str) -> String {
    let folder = env::current_dir().unwrap_or_default();
    match name.split_once(" (named ") {
        Some((file, note)) => format!("{file} (named {}", within(&folder, note)),
        None => name.to_owned(),
    }
}

/// As typed from `folder`: without it, if the file is in it.
fn within<'a>(folder: &Path, path: &'a str) -> &'a str {
    let inside = folder.to_str().and_then(|folder| path.strip_prefix(folder)?.strip_prefix('/'));
    inside.filter(|inside| !inside.is_empty()).unwrap_or(path)
}

/// At most `room` columns: of a longer path the middle is left out, because its name is at the end.
fn shortened(path: &str, room: usize) -> String {
    use textwrap::core::display_width;
    if display_width(path) <= room {
        return path.to_owned();
    }
    let part = |characters: &mut dyn Iterator<Item = char>, room: usize| -> Vec<char> {
        let mut taken = 0;
        let fits = |character: &char| {
            taken += display_width(character.encode_utf8(&mut [0; 4]));
            taken <= room
        };
        characters.take_while(fits).collect()
    };
    let head = part(&mut path.chars(), room.saturating_sub(1) / 3);
    let mut tail = part(&mut path.chars().rev(), room.saturating_sub(1) - room.saturating_sub(1) / 3);
    tail.reverse();
    head.into_iter().chain(['…']).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, calls: u64) -> FileUse {
        let mut file = FileUse::default();
        (file.path, file.calls) = (path.to_owned(), calls);
        file
    }

    fn listed(files: &[FileUse], chosen: &[String], all: bool) -> String {
        let listing = Listing { title: "p ran.", files, chosen, all, next: None, to_stderr: false };
        anstream::adapter::strip_str(&listing.text()).to_string()
    }

    #[test]
    fn files_of_the_system_are_counted_and_listed_on_demand() {
        let files = [file("/lib/x86_64/libc.so.6", 9), file("/srv/a.db", 3)];
        let text = listed(&files, &["/srv/a.db".to_owned()], false);
        assert!(text.contains("→ /srv/a.db") && !text.contains("libc"), "{text}");
        assert!(text.contains("1 file of the system"), "{text}");
        let text = listed(&files, &[], true);
        assert!(text.contains("libc") && !text.contains("not listed"), "{text}");
    }

    #[test]
    fn a_thousand_files_fit_on_a_screen() {
        let files: Vec<FileUse> = (0..1000).map(|n| file(&format!("/srv/{n:0>200}"), 1000 - n)).collect();
        let text = listed(&files, &["/srv/".to_owned() + &"0".repeat(197) + "999"], false);
        assert!(text.lines().count() <= 20, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("988 files more are not listed"), "{text}");
        assert!(text.lines().any(|line| line.contains('→') && line.contains("999 ")), "{text}");
    }

    #[test]
    fn a_long_path_keeps_its_name() {
        assert_eq!(shortened("/home/someone/in/a/deep/folder/data.db", 19), "/home/…lder/data.db");
        assert_eq!(shortened("short", 5), "short");
    }

    #[test]
    fn names_in_this_folder_are_short() {
        assert_eq!(within(Path::new("/home/a"), "/home/a/b/c"), "b/c");
        assert_eq!(within(Path::new("/home/a"), "/home/ab/c"), "/home/ab/c");
        assert_eq!(within(Path::new("/home/a"), "/home/a"), "/home/a");
    }
}
