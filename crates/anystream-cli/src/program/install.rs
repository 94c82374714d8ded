//! How to get strace, and how to be allowed to trace, on this system.

use std::fs;

/// The command that installs strace on this distribution, or on the common ones if it is unknown.
pub(super) fn command() -> String {
    for_release(&fs::read_to_string("/etc/os-release").unwrap_or_default())
}

/// `release` is the text of /etc/os-release.
fn for_release(release: &str) -> String {
    const BY_FAMILY: [(&[&str], &str); 6] = [
        (&["debian", "ubuntu"], "apt install strace"),
        (&["fedora", "rhel", "centos"], "dnf install strace"),
        (&["arch"], "pacman -S strace"),
        (&["suse", "opensuse"], "zypper install strace"),
        (&["alpine"], "apk add strace"),
        (&["nixos"], "nix-shell -p strace"),
    ];
    // ID is one word; ID_LIKE lists related distributions, the closest first.
    let value = |key: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
    };
    let names = format!("{} {}", value("ID"), value("ID_LIKE"));
    let known = names.split_whitespace().find_map(|name| {
        BY_FAMILY.iter().find(|(family, _)| family.contains(&name)).map(|(_, command)| *command)
    });
    match known {
        Some(command) => format!("`{command}`"),
        None => "`apt install strace`, `dnf install strace` or `pacman -S strace`".to_owned(),
    }
}

/// What to do where the system forbids tracing.
pub(super) fn permission() -> &'static str {
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope");
    // 0 and 1 let a program trace its own children.
    match scope.ok().and_then(|scope| scope.trim().parse::<u32>().ok()) {
        Some(2..) => {
            "kernel.yama.ptrace_scope forbids it; allow it with `sudo sysctl kernel.yama.ptrace_scope=1` \
             (after a reboot if it is 3)"
        }
        _ => {
            "in a container, start the container with `--cap-add=SYS_PTRACE`; under a debugger or another strace, \
             run without it"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_install_command_is_that_of_the_distribution_or_its_family() {
        assert_eq!(for_release("NAME=x\nID=debian\n"), "`apt install strace`");
        assert_eq!(for_release("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), "`apt install strace`");
        assert_eq!(for_release("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), "`dnf install strace`");
        assert_eq!(for_release("VERSION_ID=3\nID=alpine\n"), "`apk add strace`");
        assert!(for_release("").contains("pacman"), "an unknown system hears of several");
    }
}
