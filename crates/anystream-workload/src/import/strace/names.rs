//! Names and directories: the meaning of a path, seen from a directory.
//!
//! The tree holds each name that the log mentions. Directories whose place the log does not tell have no
//! parent; a number distinguishes them.

use std::rc::Rc;

use foldhash::{HashMap, HashMapExt, HashSet};

use super::files::FileId;

/// A name in a directory. Its meaning may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(u32);

/// The meaning of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A directory, or anything else that was there before.
    Unknown,
    File(FileId),
    Symlink(Rc<str>),
    /// A device, a pipe with a name or a socket.
    Other,
    /// No file has this name.
    Absent,
}

#[derive(Debug)]
struct Node {
    parent: Option<NodeId>,
    name: Rc<str>,
    children: Option<Box<HashMap<Rc<str>, NodeId>>>,
    meaning: Meaning,
    /// The file that had this name last and lost it.
    before: Option<FileId>,
}

#[derive(Debug)]
pub(super) struct Names {
    nodes: Vec<Node>,
    /// How many directories have no place.
    floating: u32,
    /// Whether the log has `(deleted)` after the path that `-y` shows.
    pub(super) marks_deleted: bool,
    /// The names that end in ` (deleted)`.
    ending_in_deleted: HashSet<Rc<str>>,
}

/// What old versions of strace add to the path of a deleted file.
pub(super) const DELETED: &str = " (deleted)";

pub(super) const ROOT: NodeId = NodeId(0);

impl Default for Names {
    fn default() -> Self {
        let mut names = Names {
            nodes: Vec::new(),
            floating: 0,
            marks_deleted: false,
            ending_in_deleted: HashSet::default(),
        };
        names.add(None, Rc::from("/"));
        names
    }
}

impl Names {
    /// A directory of which the log does not tell where it is; `label` is what its paths begin with.
    pub(super) fn floating(&mut self, label: &str) -> NodeId {
        self.floating += 1;
        self.add(None, Rc::from(label))
    }

    /// Whether some directory has no place.
    pub(super) fn has_floating(&self) -> bool {
        self.floating > 0
    }

    /// Whether the log tells that this path, which ends in ` (deleted)`, is written so because the name does.
    pub(super) fn may_end_in_deleted(&self, path: &str) -> bool {
        self.marks_deleted
            || path.rsplit('/').next().is_some_and(|name| self.ending_in_deleted.contains(name))
    }

    /// What `path` means, seen from `from`. Symbolic links are followed, the last only if `follow`.
    pub(super) fn resolve(&mut self, root: NodeId, from: NodeId, path: &str, follow: bool) -> NodeId {
        self.resolve_at_most(root, from, path, follow, 40)
    }

    fn resolve_at_most(
        &mut self,
        root: NodeId,
        from: NodeId,
        path: &str,
        follow: bool,
        links: u32,
    ) -> NodeId {
        let mut at = if path.starts_with('/') { root } else { from };
        let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != ".").peekable();
        while let Some(part) = parts.next() {
            if part == ".." {
                at = if at == root { at } else { self.parent(at) };
                continue;
            }
            let node = self.child(at, part);
            let is_last = parts.peek().is_none();
            at = match &self.nodes[node.0 as usize].meaning {
                Meaning::Symlink(target) if links > 0 && (follow || !is_last) => {
                    let target = Rc::clone(target);
                    self.resolve_at_most(root, at, &target, true, links - 1)
                }
                _ => node,
            };
        }
        at
    }

    pub(super) fn child(&mut self, directory: NodeId, name: &str) -> NodeId {
        let known = |children: &HashMap<Rc<str>, NodeId>| children.get(name).copied();
        if let Some(known) = self.nodes[directory.0 as usize].children.as_deref().and_then(known) {
            return known;
        }
        let name: Rc<str> = Rc::from(name);
        let node = self.add(Some(directory), Rc::clone(&name));
        self.adopt(directory, name, node);
        node
    }

    pub(super) fn parent(&mut self, node: NodeId) -> NodeId {
        match self.nodes[node.0 as usize].parent {
            Some(parent) => parent,
            None if node == ROOT => ROOT,
            None => {
                let above = format!("{}../", self.nodes[node.0 as usize].name);
                let parent = self.floating(&above);
                self.nodes[node.0 as usize].parent = Some(parent);
                parent
            }
        }
    }

    /// The path of a name: absolute, or relative to a directory that has no place.
    pub(super) fn path(&self, node: NodeId) -> String {
        let mut parts = Vec::new();
        let mut at = node;
        loop {
            let Node { parent, name, .. } = &self.nodes[at.0 as usize];
            match parent {
                // A directory above one without a place knows no name for it.
                Some(parent) if self.is_child(*parent, name, at) => {
                    parts.push(Rc::clone(name));
                    at = *parent;
                }
                _ => {
                    parts.reverse();
                    let path = parts.join("/");
                    return if path.is_empty() && at != ROOT {
                        format!("{name}.")
                    } else {
                        format!("{name}{path}")
                    };
                }
            }
        }
    }

    /// The directory without a place under which it is, if it is under such.
    pub(super) fn top(&self, node: NodeId) -> NodeId {
        let mut at = node;
        while let Node { parent: Some(parent), name, .. } = &self.nodes[at.0 as usize]
            && self.is_child(*parent, name, at)
        {
            at = *parent;
        }
        at
    }

    pub(super) fn meaning(&self, node: NodeId) -> &Meaning {
        &self.nodes[node.0 as usize].meaning
    }

    pub(super) fn set(&mut self, node: NodeId, meaning: Meaning) {
        self.nodes[node.0 as usize].meaning = meaning;
    }

    pub(super) fn before(&self, node: NodeId) -> Option<FileId> {
        self.nodes[node.0 as usize].before
    }

    pub(super) fn set_before(&mut self, node: NodeId, before: Option<FileId>) {
        self.nodes[node.0 as usize].before = before;
    }

    /// Whether something is known to be under it.
    pub(super) fn has_children(&self, node: NodeId) -> bool {
        self.nodes[node.0 as usize].children.is_some()
    }

    /// Moves `from` and everything under it to `to`. Returns the new node at the old name, which is absent.
    pub(super) fn rename(&mut self, from: NodeId, to: NodeId) -> Option<NodeId> {
        let (Some(from_parent), Some(to_parent)) = (self.in_directory(from), self.in_directory(to)) else {
            return None;
        };
        let (from_name, to_name) = (self.name(from), self.name(to));
        self.place(from, to_parent, &to_name);
        self.nodes[to.0 as usize].parent = None;
        let left = self.add(Some(from_parent), Rc::clone(&from_name));
        self.adopt(from_parent, from_name, left);
        self.set(left, Meaning::Absent);
        Some(left)
    }

    /// Both change places, with all that is under them.
    pub(super) fn exchange(&mut self, one: NodeId, other: NodeId) {
        let (Some(one_parent), Some(other_parent)) = (self.in_directory(one), self.in_directory(other))
        else {
            return;
        };
        let (one_name, other_name) = (self.name(one), self.name(other));
        self.place(one, other_parent, &other_name);
        self.place(other, one_parent, &one_name);
    }

    fn name(&self, node: NodeId) -> Rc<str> {
        Rc::clone(&self.nodes[node.0 as usize].name)
    }

    fn place(&mut self, node: NodeId, directory: NodeId, name: &Rc<str>) {
        self.nodes[node.0 as usize].parent = Some(directory);
        self.nodes[node.0 as usize].name = Rc::clone(name);
        self.adopt(directory, Rc::clone(name), node);
    }

    fn adopt(&mut self, directory: NodeId, name: Rc<str>, node: NodeId) {
        self.nodes[directory.0 as usize]
            .children
            .get_or_insert_with(|| Box::new(HashMap::new()))
            .insert(name, node);
    }

    /// The directory in which it has its name.
    fn in_directory(&self, node: NodeId) -> Option<NodeId> {
        let Node { parent, name, .. } = &self.nodes[node.0 as usize];
        parent.filter(|parent| self.is_child(*parent, name, node))
    }

    fn is_child(&self, parent: NodeId, name: &str, node: NodeId) -> bool {
        let children = self.nodes[parent.0 as usize].children.as_deref();
        children.and_then(|children| children.get(name)) == Some(&node)
    }

    fn add(&mut self, parent: Option<NodeId>, name: Rc<str>) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        if name.ends_with(DELETED) {
            self.ending_in_deleted.insert(Rc::clone(&name));
        }
        self.nodes.push(Node { parent, name, children: None, meaning: Meaning::Unknown, before: None });
        id
    }
}
