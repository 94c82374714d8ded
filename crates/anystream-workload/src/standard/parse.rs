//! From a text to a program.

use toml::de::{DeTable, DeValue};

use super::amount::{Amount, Unit};
use super::program::{Action, Amounts, Call, Place, Program, Spot, Step, Times, Whole};
use super::source::{Source, Table, Value, wrong};
use super::{Growth, Standard, StandardError};

pub(super) fn parse(file: &str, text: &str) -> Result<Standard, StandardError> {
    let source = Source { file, text };
    let table = DeTable::parse(text).map_err(|error| StandardError::NotToml {
        file: file.to_owned(),
        line: source.line(error.span().map_or(text.len(), |span| span.start)),
        reason: error.message().replace('\n', ", "),
    })?;
    let mut header = Table::new(source, Spot { line: 1, key: "phase" }, table.get_ref());
    let mut parser = Parser::default();

    let name = header.optional("name");
    name.as_ref().map(Value::text).transpose()?;
    header.requires(&[
        ("name", NAME),
        ("who", WHO),
        ("what", WHAT),
        ("scales", SCALES),
        ("grows", GROWS),
        ("phase", PHASES),
    ])?;
    let name = match name {
        Some(name) => name,
        None => header.required("name", NAME)?,
    };
    let name = name.text()?.to_owned();
    let who = header.required("who", WHO)?.text()?.to_owned();
    let what = header.required("what", WHAT)?.text()?.to_owned();
    let scales = header.required("scales", SCALES)?;
    let grows = growth(&header.required("grows", GROWS)?)?;
    let initial = match header.optional("initial") {
        Some(value) => Amounts::one(parser.amount(&value, Unit::Bytes, 0)?, Unit::Bytes, value.spot),
        None => Amounts::one(Amount::fixed(0), Unit::Bytes, header.spot),
    };
    let hold = match header.optional("hold") {
        Some(value) => Some((parser.hold(&value)?, value.spot)),
        None => None,
    };
    let phases = header.required("phase", PHASES)?.items(PHASES)?;
    let steps = phases.iter().map(|phase| parser.step(phase, 0)).collect::<Result<_, _>>()?;
    header.nothing_else()?;

    let program = parser.program(&scales, initial, hold, steps)?;
    let scales = scales.text()?.to_owned();
    Ok(Standard { name, who, what, scales, grows, file: file.to_owned(), program })
}

const NAME: &str = "write name = \"what it is called\"";
const WHO: &str = "write who = \"who does this in real life\"";
const WHAT: &str = "write what = \"what is done\"";
const SCALES: &str = "write scales = \"what the scale multiplies\"";
const GROWS: &str = "write what is twice as much at twice the scale: [\"operations\"], [\"length\"] or both";
const PHASES: &str = "write at least one [[phase]] with steps = [...] in it";
const STEPS: &str = "write steps = [{ do = \"write\", size = 100 }] or the like";
const DO: &str = "use one of: seek, read, read_exact, read_line, read_to_end, read_at, write, insert, remove, getvalue, \
                  truncate, set_len";
const AT: &str = "write \"start\", \"end\", \"here\", the name of a mark, a number of bytes, or one of { ahead = SIZE }, \
                  { back = SIZE }, { near = SIZE }, { anywhere = SIZE }, { hot = SIZE }, { reader = COUNT }";

/// How deep repeats may lie in one another.
const DEEPEST: usize = 8;
const MOST_READERS: u64 = 1024;
const MOST_HELD: u64 = 1 << 16;

fn growth(value: &Value<'_>) -> Result<Vec<Growth>, StandardError> {
    let growth = value.items(GROWS)?.into_iter().map(|item| match item.text()? {
        "operations" => Ok(Growth::Operations),
        "length" => Ok(Growth::Length),
        other => Err(item.wrong(format!("{other:?} is neither operations nor length"), GROWS)),
    });
    growth.collect()
}

/// What has been seen so far.
#[derive(Default)]
struct Parser {
    marks: Vec<Mark>,
    readers: Vec<usize>,
    anything_scaled: bool,
    lines_read: Option<Spot>,
    contents_changed: Option<Spot>,
    values_taken: bool,
}

struct Mark {
    name: String,
    set: bool,
    /// Where it is first named.
    spot: Spot,
}

impl Parser {
    fn program(
        self,
        scales: &Value<'_>,
        initial: Amounts,
        hold: Option<(usize, Spot)>,
        steps: Vec<Step>,
    ) -> Result<Program, StandardError> {
        let file = scales.source.file;
        if let Some((_, spot)) = hold.filter(|_| !self.values_taken) {
            let reason = "no step takes a value that could be held".to_owned();
            return Err(wrong(file, spot, reason, "leave it out, or add a step { do = \"getvalue\" }"));
        }
        if let Some(mark) = self.marks.iter().find(|mark| !mark.set) {
            return Err(wrong(file, mark.spot, format!("no step marks a place as {:?}", mark.name), AT));
        }
        if let (Some(read), Some(changed)) = (self.lines_read, self.contents_changed) {
            let reason =
                format!("lines are those of the initial contents, but line {} changes them", changed.line);
            return Err(wrong(file, read, reason, "use `read`, or change nothing"));
        }
        if !self.anything_scaled {
            let remedy = "write x scale behind one, such as repeat = \"100 x scale\"";
            return Err(scales.wrong("no number here is multiplied by the scale", remedy));
        }
        let (marks, reads_lines) = (self.marks.len(), self.lines_read.is_some());
        let hold = hold.map_or(0, |(values, _)| values);
        Ok(Program { initial, steps, marks, readers: self.readers, hold, reads_lines })
    }

    /// A phase, or a step in one.
    fn step(&mut self, value: &Value<'_>, depth: usize) -> Result<Step, StandardError> {
        let mut table = value.table(STEPS)?;
        let one_in = match table.optional("one_in") {
            Some(value) => self.constant(&value, Unit::Times)?,
            None => 1,
        };
        let action = if depth == 0 || table.has("steps") {
            self.repeat(&mut table, depth)?
        } else {
            self.call(&mut table)?
        };
        let spot = table.spot;
        table.nothing_else()?;
        Ok(Step { spot, one_in, action })
    }

    fn repeat(&mut self, table: &mut Table<'_>, depth: usize) -> Result<Action, StandardError> {
        if depth >= DEEPEST {
            return Err(
                table.wrong(format!("these steps lie in more than {DEEPEST} others"), "write them flatter")
            );
        }
        let times = match table.optional("repeat") {
            Some(value) if matches!(value.value, DeValue::String(text) if text == "to the end") => {
                Times::ToTheEnd
            }
            Some(value) => Times::Count(self.amounts(&value, Unit::Times, 1)?),
            None => Times::Count(Amounts::one(Amount::fixed(1), Unit::Times, table.spot)),
        };
        let steps = table.required("steps", STEPS)?.items(STEPS)?;
        let steps = steps.iter().map(|step| self.step(step, depth + 1)).collect::<Result<_, _>>()?;
        Ok(Action::Repeat { times, steps })
    }

    fn call(&mut self, table: &mut Table<'_>) -> Result<Action, StandardError> {
        let verb = table.required("do", DO)?;
        let call = match verb.text()? {
            "seek" => Call::Seek,
            "read" => Call::Read(self.size(table)?),
            "read_exact" => Call::ReadExact(self.size(table)?),
            "read_line" => Call::ReadLine,
            "read_to_end" => Call::ReadToEnd,
            "read_at" => Call::ReadAt(self.size(table)?),
            "write" => Call::Write(self.size(table)?),
            "insert" => Call::Insert(self.size(table)?),
            "remove" => Call::Remove(self.size(table)?),
            "getvalue" => {
                self.values_taken = true;
                return Ok(Action::Whole(Whole::GetValue));
            }
            "truncate" => return Ok(Action::Whole(Whole::Truncate(self.to(&verb, table)?))),
            "set_len" => return Ok(Action::Whole(Whole::SetLen(self.to(&verb, table)?))),
            other => return Err(verb.wrong(format!("there is no operation {other:?}"), DO)),
        };
        match call {
            Call::ReadLine => _ = self.lines_read.get_or_insert(verb.spot),
            Call::Write(_) | Call::Insert(_) | Call::Remove(_) => self.changes(&verb),
            _ => {}
        }
        let place = match table.optional("at") {
            Some(value) => self.place(&value)?,
            None => Place::Here,
        };
        let mark = match table.optional("mark") {
            Some(value) => Some(self.mark(&value)?),
            None => None,
        };
        Ok(Action::At { place, mark, call })
    }

    fn changes(&mut self, verb: &Value<'_>) {
        self.contents_changed.get_or_insert(verb.spot);
    }

    fn size(&mut self, table: &mut Table<'_>) -> Result<Amounts, StandardError> {
        self.amounts(&table.required("size", Unit::Bytes.examples())?, Unit::Bytes, 1)
    }

    fn to(&mut self, verb: &Value<'_>, table: &mut Table<'_>) -> Result<Amounts, StandardError> {
        self.changes(verb);
        self.amounts(&table.required("to", Unit::Bytes.examples())?, Unit::Bytes, 0)
    }

    fn mark(&mut self, value: &Value<'_>) -> Result<usize, StandardError> {
        let name = value.text()?;
        if matches!(name, "start" | "end" | "here") || name.starts_with(|c: char| c.is_ascii_digit()) {
            let reason = format!("{name:?} is a place of its own");
            return Err(
                value.wrong(reason, "choose a name that begins with a letter, not start, end or here")
            );
        }
        let mark = self.named(name, value.spot);
        if let Some(mark) = self.marks.get_mut(mark) {
            mark.set = true;
        }
        Ok(mark)
    }

    fn named(&mut self, name: &str, spot: Spot) -> usize {
        self.marks.iter().position(|mark| mark.name == name).unwrap_or_else(|| {
            self.marks.push(Mark { name: name.to_owned(), set: false, spot });
            self.marks.len() - 1
        })
    }

    fn place(&mut self, value: &Value<'_>) -> Result<Place, StandardError> {
        match value.value {
            DeValue::Integer(_) => Ok(Place::Offset(self.amounts(value, Unit::Bytes, 0)?)),
            DeValue::String(_) => Ok(match value.text()? {
                "here" => Place::Here,
                "start" => Place::Start,
                "end" => Place::End,
                text if text.starts_with(|c: char| c.is_ascii_digit()) => {
                    Place::Offset(self.amounts(value, Unit::Bytes, 0)?)
                }
                name => Place::Mark(self.named(name, value.spot)),
            }),
            DeValue::Table(_) => self.kind_of_place(value),
            _ => Err(value.wrong_type("a place", AT)),
        }
    }

    fn kind_of_place(&mut self, value: &Value<'_>) -> Result<Place, StandardError> {
        type Kind = fn(Amounts) -> Place;
        const KINDS: [(&str, Kind, u64); 5] = [
            ("ahead", Place::Ahead, 0),
            ("back", Place::Back, 0),
            ("near", Place::Near, 0),
            ("anywhere", Place::Anywhere, 1),
            ("hot", Place::Hot, 1),
        ];
        let mut table = value.table(AT)?;
        let mut place = match table.optional("reader") {
            Some(value) => Some(self.readers(&value)?),
            None => None,
        };
        for (key, kind, least) in KINDS {
            match table.optional(key) {
                Some(_) if place.is_some() => return Err(value.wrong("these are two places", AT)),
                Some(value) => place = Some(kind(self.amounts(&value, Unit::Bytes, least)?)),
                None => {}
            }
        }
        table.nothing_else()?;
        place.ok_or_else(|| value.wrong("this is no place", AT))
    }

    fn readers(&mut self, value: &Value<'_>) -> Result<Place, StandardError> {
        let count = self.constant(value, Unit::Times)?;
        if count > MOST_READERS {
            let reason = format!("{count} readers are more than {MOST_READERS}");
            return Err(value.wrong(reason, "use fewer; repeat the step to make them read more"));
        }
        self.readers.push(count as usize);
        Ok(Place::Reader(self.readers.len() - 1))
    }

    fn hold(&mut self, value: &Value<'_>) -> Result<usize, StandardError> {
        let values = self.constant(value, Unit::Times)?;
        if values > MOST_HELD {
            let reason = format!("{values} values are more than {MOST_HELD}");
            return Err(value.wrong(reason, "hold fewer"));
        }
        Ok(values as usize)
    }

    /// A number, or a list of the least and the greatest.
    fn amounts(&mut self, value: &Value<'_>, unit: Unit, least: u64) -> Result<Amounts, StandardError> {
        let ends = match value.value {
            DeValue::Array(_) => {
                let remedy = "write the least and the greatest, such as [1, 100]";
                let [low, high] = *value.items(remedy)? else {
                    return Err(value.wrong("a range has two ends", remedy));
                };
                let (low, high) = (self.amount(&low, unit, least)?, self.amount(&high, unit, least)?);
                if low.number > high.number {
                    return Err(value.wrong("this range ends before it begins", remedy));
                }
                [low, high]
            }
            _ => [self.amount(value, unit, least)?; 2],
        };
        Ok(Amounts { spot: value.spot, unit, ends })
    }

    fn constant(&mut self, value: &Value<'_>, unit: Unit) -> Result<u64, StandardError> {
        match self.amount(value, unit, 1)? {
            Amount { number, scaled: false } => Ok(number),
            Amount { number, .. } => {
                Err(value.wrong("this cannot grow with the scale", format!("write {number} alone")))
            }
        }
    }

    fn amount(&mut self, value: &Value<'_>, unit: Unit, least: u64) -> Result<Amount, StandardError> {
        let amount = match value.value {
            DeValue::Integer(integer) if integer.as_str().starts_with('-') => None,
            DeValue::Integer(integer) => Some(Amount {
                number: u64::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(u64::MAX),
                scaled: false,
            }),
            DeValue::String(text) => Amount::parse(text, unit),
            _ => return Err(value.wrong_type("a number", unit.examples())),
        };
        let Some(amount) = amount else {
            return Err(value.wrong(format!("this is no number of {}", unit.name()), unit.examples()));
        };
        if !(least..=unit.most()).contains(&amount.number) {
            let reason = format!("this is not from {least} to {} {}", unit.most(), unit.name());
            return Err(value.wrong(reason, unit.examples()));
        }
        self.anything_scaled |= amount.scaled;
        Ok(amount)
    }
}
