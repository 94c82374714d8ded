//! Which mutant this process is, by the environment.

use std::sync::atomic::{AtomicUsize, Ordering};

static NUMBER: AtomicUsize = AtomicUsize::new(usize::MAX);

pub fn active(number: usize) -> bool {
    NUMBER.load(Ordering::Relaxed) == number
}

// Before `main`: asking for a variable takes memory, which the tests count and refuse.
#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
static ASK: extern "C" fn() = {
    extern "C" fn ask() {
        let number = std::env::var("ANYSTREAM_MUTANT").ok();
        NUMBER.store(number.and_then(|number| number.parse().ok()).unwrap_or(usize::MAX), Ordering::Relaxed);
    }
    ask
};
