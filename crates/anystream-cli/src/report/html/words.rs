//! Words and small pieces that several parts of the page share.

use anystream_measure::Verdict;
use maud::{Markup, html};

use super::look::Look;
use crate::contender::Contender;
use crate::report::numbers::significant;
use crate::results::{Figures, Outcome};

/// Its time relative to the best.
pub(super) fn standing(figures: &Figures) -> String {
    match figures.verdict {
        None => "best".to_owned(),
        Some(_) => format!("{} × best{}", significant(figures.ratio), note(figures)),
    }
}

/// The verdict of the comparison with the best.
pub(super) fn note(figures: &Figures) -> &'static str {
    match figures.verdict {
        Some(Verdict::Tie) => ", tie",
        Some(Verdict::Undecided) => ", undecided",
        Some(Verdict::Slower | Verdict::Faster) | None => "",
    }
}

pub(super) fn is_chosen(outcome: &Outcome, contender: Contender) -> bool {
    outcome.choice.as_ref().is_some_and(|choice| choice.backend == contender)
}

/// Its name, told as in the charts.
pub(super) fn named(outcome: &Outcome, contender: Contender) -> Markup {
    html! {
        (Look::of(contender).key()) " " (contender)
        @if is_chosen(outcome, contender) { span.badge { " ✓\u{a0}chosen" } }
    }
}

/// A table that can be wider than the page: it scrolls by itself, with the keyboard, too.
pub(super) fn scrolling(caption: &str, class: Option<&str>, rows: &Markup) -> Markup {
    html! {
        div.scroll role="group" tabindex="0" aria-label=(caption) {
            table class=[class] {
                caption.unseen { (caption) }
                (rows)
            }
        }
    }
}

/// The head of a table of values: a column for each contender, between others.
pub(super) fn head(outcome: &Outcome, before: &[&str], after: &[&str]) -> Markup {
    let contenders = outcome.measured().map(|(contender, _)| contender.name());
    let columns = before.iter().copied().chain(contenders).chain(after.iter().copied());
    html! { thead { tr { @for column in columns { th scope="col" { (column) } } } } }
}

/// A chart with what it shows in words, and its values to unfold: the head and the rows of a table.
pub(super) fn figure(
    outcome: &Outcome,
    heading: &str,
    words: &Markup,
    chart: &Markup,
    values: &Markup,
) -> Markup {
    let caption = format!("{heading}, {}, values", outcome.name);
    html! {
        figure {
            figcaption { h3 { (heading) } p { (words) } }
            (chart)
            details {
                summary { "Values as a table" span.unseen { ": " (heading) } }
                (scrolling(&caption, None, values))
            }
        }
    }
}
