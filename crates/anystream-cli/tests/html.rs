//! The page of `anystream choose --html`: as a parser reads it, and as a browser shows it where
//! one is installed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;
use std::{env, fs};

use assert_cmd::Command;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

const HOSTILE_NAME: &str = "<script>alert(1)</script> & \"quotes\"";

/// Of two workloads, long enough for other sizes: an strace log, and an editing trace with a hostile name.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("out.strace");
    let edits = folder.path().join("edits.jsonl");
    let page = folder.path().join("page.html");
    fs::write(&log, strace()).expect("a log");
    fs::write(&edits, editing()).expect("a trace");
    Command::new(env!("CARGO_BIN_EXE_anystream"))
        .args(["choose", "--rounds", "3", "--html"])
        .args([&page, &log, &edits])
        .assert()
        .code(0);
    fs::read_to_string(page).expect("a page in UTF-8")
});

fn strace() -> String {
    let mut log = "openat(AT_FDCWD, \"out\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n".to_owned();
    for at in 0..300 {
        log.push_str("write(3, \"\"..., 100) = 100\n");
        let _ = writeln!(log, "lseek(3, {at}, SEEK_SET) = {at}\nread(3, \"\"..., 50) = 50");
        let _ = writeln!(log, "lseek(3, 0, SEEK_END) = {}", (at + 1) * 100);
    }
    log.push_str("close(3) = 0\n");
    log
}

fn editing() -> String {
    let name = serde_json::to_string(HOSTILE_NAME).expect("JSON");
    let mut trace =
        format!("{{\"name\":{name},\"start\":\"\",\"end\":\"{}\",\"edits\":300}}\n", "x".repeat(300));
    for _ in 0..300 {
        trace.push_str("[0,0,\"x\"]\n");
    }
    trace
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).expect("a selector")
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect()
}

#[test]
fn the_page_is_well_formed() {
    let page = Html::parse_document(&PAGE);
    assert!(page.errors.is_empty(), "{:?}", page.errors);
    let ids: Vec<&str> =
        page.select(&selector("[id]")).filter_map(|element| element.value().attr("id")).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "an id is there twice");
}

#[test]
fn every_workload_has_its_choice_charts_and_tables() {
    let page = Html::parse_document(&PAGE);
    let workloads: Vec<ElementRef<'_>> = page.select(&selector("section.workload")).collect();
    assert_eq!(workloads.len(), 2);
    for workload in workloads {
        let reason = workload.select(&selector(".choice .reason")).map(text).collect::<String>();
        assert!(reason.starts_with("Take "), "{reason}");
        let titles: Vec<String> = workload.select(&selector("svg[role=img] > title")).map(text).collect();
        let charts = [
            "Time of a replay",
            "Latency of single calls",
            "Memory over the run",
            "Time over the run",
            "Cost against size",
        ];
        for chart in charts {
            assert!(titles.iter().any(|title| title.starts_with(chart)), "{chart} is not among {titles:?}");
        }
        let everything: Vec<String> = workload.select(&selector("table.all")).map(text).collect();
        assert_eq!(everything.len(), 2, "figures of all, and by kind of call");
        for backend in ["vec", "small", "rope", "ropey", "cursor", "bytesmut"] {
            assert!(everything.iter().any(|table| table.contains(backend)), "{backend}");
        }
        // Each line chart has its values in a table; those of the bars are in the table of everything.
        assert_eq!(workload.select(&selector("figure details table")).count(), charts.len() - 1);
    }
}

#[test]
fn the_summary_links_to_every_workload() {
    let page = Html::parse_document(&PAGE);
    let links: Vec<&str> =
        page.select(&selector("th a[href]")).filter_map(|link| link.value().attr("href")).collect();
    assert_eq!(links.len(), 2);
    for link in links {
        assert_eq!(page.select(&selector(&format!("section{link}"))).count(), 1, "{link}");
    }
}

#[test]
fn every_chart_has_a_title_and_a_description_for_those_who_do_not_see_it() {
    let page = Html::parse_document(&PAGE);
    let mut charts = 0;
    for chart in page.select(&selector("svg[role=img]")) {
        charts += 1;
        let labels =
            ["aria-labelledby", "aria-describedby"].into_iter().filter_map(|it| chart.value().attr(it));
        let named: Vec<String> = labels
            .flat_map(|id| chart.select(&selector(&format!("[id=\"{id}\"]"))).map(text).collect::<Vec<_>>())
            .collect();
        assert!(named.len() == 2 && named.iter().all(|text| text.len() > 10), "{named:?}");
    }
    assert!(charts > 0);
    let all = selector("body svg:not([role=img])");
    let hidden_or_inside = |svg: ElementRef<'_>| {
        svg.value().attr("aria-hidden").is_some()
            || svg.ancestors().any(|it| it.value().as_element().is_some_and(|it| it.name() == "svg"))
    };
    assert!(page.select(&all).all(hidden_or_inside));
}

#[test]
fn every_table_has_a_caption_of_its_own_and_headers() {
    let page = Html::parse_document(&PAGE);
    let mut captions = BTreeSet::new();
    for table in page.select(&selector("table")) {
        let caption: String = table.select(&selector("caption")).map(text).collect();
        assert!(!caption.is_empty() && table.select(&selector("thead th[scope]")).next().is_some());
        assert!(captions.insert(caption.clone()), "{caption} is there twice");
    }
    assert!(captions.len() > 10);
}

#[test]
fn headings_go_down_one_level_at_a_time() {
    let page = Html::parse_document(&PAGE);
    let mut level = 0;
    for heading in page.select(&selector("h1, h2, h3, h4, h5, h6")) {
        let own: u32 = heading.value().name()[1..].parse().expect("a level");
        assert!((1..=level + 1).contains(&own), "{}", text(heading));
        level = own;
    }
    assert_eq!(page.select(&selector("h1")).count(), 1);
    assert_eq!(page.select(&selector("main")).count(), 1);
}

#[test]
fn a_name_from_a_trace_stays_text() {
    assert!(!PAGE.contains("<script"));
    let page = Html::parse_document(&PAGE);
    assert_eq!(page.select(&selector("script")).count(), 0);
    assert!(page.select(&selector("h2")).any(|heading| text(heading) == HOSTILE_NAME));
}

#[test]
fn nothing_outside_of_the_page_is_referred_to() {
    for outside in ["http:", "https:", "url(", "src=", "@import", "//cdn"] {
        assert!(!PAGE.contains(outside), "{outside}");
    }
    let page = Html::parse_document(&PAGE);
    for link in page.select(&selector("[href]")) {
        assert!(link.value().attr("href").is_some_and(|target| target.starts_with('#')), "{}", link.html());
    }
    assert_eq!(page.select(&selector("link, object, embed, iframe, img")).count(), 0);
}

/// Only browsers of this family print the document that they made of a page.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Tells the page around it what came of the page.
const PROBE: &str = "<script>addEventListener('load', () => {
  const box = element => element.getBoundingClientRect();
  const large = it => box(it).width > 100 && box(it).height > 20;
  const drawn = found => [...document.querySelectorAll(found)].filter(large).length;
  const outside = it => box(it).width > 0 && (box(it).left < -0.5 || box(it).right > innerWidth + 0.5);
  parent.postMessage({
    inner: innerWidth, wanted: document.documentElement.scrollWidth,
    charts: drawn('svg[role=img]'), tables: drawn('table'),
    cut: [...document.querySelectorAll('svg.plot text')].filter(outside).map(it => it.textContent),
  }, '*');
})</script>";

const AROUND: &str = "<!doctype html><pre id='found'></pre><script>
  const found = [];
  addEventListener('message', ({data}) => {
    found.push(data);
    document.getElementById('found').textContent = JSON.stringify(found);
    console.log('the probe ran');
  });
</script>
<iframe src='page.html' width='360' height='740' style='border:0'></iframe>
<iframe src='page.html' width='1280' height='900' style='border:0'></iframe>";

#[test]
fn a_browser_shows_it_on_a_phone_and_a_desktop_without_overflow_or_complaint() {
    let Some(browser) = browser() else {
        eprintln!("no browser of {BROWSERS:?} is installed: how the page is shown was not checked");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let around = folder.path().join("around.html");
    // The page's own policy forbids scripts; the probe is one.
    let policy = "default-src 'none'";
    assert!(PAGE.contains(policy) && PAGE.contains("</body>"));
    let probed = PAGE
        .replace(policy, "default-src 'none'; script-src 'unsafe-inline'")
        .replace("</body>", &format!("{PROBE}</body>"));
    fs::write(folder.path().join("page.html"), probed).expect("a page");
    fs::write(&around, AROUND).expect("a page");

    let output = Command::new(&browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .args(["--virtual-time-budget=10000", "--dump-dom"])
        .arg(format!("file://{}", around.display()))
        .timeout(Duration::from_secs(120))
        .output()
        .expect("the browser runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let shown = Html::parse_document(&String::from_utf8_lossy(&output.stdout));
    let found: String = shown.select(&selector("#found")).map(text).collect();
    let found: Vec<Value> = serde_json::from_str(&found).unwrap_or_else(|_| panic!("no answer: {said}"));

    let mut widths: Vec<_> = found.iter().map(|it| it["inner"].as_u64()).collect();
    widths.sort();
    assert_eq!(widths, [Some(360), Some(1280)]);
    for page in &found {
        assert!(page["wanted"].as_u64() <= page["inner"].as_u64(), "wider than the window: {page}");
        assert_eq!(page["charts"], 10, "{page}");
        assert!(page["tables"].as_u64() >= Some(8), "{page}");
        assert_eq!(page["cut"], Value::Array(Vec::new()), "text of charts is cut off: {page}");
    }
    let complaints: Vec<&str> =
        said.lines().filter(|line| line.contains("CONSOLE") && !line.contains("the probe ran")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    assert!(said.contains("the probe ran"), "what the console says is not seen: {said}");
}

fn browser() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let places = BROWSERS.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| Path::is_file(place))
}
