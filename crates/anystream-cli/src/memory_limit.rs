//! A trace may ask for more memory than the machine has. It gets an error then, not the machine.

use sysinfo::System;

/// How many bytes this program may take from now on: most of what is free, and no more than it was
/// allowed anyway. Past that the operating system refuses, so that streams answer `OutOfMemory`.
///
/// It can be told so on Unix. Elsewhere either it refuses by itself (Windows commits what it hands out)
/// or its own limit has to do.
pub(crate) fn set() -> u64 {
    let most_of_free = free() / 10 * 9;
    #[cfg(unix)]
    if let Ok((soft, hard)) = rlimit::Resource::AS.get() {
        let limit = soft.min(most_of_free);
        // An error means that limits may not be set at all; the number still holds.
        let _ = rlimit::Resource::AS.set(limit, hard);
        return limit;
    }
    most_of_free
}

/// The free memory in bytes, of the control group if there is one; all there could be on a system that
/// does not tell.
fn free() -> u64 {
    let Ok(mut system) = System::new() else { return u64::MAX };
    system.refresh_memory();
    let free = system.available_memory();
    system.cgroup_limits().map_or(free, |group| free.min(group.free_memory))
}
