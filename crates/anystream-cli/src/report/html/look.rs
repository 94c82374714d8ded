//! How a contender is told from the others: a colour, a dash pattern and a marker, so that colour is never
//! the only cue. The same for the whole page; `page.css` says what they are.

use maud::{Markup, html};

use crate::contender::Contender;

/// One of the looks that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Series(usize),
    /// Of what is drawn to compare with.
    Reference,
}

/// The shapes, about 8 units wide, around the origin.
const MARKERS: [&str; 8] = [
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "M-3.5-3.5h7v7h-7z",
    "M0-5L5 0L0 5L-5 0z",
    "M0-4.8L4.6 3.4H-4.6z",
    "M0 4.8L4.6-3.4H-4.6z",
    "M-1.4-4.5h2.8v3.1h3.1v2.8h-3.1v3.1h-2.8v-3.1h-3.1v-2.8h3.1z",
    "M-2-4.6H2L4.6 0L2 4.6H-2L-4.6 0z",
    "M-4.5-2.5h9v5h-9z",
];

impl Look {
    pub(super) fn of(contender: Contender) -> Self {
        let place = Contender::all().position(|other| other == contender).unwrap_or_default();
        Look::Series(place % MARKERS.len())
    }

    pub(super) fn class(self) -> String {
        match self {
            Look::Series(place) => format!("s{place}"),
            Look::Reference => "reference".to_owned(),
        }
    }

    /// Its marker at `x`, as a length of SVG, and `y`; with `hint` to be seen under a pointer.
    pub(super) fn marker(self, x: &str, y: f64, hint: Option<&str>) -> Markup {
        html! {
            @if let Look::Series(place) = self {
                use.mark.{ (self.class()) } href={ "#m" (place) } x=(x) y={ (format!("{y:.1}")) } {
                    @if let Some(hint) = hint { title { (hint) } }
                }
            }
        }
    }

    /// A marker to stand in a line of text; the text beside it says what it is.
    pub(super) fn key(self) -> Markup {
        html! { svg.key viewBox="-6 -6 12 12" aria-hidden="true" { (self.marker("0", 0.0, None)) } }
    }
}

/// The shapes that all markers of the page refer to.
pub(super) fn definitions() -> Markup {
    html! {
        svg.definitions width="0" height="0" aria-hidden="true" {
            defs {
                @for (place, shape) in MARKERS.iter().enumerate() { path id={ "m" (place) } d=(shape) {} }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    const STYLE: &str = include_str!("page.css");

    /// The colours of one scheme, by name.
    fn colours(scheme: &str) -> BTreeMap<&str, f64> {
        let declarations = scheme.split([';', '{', '}']).filter_map(|it| it.trim().strip_prefix("--"));
        declarations.filter_map(|it| it.split_once(": #")).map(|(name, hex)| (name, luminance(hex))).collect()
    }

    /// As WCAG 2 defines it.
    fn luminance(hex: &str) -> f64 {
        let hex = if hex.len() == 3 { hex.chars().flat_map(|it| [it, it]).collect() } else { hex.to_owned() };
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("a colour")) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
    }

    #[test]
    fn colours_have_the_contrast_of_wcag_aa_in_both_schemes() {
        let (light, rest) =
            STYLE.split_once("@media screen and (prefers-color-scheme: dark)").expect("two schemes");
        let (dark, _) = rest.split_once("/* The page. */").expect("the rest");
        for scheme in [colours(light), colours(dark)] {
            let contrast = |a: &str, b: &str| {
                let (a, b) = (scheme[a], scheme[b]);
                (a.max(b) + 0.05) / (a.min(b) + 0.05)
            };
            let text = [
                ("ink", &["paper", "panel", "good-panel", "bad-panel"][..]),
                ("quiet", &["paper", "panel", "good-panel", "bad-panel"]),
                ("link", &["paper", "good-panel"]),
                ("good", &["paper", "good-panel"]),
                ("bad", &["paper", "good-panel", "bad-panel"]),
            ];
            for (front, behind) in text.iter().flat_map(|(front, all)| all.iter().map(move |it| (front, it)))
            {
                assert!(contrast(front, behind) >= 4.5, "{front} on {behind}: {}", contrast(front, behind));
            }
            for series in ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"] {
                assert!(contrast(series, "paper") >= 3.0, "{series}: {}", contrast(series, "paper"));
            }
        }
    }
}
