//! A query as text, in the published form: parsing it gives the same query again.

use crate::ast::{Filter, Op, OrderKey, Query, Value};
use crate::lex::{ESCAPED, ends_word};
use crate::path::Path;
use crate::pattern::Pattern;
use std::fmt::{self, Display, Formatter, Write};

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(filter) = &self.filter {
            write!(f, "$filter={filter}")?;
        }
        if self.order.is_empty() {
            return Ok(());
        }
        f.write_str(if self.filter.is_some() {
            " $orderby="
        } else {
            "$orderby="
        })?;
        separated(f, &self.order, ",")
    }
}

impl Display for OrderKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let direction = if self.descending { "desc" } else { "asc" };
        write!(f, "{} {direction}", Name(&self.path))
    }
}

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            // Only a disjunction inside a conjunction needs parentheses.
            Self::And(filters) => {
                let grouped = filters.iter().map(|filter| match filter {
                    Self::Or(_) => format!("({filter})"),
                    _ => filter.to_string(),
                });
                separated(f, grouped, " and ")
            }
            Self::Or(filters) => separated(f, filters, " or "),
            // No parentheses where none are needed: each would be one level deeper when it is read again.
            Self::Not(filter) => match **filter {
                Self::And(_) | Self::Or(_) => write!(f, "not ({filter})"),
                _ => write!(f, "not {filter}"),
            },
            Self::Has(path) => write!(f, "has({})", Name(path)),
            Self::HasAny(paths) => call(f, "hasany", paths.iter().map(Name)),
            Self::Contains { path, part } => {
                write!(f, "contains({},{})", Name(path), Pattern::exact(part.text()))
            }
            Self::ByGroup(ids) => call(f, "bygroupid", ids),
            Self::InHierarchyOf(ids) => call(f, "isinhierarchyof", ids),
            Self::Compare { path, op, value } => {
                let date = if matches!(value, Value::Time(_)) {
                    ".date"
                } else {
                    ""
                };
                write!(f, "{}{date} {} {value}", Name(path), op.name())
            }
        }
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(pattern) => write!(f, "{pattern}"),
            Self::Number(number) if number.text().contains(['.', 'e', 'E']) => {
                write!(f, "{}d", number.text())
            }
            Self::Number(number) => f.write_str(number.text()),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Time(time) => write!(f, "'{time}'"),
            Self::Null => f.write_str("null"),
        }
    }
}

/// In quotes, with everything escaped that is not a wildcard.
impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('\'')?;
        for (place, piece) in self.pieces().enumerate() {
            if place > 0 {
                f.write_char('*')?;
            }
            for character in piece.chars() {
                match character {
                    '\'' => f.write_str("''")?,
                    special if ESCAPED.contains(special) => write!(f, "\\{special}")?,
                    plain => f.write_char(plain)?,
                }
            }
        }
        f.write_char('\'')
    }
}

/// A path, quoted if it could not be read otherwise: `not eq ...` would compare a property called `not`.
struct Name<'a>(&'a Path);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let path = self.0.as_str();
        let is_plain = !path.contains(|character| ends_word(character) || character == '*');
        if !is_plain || Op::named(path).is_some() {
            write!(f, "{}", Pattern::exact(path))
        } else {
            f.write_str(path)
        }
    }
}

fn call<T: Display>(
    f: &mut Formatter<'_>,
    name: &str,
    arguments: impl IntoIterator<Item = T>,
) -> fmt::Result {
    write!(f, "{name}(")?;
    separated(f, arguments, ",")?;
    f.write_char(')')
}

fn separated<T: Display>(
    f: &mut Formatter<'_>,
    items: impl IntoIterator<Item = T>,
    separator: &str,
) -> fmt::Result {
    for (place, item) in items.into_iter().enumerate() {
        if place > 0 {
            f.write_str(separator)?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}
