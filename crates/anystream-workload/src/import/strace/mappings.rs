//! Memory that shares a file: writes to it do not show in a log.

use std::ops::Range;
use std::rc::Rc;

use super::access::Action;
use super::call::Call;
use super::flags::{
    CLONE_FILE, CLONE_FILE_RANGE, FIOCLEX, FIONCLEX, IOCTL, MAP, MAP_SHARED, PROT, PROT_WRITE,
};
use super::record::{Observer, Recorded, Site, Watched};
use super::tasks::Mapping;

const REASON: &str = "writes to mapped memory do not show in a log";

impl<O: Observer> Watched<'_, O> {
    pub(super) fn map(&mut self, site: Site<'_>, call: &Call<'_>, value: u64) -> Recorded {
        let Some(len) = call.argument(1).size() else { return Ok(()) };
        let addresses = value..value.saturating_add(len);
        self.forget(site, &addresses);
        if call.argument(3).flags(MAP) & MAP_SHARED == 0 || call.argument(4).descriptor().0.is_none() {
            return Ok(());
        }
        if call.argument(2).flags(PROT) & PROT_WRITE != 0 {
            self.unclear(site, call.argument(4), REASON);
        } else if let Some((_, file)) = self.known(site, call.argument(4)) {
            self.change(site, |mappings| mappings.push(Mapping { addresses, file }));
        }
        Ok(())
    }

    pub(super) fn protect(&mut self, site: Site<'_>, call: &Call<'_>) -> Recorded {
        if call.argument(2).flags(PROT) & PROT_WRITE == 0 {
            return Ok(());
        }
        let Some(addresses) = addresses(call) else { return Ok(()) };
        let written: Vec<_> = self.mapped(site, &addresses).iter().map(|mapping| mapping.file).collect();
        for file in written {
            self.add(site, file, Action::Unclear { reason: REASON.into() });
        }
        Ok(())
    }

    pub(super) fn unmap(&mut self, site: Site<'_>, call: &Call<'_>) -> Recorded {
        if let Some(addresses) = addresses(call) {
            self.forget(site, &addresses);
        }
        Ok(())
    }

    pub(super) fn remap(&mut self, site: Site<'_>, call: &Call<'_>, value: u64) -> Recorded {
        let Some(before) = addresses(call) else { return Ok(()) };
        let moved = self.mapped(site, &before);
        let len = call.argument(2).size().unwrap_or(before.end - before.start);
        if !moved.is_empty() {
            self.forget(site, &before);
            let addresses = value..value.saturating_add(len);
            self.change(site, |mappings| {
                mappings.extend(
                    moved.iter().map(|moved| Mapping { addresses: addresses.clone(), ..moved.clone() }),
                );
            });
        }
        Ok(())
    }

    pub(super) fn control_device(&mut self, site: Site<'_>, call: &Call<'_>) -> Recorded {
        match call.argument(1).constant(IOCTL) {
            Some(CLONE_FILE | CLONE_FILE_RANGE) => {
                self.unclear(site, call.argument(0), "which bytes were cloned does not show in the log");
            }
            Some(command @ (FIOCLEX | FIONCLEX)) => {
                if let Some(number) = call.argument(0).descriptor().0 {
                    self.recorder.tasks.set_close_on_exec(site.process, number, number, command == FIOCLEX);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn mapped(&self, site: Site<'_>, addresses: &Range<u64>) -> Vec<Mapping> {
        let Some(task) = self.recorder.tasks.get(site.process) else { return Vec::new() };
        task.mappings
            .borrow()
            .iter()
            .filter(|mapping| overlap(&mapping.addresses, addresses))
            .cloned()
            .collect()
    }

    /// Forgets mappings at these addresses.
    fn forget(&mut self, site: Site<'_>, addresses: &Range<u64>) {
        if self.mapped(site, addresses).is_empty() {
            return;
        }
        self.change(site, |mappings| {
            let mut left = Vec::new();
            for mapping in mappings.drain(..) {
                let Range { start, end } = mapping.addresses;
                for rest in [start..end.min(addresses.start), start.max(addresses.end)..end] {
                    if !rest.is_empty() {
                        left.push(Mapping { addresses: rest, file: mapping.file });
                    }
                }
            }
            *mappings = left;
        });
    }

    fn change(&mut self, site: Site<'_>, change: impl FnOnce(&mut Vec<Mapping>)) {
        if let Some(task) = self.recorder.tasks.get(site.process) {
            change(Rc::make_mut(&mut task.mappings.borrow_mut()));
        }
    }
}

fn addresses(call: &Call<'_>) -> Option<Range<u64>> {
    let start = call.argument(0).number()? as u64;
    Some(start..start.saturating_add(call.argument(1).size()?))
}

fn overlap(one: &Range<u64>, other: &Range<u64>) -> bool {
    one.start < other.end && other.start < one.end
}
