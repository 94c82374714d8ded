//! Names that others chose, made safe to show.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with its control characters written as text, `\u{1b}` for example, so that a name in a log cannot move a
/// cursor, clear a screen or turn the direction of reading. Line ends stay.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            let _ = write!(shown, "{}", character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// As [`visible`], with line ends as text, too: a name is one line.
pub(crate) fn visible_name(name: &str) -> String {
    visible(name).replace('\n', "\\n")
}

/// As [`visible`], for text that this program has styled: its escape sequences for styles stay.
pub(crate) fn visible_styled(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        let (before, sequence) = rest.split_at(at);
        shown.push_str(&visible(before));
        let len = style_len(sequence);
        let (style, after) = sequence.split_at(len.unwrap_or(1));
        if len.is_some() {
            shown.push_str(style)
        } else {
            shown.push_str(&visible(style))
        }
        rest = after;
    }
    shown.push_str(&visible(rest));
    shown
}

/// How long the sequence is that `text` begins with, if it only sets a style: `ESC [ 1 ; 31 m`.
fn style_len(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\x1b[")?;
    let end = parameters.find(|it: char| !it.is_ascii_digit() && it != ';')?;
    parameters.get(end..)?.starts_with('m').then_some(2 + end + 1)
}

/// Control characters, and characters that change the direction or the lines of text.
fn is_hidden(character: char) -> bool {
    let turns =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(character, '\u{2028}' | '\u{2029}');
    (character.is_control() && character != '\n') || turns || breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_as_text() {
        assert_eq!(
            visible("a\x1b[31mb\u{7}\u{9b}\r\u{202e}\n"),
            "a\\u{1b}[31mb\\u{7}\\u{9b}\\u{d}\\u{202e}\n"
        );
        assert_eq!(visible("größer – 文"), "größer – 文");
        assert_eq!(visible_name("two\nlines"), "two\\nlines");
    }

    #[test]
    fn of_a_styled_text_only_styles_stay() {
        assert_eq!(visible_styled("\x1b[1;31mred\x1b[0m\x1b[m"), "\x1b[1;31mred\x1b[0m\x1b[m");
        assert_eq!(visible_styled("\x1b[2J\x1b]0;title\u{7}\x1b"), "\\u{1b}[2J\\u{1b}]0;title\\u{7}\\u{1b}");
        assert_eq!(visible_styled("\x1b[1"), "\\u{1b}[1");
    }
}
