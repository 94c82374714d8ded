//! Which files of a whole program are worth advice.

use std::cmp::Reverse;

use anystream_workload::FileUse;

/// How many files get advice without being named.
pub(crate) const MOST: usize = 3;

/// The rule, as help states it.
pub(crate) const RULE: &str = "\
Which files of a program matter: a written file, if it has at least 10 reads and writes or 64 KiB of data, and at \
least a tenth of the calls or of the bytes of all candidates; a file that was only read, if it has at least 10 \
reads, 64 KiB, and more than half of the calls or bytes. Libraries, devices, and read-only files of the system or of \
installed programs don't matter; neither do files that were open before the program began, such as a redirected \
output. At most three get advice, the largest share first; --file names another one.";

/// The least number of reads and writes, or of bytes, that is worth advice.
const FEWEST_CALLS: u64 = 10;
const FEWEST_BYTES: u64 = 64 << 10;

/// The least share of calls or bytes of a written file, and of a file that was only read: most programs read their
/// inputs once, and no storage changes that.
const SHARE: f64 = 0.1;
const SHARE_IF_READ: f64 = 0.5;

/// The files that matter, the largest share first: at most [`MOST`].
pub(crate) fn that_matter(files: &[FileUse]) -> Vec<&FileUse> {
    let candidates: Vec<&FileUse> = files
        .iter()
        .filter(|file| !is_of_the_system(file))
        .filter(|file| {
            is_written(file) || accesses(file) >= FEWEST_CALLS && bytes_moved(file) >= FEWEST_BYTES
        })
        .collect();
    let sum = |of: fn(&FileUse) -> u64| candidates.iter().map(|file| of(file) as f64).sum::<f64>().max(1.0);
    let (calls, bytes) = (sum(accesses), sum(bytes_moved));
    let share = |file: &FileUse| (accesses(file) as f64 / calls).max(bytes_moved(file) as f64 / bytes);
    let mut matter: Vec<&FileUse> = candidates
        .iter()
        .copied()
        .filter(|file| accesses(file) >= FEWEST_CALLS || bytes_moved(file) >= FEWEST_BYTES)
        .filter(|file| if is_written(file) { share(file) >= SHARE } else { share(file) > SHARE_IF_READ })
        .collect();
    // Shares are at most 1; of equal ones the first file stays first.
    matter.sort_by_key(|file| Reverse((share(file) * 1e6) as u64));
    matter.truncate(MOST);
    matter
}

/// Whether no stream could replace it: a library, or a read-only file of the system or of an installed program.
pub(crate) fn is_of_the_system(file: &FileUse) -> bool {
    const KERNEL: [&str; 3] = ["/proc/", "/sys/", "/dev/"];
    // Shared memory is data of the program.
    const SHARED_MEMORY: &str = "/dev/shm/";
    const ROOTS: [&str; 14] = [
        "/etc/",
        "/usr/",
        "/lib/",
        "/lib32/",
        "/lib64/",
        "/bin/",
        "/sbin/",
        "/run/",
        "/opt/",
        "/nix/store/",
        "/gnu/store/",
        "/snap/",
        "/var/lib/",
        "/var/cache/",
    ];
    const INSTALLED: [&str; 6] =
        ["/lib/", "/lib64/", "/libexec/", "/share/", "/site-packages/", "/node_modules/"];
    const ENDINGS: [&str; 4] = [".so", ".pyc", ".mo", ".ttf"];
    let path = &file.path[..];
    let starts = |roots: &[&str]| roots.iter().any(|root| path.starts_with(root));
    if starts(&KERNEL) {
        return !path.starts_with(SHARED_MEMORY);
    }
    let is_library = path.contains(".so.") || ENDINGS.iter().any(|ending| path.ends_with(ending));
    !is_written(file) && (is_library || starts(&ROOTS) || INSTALLED.iter().any(|part| path.contains(part)))
}

pub(crate) fn bytes_moved(file: &FileUse) -> u64 {
    file.bytes_read.saturating_add(file.bytes_written)
}

fn is_written(file: &FileUse) -> bool {
    file.writes > 0 || file.bytes_written > 0
}

/// Its reads and writes.
fn accesses(file: &FileUse) -> u64 {
    file.reads.saturating_add(file.writes)
}

/// The shortest end of `path`, in whole components, that no other file has, or else the whole path.
pub(crate) fn short_name<'a>(path: &'a str, files: &[FileUse]) -> &'a str {
    // A note in the path, such as "(named /a/b until line 9)", has slashes of other paths.
    let note = files.iter().find(|file| file.path == path).and_then(|file| file.note.as_deref());
    let end = note.and_then(|note| path.rfind(note)).unwrap_or(path.len());
    let starts = path[..end].rmatch_indices('/').map(|(at, _)| at + 1);
    let is_clear = |end: &str| {
        files.iter().filter(|file| file.path != path).all(|file| {
            // A name may also be longer than the path in the log.
            !ends_with(&file.path, end) && !ends_with(end, &file.path)
        })
    };
    starts.map(|at| &path[at..]).find(|end| !end.is_empty() && is_clear(end)).unwrap_or(path)
}

/// The path of the file that `wanted` names, also by the name that the file had before a rename.
pub(crate) fn path_of(wanted: &str, files: &[FileUse]) -> String {
    let earlier = |file: &&FileUse| {
        let name =
            file.note.as_deref().and_then(|note| note.strip_prefix("named ")?.rsplit_once(" until line "));
        name.is_some_and(|(name, _)| ends_with(name, wanted))
    };
    let mut earlier = files.iter().filter(earlier);
    match (files.iter().any(|file| ends_with(&file.path, wanted)), earlier.next(), earlier.next()) {
        (false, Some(only), None) => only.path.clone(),
        _ => wanted.to_owned(),
    }
}

fn ends_with(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, reads: u64, writes: u64, bytes_read: u64, bytes_written: u64) -> FileUse {
        let mut file = FileUse::default();
        file.path = path.to_owned();
        file.calls = reads + writes;
        (file.reads, file.writes, file.bytes_read, file.bytes_written) =
            (reads, writes, bytes_read, bytes_written);
        file
    }

    fn chosen(files: &[FileUse]) -> Vec<&str> {
        that_matter(files).into_iter().map(|file| &file.path[..]).collect()
    }

    #[test]
    fn what_is_written_matters_and_inputs_read_once_do_not() {
        let files = [
            file("/home/a/in.txt", 3, 0, 200_000, 0),
            file("/home/a/out.zip", 0, 40, 0, 90_000),
            file("/usr/share/mime.cache", 500, 0, 2_000_000, 0),
        ];
        assert_eq!(chosen(&files), ["/home/a/out.zip"]);
    }

    #[test]
    fn a_file_that_is_read_again_and_again_matters() {
        assert_eq!(chosen(&[file("/home/a/db", 10, 0, 65_536, 0)]), ["/home/a/db"]);
        assert!(chosen(&[file("/home/a/db", 9, 0, 65_536, 0)]).is_empty());
        assert!(chosen(&[file("/root/.settings", 42, 0, 700, 0)]).is_empty());
    }

    #[test]
    fn an_input_matters_only_if_it_is_most_of_the_work() {
        let output = file("/home/a/out", 0, 100, 0, 100_000);
        let input = |reads| file("/home/a/in", reads, 0, 100_000, 0);
        assert_eq!(chosen(&[output.clone(), input(100)]), ["/home/a/out"]);
        assert_eq!(chosen(&[output, input(101)]), ["/home/a/in", "/home/a/out"]);
    }

    #[test]
    fn a_few_calls_with_few_bytes_do_not_matter() {
        assert!(chosen(&[file("/home/a/note", 0, 9, 0, 65_535)]).is_empty());
        assert_eq!(chosen(&[file("/home/a/note", 0, 1, 0, 65_536)]), ["/home/a/note"]);
        assert_eq!(chosen(&[file("/home/a/note", 0, 10, 0, 10)]), ["/home/a/note"]);
    }

    #[test]
    fn a_share_of_calls_or_of_bytes_suffices_and_less_than_a_tenth_does_not() {
        let files = [
            file("/a/calls", 0, 900, 0, 900),
            file("/a/bytes", 0, 10, 0, 1_000_000),
            file("/a/little", 0, 90, 0, 90_000),
        ];
        assert_eq!(chosen(&files), ["/a/bytes", "/a/calls"]);
    }

    #[test]
    fn at_most_three_are_chosen_the_largest_share_first() {
        let files: Vec<FileUse> =
            (1..=5).map(|n| file(&format!("/a/{n}"), 0, 100 + n, 0, (100 + n) * 8)).collect();
        assert_eq!(chosen(&files), ["/a/5", "/a/4", "/a/3"]);
    }

    #[test]
    fn the_systems_files_are_told_by_their_paths() {
        for path in [
            "/proc/self/maps",
            "/dev/null",
            "/etc/passwd",
            "/usr/lib/locale/locale-archive",
            "/lib64/libc.so.6",
            "/home/a/venv/lib/python3/x.py",
            "/home/a/plugin.so",
            "/var/lib/dpkg/status",
        ] {
            assert!(is_of_the_system(&file(path, 100, 0, 1, 0)), "{path}");
        }
        for path in ["/home/a/libra.txt", "/tmp/x", "/dev/shm/ring", "/srv/data.bin", "/library/book"] {
            assert!(!is_of_the_system(&file(path, 100, 0, 1, 0)), "{path}");
        }
        assert!(!is_of_the_system(&file("/var/lib/dpkg/status", 0, 1, 0, 1)), "a written file is data");
        assert!(is_of_the_system(&file("/dev/tty", 0, 9, 0, 9)), "a written device is none");
    }

    fn noted(path: &str, note: &str) -> FileUse {
        let mut file = file(&format!("{path} ({note})"), 1, 0, 1, 0);
        file.note = Some(note.to_owned());
        file
    }

    #[test]
    fn a_short_name_keeps_the_name_before_a_note_with_a_path() {
        let files = [noted("/a/in", "replaced at line 9"), noted("/a/in", "named /a/in.new until line 9")];
        assert_eq!(short_name(&files[0].path, &files), "in (replaced at line 9)");
        assert_eq!(short_name(&files[1].path, &files), "in (named /a/in.new until line 9)");
    }

    #[test]
    fn a_file_is_found_by_its_name_before_a_rename() {
        let files = [noted("/a/in", "replaced at line 9"), noted("/a/in", "named /a/in.new until line 9")];
        assert_eq!(path_of("in.new", &files), files[1].path);
        assert_eq!(path_of("/a/in.new", &files), files[1].path);
        assert_eq!(path_of("new", &files), "new");
        assert_eq!(path_of("in.old", &files), "in.old");
    }

    #[test]
    fn a_short_name_is_clear() {
        let files = [file("/a/x/db", 1, 0, 1, 0), file("/b/x/db", 1, 0, 1, 0), file("/b/log", 1, 0, 1, 0)];
        assert_eq!(short_name("/a/x/db", &files), "a/x/db");
        assert_eq!(short_name("/b/log", &files), "log");
        assert_eq!(short_name("log", &files[2..]), "log");
    }
}
