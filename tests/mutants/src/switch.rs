//! A source file with all its mutants in it, each behind a condition that is true when the program is told its number.
//!
//! So one build has them all, where one build for each would take a night (Untch, Offutt and Harrold, "Mutation
//! analysis using mutant schemata", 1993).

use std::collections::HashMap;
use std::ops::Range;

use anyhow::{Context, Result};
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::mutant::{Genre, Mutant};

/// The rewritten file.
#[derive(Default)]
pub(crate) struct Switched {
    pub(crate) text: String,
    /// Where in `text` each mutant's own words are.
    pub(crate) branches: Vec<(Range<usize>, usize)>,
}

/// `source` with those of its mutants (by number) that can be chosen while it runs. What is evaluated by the compiler
/// cannot, and is not in `branches`.
pub(crate) fn switch(source: &str, mutants: &[(usize, &Mutant)]) -> Result<Switched> {
    let file = syn::parse_file(source).context("not understood as Rust")?;
    let mut finder = Finder::default();
    for &(number, mutant) in mutants {
        finder.wanted.entry((mutant.genre, mutant.range(source).start)).or_default().push((number, mutant));
    }
    finder.visit_file(&file);
    // From outside in; what is inserted at a place comes before what is there.
    finder.edits.sort_by_key(|edit| (edit.range.start, !edit.range.is_empty(), usize::MAX - edit.range.end));
    let mut writer = Writer { source, edits: finder.edits.into_iter().peekable(), out: Switched::default() };
    writer.copy(0..source.len());
    Ok(writer.out)
}

type Alternatives<'a> = Vec<(usize, &'a Mutant)>;

/// A place to rewrite, and the mutants that are there.
struct Edit<'a> {
    range: Range<usize>,
    change: Change,
    mutants: Alternatives<'a>,
}

enum Change {
    /// At the beginning of a function's body.
    Return,
    /// The range is the whole expression, this the operator.
    Binary(Range<usize>),
    /// The range is the whole expression, this what the operator is applied to.
    Unary(Range<usize>),
    /// The range is the guard's condition.
    Guard,
    /// Behind the pattern of an arm that has no guard.
    NewGuard,
}

#[derive(Default)]
struct Finder<'a> {
    wanted: HashMap<(Genre, usize), Alternatives<'a>>,
    edits: Vec<Edit<'a>>,
    /// How many things around here are evaluated by the compiler.
    constant: usize,
}

impl<'a> Finder<'a> {
    fn take(&mut self, genre: Genre, at: usize) -> Alternatives<'a> {
        if self.constant > 0 { Vec::new() } else { self.wanted.remove(&(genre, at)).unwrap_or_default() }
    }

    fn edit(&mut self, range: Range<usize>, change: Change, mutants: Alternatives<'a>) {
        if !mutants.is_empty() {
            self.edits.push(Edit { range, change, mutants });
        }
    }

    fn constant(&mut self, visit: impl FnOnce(&mut Self)) {
        self.constant += 1;
        visit(self);
        self.constant -= 1;
    }

    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let (Some(first), None) = (body.stmts.first(), signature.constness) else { return };
        // `impl Trait` is one type, that of the first thing returned.
        if let syn::ReturnType::Type(_, ty) = &signature.output
            && ty.span().source_text().is_none_or(|text| text.contains("impl "))
        {
            return;
        }
        let mutants = self.take(Genre::FnValue, bytes(first.span()).start);
        let start = bytes(body.brace_token.span.open()).end;
        self.edit(start..start, Change::Return, mutants);
    }
}

impl Visit<'_> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &syn::ItemFn) {
        self.function(&item.sig, &item.block);
        if item.sig.constness.is_some() {
            self.constant(|finder| visit::visit_item_fn(finder, item));
        } else {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        if item.sig.constness.is_some() {
            self.constant(|finder| visit::visit_impl_item_fn(finder, item));
        } else {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_const(&mut self, item: &syn::ItemConst) {
        self.constant(|finder| visit::visit_item_const(finder, item));
    }

    fn visit_item_static(&mut self, item: &syn::ItemStatic) {
        self.constant(|finder| visit::visit_item_static(finder, item));
    }

    fn visit_impl_item_const(&mut self, item: &syn::ImplItemConst) {
        self.constant(|finder| visit::visit_impl_item_const(finder, item));
    }

    fn visit_trait_item_const(&mut self, item: &syn::TraitItemConst) {
        self.constant(|finder| visit::visit_trait_item_const(finder, item));
    }

    fn visit_variant(&mut self, item: &syn::Variant) {
        self.constant(|finder| visit::visit_variant(finder, item));
    }

    fn visit_expr_const(&mut self, expr: &syn::ExprConst) {
        self.constant(|finder| visit::visit_expr_const(finder, expr));
    }

    fn visit_type(&mut self, ty: &syn::Type) {
        self.constant(|finder| visit::visit_type(finder, ty));
    }

    fn visit_generic_argument(&mut self, argument: &syn::GenericArgument) {
        self.constant(|finder| visit::visit_generic_argument(finder, argument));
    }

    fn visit_expr_repeat(&mut self, expr: &syn::ExprRepeat) {
        self.visit_expr(&expr.expr);
        self.constant(|finder| finder.visit_expr(&expr.len));
    }

    fn visit_expr_binary(&mut self, expr: &syn::ExprBinary) {
        let operator = bytes(expr.op.span());
        // A `let` stands in a chain of conditions only, not in parentheses.
        if !has_let(&expr.left) && !has_let(&expr.right) {
            let mutants = self.take(Genre::BinaryOperator, operator.start);
            self.edit(bytes(expr.span()), Change::Binary(operator), mutants);
        }
        visit::visit_expr_binary(self, expr);
    }

    fn visit_expr_unary(&mut self, expr: &syn::ExprUnary) {
        let mutants = self.take(Genre::UnaryOperator, bytes(expr.op.span()).start);
        self.edit(bytes(expr.span()), Change::Unary(bytes(expr.expr.span())), mutants);
        visit::visit_expr_unary(self, expr);
    }

    fn visit_arm(&mut self, arm: &syn::Arm) {
        let mut mutants = self.take(Genre::MatchArm, bytes(arm.span()).start);
        match &arm.pat {
            syn::Pat::Guard(pattern) if !has_let(&pattern.guard) => {
                let range = bytes(pattern.guard.span());
                mutants.extend(self.take(Genre::MatchArmGuard, range.start));
                self.edit(range, Change::Guard, mutants);
            }
            syn::Pat::Guard(_) => {}
            pattern => {
                let end = bytes(pattern.span()).end;
                self.edit(end..end, Change::NewGuard, mutants);
            }
        }
        visit::visit_arm(self, arm);
    }
}

fn has_let(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

fn bytes(span: Span) -> Range<usize> {
    span.byte_range()
}

struct Writer<'a> {
    source: &'a str,
    edits: std::iter::Peekable<std::vec::IntoIter<Edit<'a>>>,
    out: Switched,
}

impl Writer<'_> {
    /// The source in `range`, rewritten.
    fn copy(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while let Some(edit) = self.edits.next_if(|edit| edit.range.start < range.end) {
            self.plain(at..edit.range.start);
            at = edit.range.end;
            self.rewrite(edit);
        }
        self.plain(at..range.end);
    }

    fn rewrite(&mut self, edit: Edit<'_>) {
        let Range { start, end } = edit.range;
        match edit.change {
            Change::Return => {
                for (number, mutant) in edit.mutants {
                    self.when(number, |writer| writer.push(&format!("return {};", mutant.replacement)));
                }
            }
            Change::Binary(operator) => {
                self.push("(");
                for (number, mutant) in edit.mutants {
                    self.when(number, |writer| {
                        writer.plain(start..operator.start);
                        writer.push(&mutant.replacement);
                        writer.plain(operator.end..end);
                    });
                    self.push(" else ");
                }
                self.push("{");
                self.copy(start..end);
                self.push("})");
            }
            Change::Unary(operand) => {
                self.push("(");
                for (number, _) in edit.mutants {
                    self.when(number, |writer| writer.plain(operand.clone()));
                    self.push(" else ");
                }
                self.push("{");
                self.copy(start..end);
                self.push("})");
            }
            Change::Guard => {
                let mut closing = String::new();
                for (number, mutant) in edit.mutants {
                    match mutant.replacement.as_str() {
                        "true" => self.push(&format!("({} || ", active(number))),
                        _ => self.push(&format!("(!{} && ", active(number))),
                    }
                    self.out.branches.push((self.out.text.len()..self.out.text.len(), number));
                    closing.push(')');
                }
                self.push("(");
                self.copy(start..end);
                self.push(")");
                self.push(&closing);
            }
            Change::NewGuard => {
                self.push(" if true");
                for (number, _) in edit.mutants {
                    self.push(&format!(" && !{}", active(number)));
                    self.out.branches.push((self.out.text.len()..self.out.text.len(), number));
                }
            }
        }
    }

    fn when(&mut self, number: usize, write: impl FnOnce(&mut Self)) {
        self.push(&format!("if {} {{", active(number)));
        let start = self.out.text.len();
        write(self);
        let end = self.out.text.len();
        self.out.branches.push((start..end, number));
        self.push("}");
    }

    fn plain(&mut self, range: Range<usize>) {
        self.push(&self.source[range]);
    }

    fn push(&mut self, text: &str) {
        self.out.text.push_str(text);
    }
}

fn active(number: usize) -> String {
    format!("::anystream_switch::active({number})")
}

#[cfg(test)]
mod tests {
    use super::{Mutant, switch};

    /// One that replaces what stands once in the line by `replacement`.
    fn mutant(source: &str, genre: &str, replaced: &str, replacement: &str) -> Mutant {
        let start = source.find(replaced).unwrap() + 1;
        let span = serde_json::json!({
            "start": { "line": 1, "column": start },
            "end": { "line": 1, "column": start + replaced.len() },
        });
        serde_json::from_value(serde_json::json!({
            "name": "", "package": "", "file": "", "genre": genre, "replacement": replacement, "span": span,
        }))
        .unwrap()
    }

    fn switched(source: &str, mutants: &[[&str; 3]]) -> String {
        let mutants: Vec<_> =
            mutants.iter().map(|[genre, from, to]| mutant(source, genre, from, to)).collect();
        let numbered: Vec<_> = mutants.iter().enumerate().collect();
        switch(source, &numbered).unwrap().text.replace("::anystream_switch::active", "is")
    }

    #[test]
    fn a_mistake_stands_behind_its_number_and_what_was_there_behind_all_of_them() {
        let binary = [["BinaryOperator", "+", "-"], ["BinaryOperator", "*", "/"]];
        let expected =
            "fn f(a: u8) -> u8 { (if is(0) {a - a * 2} else {a + (if is(1) {a / 2} else {a * 2})}) }";
        assert_eq!(switched("fn f(a: u8) -> u8 { a + a * 2 }", &binary), expected);
        let unary = [["UnaryOperator", "!", ""]];
        assert_eq!(
            switched("fn f(a: u8) -> u8 { !a }", &unary),
            "fn f(a: u8) -> u8 { (if is(0) {a} else {!a}) }"
        );
        let value = [["FnValue", "body()", "7"]];
        assert_eq!(
            switched("fn f() -> u8 { body() }", &value),
            "fn f() -> u8 {if is(0) {return 7;} body() }"
        );
    }

    #[test]
    fn an_arm_that_is_deleted_never_matches_and_a_guard_may_be_put_aside() {
        let arm = [["MatchArm", "0 => 1,", ""]];
        let source = "fn f(a: u8) -> u8 { match a { 0 => 1, _ => 2 } }";
        assert_eq!(
            switched(source, &arm),
            "fn f(a: u8) -> u8 { match a { 0 if true && !is(0) => 1, _ => 2 } }"
        );
        let guard = [["MatchArmGuard", "odd(b)", "true"]];
        let source = "fn f(a: u8) -> u8 { match a { b if odd(b) => 1, _ => 2 } }";
        let expected = "fn f(a: u8) -> u8 { match a { b if (is(0) || (odd(b))) => 1, _ => 2 } }";
        assert_eq!(switched(source, &guard), expected);
    }

    #[test]
    fn what_the_compiler_evaluates_is_left_alone() {
        for source in ["const A: u8 = 1 + 2;", "const fn f() -> u8 { 1 + 2 }", "fn f(a: [u8; 1 + 2]) {}"] {
            assert_eq!(switched(source, &[["BinaryOperator", "+", "-"]]), source);
        }
    }
}
