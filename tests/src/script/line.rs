//! One line of the language, read into its parts.

use winnow::Result;
use winnow::ascii::{digit1, multispace0, space0, space1, till_line_ending};
use winnow::combinator::{alt, delimited, eof, opt, preceded, repeat, separated, separated_pair, terminated};
use winnow::prelude::*;
use winnow::token::{any, none_of, take, take_while};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) word: String,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) answer: Option<Vec<Argument>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Argument {
    Word(String),
    Number(i128),
    Range(i128, i128),
    Bytes(Vec<u8>),
}

impl Line {
    /// `None` for a line without anything but a remark.
    pub(crate) fn parse(text: &str) -> std::result::Result<Option<Line>, String> {
        terminated(delimited(multispace0, opt(line), space0), (opt(remark), eof))
            .parse(text)
            .map_err(|error| format!("cannot be understood from `{}` on", &text[error.offset()..]))
    }
}

fn remark<'a>(input: &mut &'a str) -> Result<&'a str> {
    preceded('#', till_line_ending).parse_next(input)
}

fn line(input: &mut &str) -> Result<Line> {
    let word = word(input)?;
    let arguments = repeat(0.., preceded(space1, argument)).parse_next(input)?;
    let answer = opt(preceded((space1, "->"), repeat(1.., preceded(space1, argument)))).parse_next(input)?;
    Ok(Line { word, arguments, answer })
}

fn argument(input: &mut &str) -> Result<Argument> {
    alt((
        bytes.map(Argument::Bytes),
        separated_pair(number, "..", number).map(|(start, end)| Argument::Range(start, end)),
        number.map(Argument::Number),
        word.map(Argument::Word),
    ))
    .parse_next(input)
}

fn word(input: &mut &str) -> Result<String> {
    take_while(1.., ('a'..='z', 'A'..='Z', '0'..='9', '_')).map(str::to_owned).parse_next(input)
}

fn number(input: &mut &str) -> Result<i128> {
    let first = term(input)?;
    let others: Vec<(char, i128)> =
        repeat(0.., (delimited(space1, alt(('+', '-')), space1), term)).parse_next(input)?;
    Ok(others.into_iter().fold(first, |sum, (sign, n)| if sign == '+' { sum + n } else { sum - n }))
}

fn term(input: &mut &str) -> Result<i128> {
    alt((
        "u64::MAX".value(i128::from(u64::MAX)),
        "usize::MAX".value(usize::MAX as i128),
        "i64::MAX".value(i128::from(i64::MAX)),
        "i64::MIN".value(i128::from(i64::MIN)),
        (opt('-'), digit1, take_while(0.., ('0'..='9', '_')))
            .take()
            .try_map(|digits: &str| digits.replace('_', "").parse()),
    ))
    .parse_next(input)
}

fn bytes(input: &mut &str) -> Result<Vec<u8>> {
    let parts: Vec<Vec<u8>> = separated(1.., repeated, (space1, '+', space1)).parse_next(input)?;
    Ok(parts.concat())
}

fn repeated(input: &mut &str) -> Result<Vec<u8>> {
    let once = string(input)?;
    let times = opt(preceded((space1, '*', space1), term)).parse_next(input)?;
    Ok(once.repeat(times.map_or(1, |n| n as usize)))
}

fn string(input: &mut &str) -> Result<Vec<u8>> {
    let pieces: Vec<Vec<u8>> = delimited('"', repeat(0.., alt((escape, plain))), '"').parse_next(input)?;
    Ok(pieces.concat())
}

fn plain(input: &mut &str) -> Result<Vec<u8>> {
    none_of(['"', '\\']).map(|character: char| character.to_string().into_bytes()).parse_next(input)
}

fn escape(input: &mut &str) -> Result<Vec<u8>> {
    let byte = preceded('\\', any).parse_next(input)?;
    let byte = match byte {
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        '0' => 0,
        '"' | '\\' => byte as u8,
        'x' => take(2_usize).try_map(|digits| u8::from_str_radix(digits, 16)).parse_next(input)?,
        _ => return winnow::combinator::fail.parse_next(input),
    };
    Ok(vec![byte])
}
