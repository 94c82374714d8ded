//! Several workloads at a glance.

use maud::{Markup, html};

use super::words::{note, scrolling};
use super::workload::anchor;
use crate::contender::Contender;
use crate::overall::{self, Rank};
use crate::report::numbers::significant;
use crate::results::{Outcome, Refusal};

pub(super) fn section(outcomes: &[Outcome], ranks: &[Rank]) -> Markup {
    let sentence = overall::sentence(outcomes).unwrap_or_else(|| "No backend can do all of them.".to_owned());
    html! {
        section aria-labelledby="overall" {
            h2 id="overall" { "All together" }
            div.choice { p.reason { (sentence) } }
            div.beside {
                div {
                    h3 { "Workload by workload" }
                    p {
                        "Times as multiples of the best, which is 1. ✓ is the choice: it weighs more than \
                         time if asked to, and of those that tie it is the simplest."
                    }
                    (scrolling("Workload by workload", Some("all"), &workloads(outcomes)))
                }
                div {
                    h3 { "Ranking" }
                    p {
                        "By the geometric mean of the multiples, in which no workload weighs more for merely \
                         taking longer."
                    }
                    (scrolling("Ranking", Some("all"), &ranking(ranks)))
                }
            }
        }
    }
}

fn workloads(outcomes: &[Outcome]) -> Markup {
    let contenders: Vec<Contender> =
        outcomes.iter().take(1).flat_map(|outcome| &outcome.results).map(|it| it.contender).collect();
    html! {
        thead {
            tr {
                th scope="col" { "workload" }
                th.word scope="col" { "take" }
                @for contender in &contenders { th scope="col" { (contender) } }
            }
        }
        tbody {
            @for (place, outcome) in outcomes.iter().enumerate() {
                @let chosen = outcome.choice.as_ref().map(|choice| choice.backend);
                tr {
                    th scope="row" { a href={ "#" (anchor(place)) } { (outcome.name) } }
                    td.word { strong { (chosen.map_or("none", Contender::name)) } }
                    @for contender in &contenders {
                        td.picked[chosen == Some(*contender)] { (cell(outcome, *contender, chosen)) }
                    }
                }
            }
        }
    }
}

fn cell(outcome: &Outcome, contender: Contender, chosen: Option<Contender>) -> Markup {
    let standing = outcome.results.iter().find(|it| it.contender == contender).map(|it| &it.figures);
    html! {
        @match standing {
            Some(Ok(figures)) => {
                @if chosen == Some(contender) { "✓ " }
                (significant(figures.ratio))
                (note(figures))
            },
            Some(Err(Refusal::Cannot(_))) => "cannot",
            Some(Err(Refusal::Failed(_))) => strong.bad { "failed" },
            None => "–",
        }
    }
}

fn ranking(ranks: &[Rank]) -> Markup {
    html! {
        thead {
            tr {
                th scope="col" { "backend" }
                th scope="col" { "mean, × best" }
                th scope="col" { "chosen for" }
            }
        }
        tbody {
            @for (i, rank) in ranks.iter().enumerate() {
                tr.chosen[i == 0 && rank.geomean_ratio.is_some()] {
                    th scope="row" { (rank.backend) }
                    td {
                        @match rank.geomean_ratio {
                            Some(mean) => { (significant(mean)) @if rank.tied { " tie" } },
                            None => "cannot do all",
                        }
                    }
                    td { (rank.chosen) }
                }
            }
        }
    }
}
