//! Calls that move data and set lengths.

use std::rc::Rc;

use smallvec::SmallVec;

use super::access::{Action, Data, Lengths, Transfer, Whence};
use super::call::{Argument, Call};
use super::description::Description;
use super::files::FileId;
use super::flags::Names;
use super::flags::{
    COLLAPSE_RANGE, FALLOCATE, INSERT_RANGE, KEEP_SIZE, PUNCH_HOLE, RWF, RWF_APPEND, RWF_NOAPPEND,
    UNSHARE_RANGE, ZERO_RANGE,
};
use super::plain::Plain;
use super::record::{Observer, Recorded, Site, Watched};

/// No call of Linux moves more.
const MOST_MOVED: u64 = 0x7fff_f000;

impl<O: Observer> Watched<'_, O> {
    /// A read or write as most are.
    #[inline(always)]
    pub(super) fn plain(&mut self, site: Site<'_>, plain: Plain) -> Recorded {
        let Plain { writes, descriptor, asked, at, moved } = plain;
        movable(moved)?;
        // Of nothing, all is shown.
        let data = if moved == 0 { Data::Shown(SmallVec::new()) } else { Data::Hidden };
        let description = self.resolve_number(site, descriptor, None)?;
        let Some(file) = description.file() else { return Ok(()) };
        let at_end = description.appends.get();
        let transfer = Transfer { description, at, asked: Lengths::One(asked), moved, data };
        self.transferred(site, file, &transfer, writes, at_end);
        Ok(())
    }

    pub(super) fn transfer(&mut self, site: Site<'_>, call: &Call<'_>, moved: u64, writes: bool) -> Recorded {
        let (asked, data) = asked(call, moved)?;
        let at = offset(call)?;
        let Some(description) = self.resolve(site, call.argument(0))? else { return Ok(()) };
        let Some(file) = description.file() else { return Ok(()) };
        let mut at_end = description.appends.get();
        if writes && !call.argument(4).is_absent() {
            let flags = call.argument(4).flags(RWF);
            at_end = (at_end || flags & RWF_APPEND != 0) && flags & RWF_NOAPPEND == 0;
        }
        self.transferred(site, file, &Transfer { description, at, asked, moved, data }, writes, at_end);
        Ok(())
    }

    #[inline(always)]
    fn transferred(
        &mut self,
        site: Site<'_>,
        file: FileId,
        transfer: &Transfer<'_>,
        writes: bool,
        at_end: bool,
    ) {
        let Transfer { description, at, .. } = transfer;
        if writes
            && description.foreign
            && !description.is_told.get()
            && (at.is_some() || description.position.get().is_some())
        {
            let reason = "this descriptor came from elsewhere, and whether it appends is not in the log";
            return self.add(site, file, Action::Unclear { reason: reason.into() });
        }
        let action = if writes { Action::Write { transfer, at_end } } else { Action::Read(transfer) };
        self.add(site, file, action);
    }

    pub(super) fn seek(&mut self, site: Site<'_>, call: &Call<'_>, value: u64) -> Recorded {
        let by = call.argument(1).number().ok_or("there is no offset")?;
        let (to, whence) = match call.arguments().len() {
            // _llseek answers through a pointer.
            4 => {
                (call.argument(2).pointed_size().ok_or("where this led to is not logged")?, call.argument(3))
            }
            _ => (value, call.argument(2)),
        };
        const WHENCES: Names =
            &[("SEEK_SET", 0), ("SEEK_CUR", 1), ("SEEK_END", 2), ("SEEK_DATA", 3), ("SEEK_HOLE", 4)];
        let (whence, by) = match whence.constant(WHENCES) {
            Some(0) => (Whence::Start, by),
            Some(1) => (Whence::Current, by),
            Some(2) => (Whence::End, by),
            // A stream does not tell holes from zeros, but can go where this led to.
            Some(3 | 4) => (Whence::Start, i64::try_from(to).unwrap_or(i64::MAX)),
            _ => return Err("what this offset counts from is not known".to_owned()),
        };
        let Some(description) = self.resolve(site, call.argument(0))? else { return Ok(()) };
        let Some(file) = description.file() else { return Ok(()) };
        if description.foreign
            && !(matches!(whence, Whence::Current) && by == 0)
            && self.recorder.files.descriptions(file) > 1
        {
            let reason =
                "this descriptor came from elsewhere, so another of the file may have the same position";
            self.add(site, file, Action::Unclear { reason: reason.into() });
        }
        self.add(site, file, Action::Seek { description: &description, whence, by, to });
        Ok(())
    }

    pub(super) fn allocate(&mut self, site: Site<'_>, call: &Call<'_>) -> Recorded {
        let mode = call.argument(1);
        let offset = call.argument(2).size().ok_or("there is no offset")?;
        let len = call.argument(3).size().ok_or("there is no length")?;
        let mode = mode.flags(FALLOCATE);
        let is = |flag: u64| mode & flag != 0;
        let action = if is(PUNCH_HOLE) {
            Action::Zero { offset, len, may_grow: false }
        } else if is(ZERO_RANGE) {
            Action::Zero { offset, len, may_grow: !is(KEEP_SIZE) }
        } else if is(COLLAPSE_RANGE) {
            Action::Collapse { offset, len }
        } else if is(INSERT_RANGE) {
            Action::Insert { offset, len }
        } else if mode & !(KEEP_SIZE | UNSHARE_RANGE) != 0 {
            Action::Unclear { reason: "this way to allocate is not known here".into() }
        } else if is(KEEP_SIZE) {
            // Room, but no bytes.
            return self.resolve(site, call.argument(0)).map(drop);
        } else {
            Action::Reserve(offset.checked_add(len).ok_or("no file reaches that far")?)
        };
        self.on(site, call.argument(0), |_| action)
    }

    /// From one descriptor to another, of which one may be a pipe or a socket.
    pub(super) fn copy(
        &mut self,
        site: Site<'_>,
        (from, from_at): (Argument<'_>, Argument<'_>),
        (to, to_at): (Argument<'_>, Argument<'_>),
        asked: Argument<'_>,
        moved: u64,
    ) -> Recorded {
        movable(moved)?;
        let is_exact = !site.text_has(b"copy_file_range(");
        let asked = Lengths::One(asked.size().ok_or("there is no length")?);
        let place = |at: Argument<'_>| match at.is_absent() {
            true => Ok(None),
            false => at.pointed_size().map(Some).ok_or("where is not logged"),
        };
        let (from_at, to_at) = (place(from_at)?, place(to_at)?);
        let meant = |watched: &mut Self, of: Argument<'_>| match of.descriptor() {
            (Some(number), Some(annotation)) => watched.resolve_number(site, number, Some(annotation)).ok(),
            (Some(number), None) => watched.recorder.tasks.resolve(site.process, number).ok(),
            (None, _) => None,
        };
        let (from, to) = (meant(self, from), meant(self, to));
        if from.is_none() && to.is_none() {
            return Err("neither descriptor of this call is known".to_owned());
        }
        if let (Some(one), Some(other)) = (&from, &to)
            && Rc::ptr_eq(one, other)
            && from_at.is_none()
            && to_at.is_none()
            && let Some(file) = one.file()
        {
            // Both begin at the same position, so each byte overwrites itself.
            let transfer =
                Transfer { description: Rc::clone(one), at: None, asked, moved, data: Data::Hidden };
            self.transferred(site, file, &transfer, true, one.appends.get());
            return Ok(());
        }
        let side = |description: &Option<Rc<Description>>| {
            description.as_ref().and_then(|description| Some((Rc::clone(description), description.file()?)))
        };
        if let Some((description, file)) = side(&from) {
            // What stopped it may be the other end.
            // And `copy_file_range` may copy nothing where there is something.
            let tells = moved == 0 && is_exact;
            let asked = if tells { asked.clone() } else { Lengths::One(moved) };
            let transfer = Transfer { description, at: from_at, asked, moved, data: Data::Hidden };
            self.transferred(site, file, &transfer, false, false);
        }
        if let Some((description, file)) = side(&to) {
            let at_end = description.appends.get();
            let transfer = Transfer { description, at: to_at, asked, moved, data: Data::Hidden };
            self.transferred(site, file, &transfer, true, at_end);
        }
        Ok(())
    }
}

/// The lengths that a read or write asked for, and the part of its data in the log.
fn asked<'a>(call: &Call<'a>, moved: u64) -> Result<(Lengths, Data<'a>), String> {
    movable(moved)?;
    if !call.name.contains(&b'v') {
        let len = call.argument(2).size().ok_or("there is no length")?;
        let shown = call.argument(1).string();
        return Ok((
            Lengths::One(len),
            shown.map_or(Data::Hidden, |shown| Data::Shown(SmallVec::from([shown]))),
        ));
    }
    // With `-s 0` strace leaves the pieces out.
    let Some(pieces) = call.argument(1).pieces() else { return Ok((Lengths::One(moved), Data::Hidden)) };
    let lens = pieces.iter().map(|(_, len)| *len).collect();
    let shown: Option<SmallVec<_>> = pieces.into_iter().map(|(shown, _)| shown).collect();
    Ok((Lengths::Several(lens), shown.map_or(Data::Hidden, Data::Shown)))
}

fn movable(moved: u64) -> Recorded {
    match moved {
        ..=MOST_MOVED => Ok(()),
        _ => Err(format!("no call moves {moved} bytes at once: Linux stops at {MOST_MOVED}")),
    }
}

/// Where a call reads or writes, if not at the position.
fn offset(call: &Call<'_>) -> Result<Option<u64>, String> {
    if !call.name.starts_with(b"p") {
        return Ok(None);
    }
    match call.argument(3).number() {
        Some(-1) => Ok(None),
        Some(offset) if offset >= 0 => Ok(Some(offset as u64)),
        _ => Err("there is no offset".to_owned()),
    }
}
