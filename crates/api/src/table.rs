//! Tables that are taken away as a file, made while they are sent: comma-separated values, or a spreadsheet. What is held
//! at a time is the rows of one chunk; it does not grow with the table.

use crate::answer::{Answer, Cut};
use crate::call::Call;
use crate::pieces;
use crate::spreadsheet::Spreadsheet;
use bytes::Bytes;
use engine::work::Query;
use http::header::CONTENT_DISPOSITION;
use std::io;

/// What a table is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// A spreadsheet, answered in this media type: the one that the caller accepts.
    Spreadsheet(&'static str),
}

impl Form {
    fn media(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Spreadsheet(media) => media,
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Spreadsheet(_) => "xlsx",
        }
    }
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// A text, by whomever it was written: never a formula.
    Text(String),
    /// A number as JSON writes it.
    Number(String),
}

impl Cell {
    /// A text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// What a table is called and what its columns are.
pub(crate) struct Head {
    /// The name of the file, without extension.
    pub(crate) name: &'static str,
    /// The columns.
    pub(crate) columns: &'static [&'static str],
}

/// A table of the rows of `first` and of the chunks that follow it. `rows` gives the rows of a chunk and the question for
/// the next one. Without a first chunk there is nothing but the head.
pub(crate) fn answer<Q: Query>(
    call: Call,
    form: Form,
    head: &Head,
    first: Option<Q::Answer>,
    rows: impl Fn(Q::Answer) -> (Vec<Vec<Cell>>, Option<Q>) + Send + 'static,
) -> Result<Answer, Cut> {
    let mut table = Table::begin(form, head.columns).map_err(|_| Cut)?;
    let mut begin = table.take();
    if first.is_none() {
        begin.extend(table.end().map_err(|_| Cut)?);
    }
    let part = move |chunk| {
        let (rows, next) = rows(chunk);
        (table.bytes(&rows, next.is_none()).map_err(|_| Cut), next)
    };
    let name = format!("attachment; filename=\"{}.{}\"", head.name, form.extension());
    let answer = pieces::answer(call, form.media(), Some(begin.into()), first, part);
    Ok(answer.with(CONTENT_DISPOSITION, name))
}

/// A table under way.
enum Table {
    Csv(Vec<u8>),
    Spreadsheet(Box<Spreadsheet>),
    Ended,
}

impl Table {
    fn begin(form: Form, columns: &[&'static str]) -> io::Result<Self> {
        let mut table = match form {
            Form::Csv => Self::Csv(Vec::new()),
            Form::Spreadsheet(_) => return Ok(Self::Spreadsheet(Box::new(Spreadsheet::new(columns)?))),
        };
        let head: Vec<_> = columns.iter().map(|name| Cell::text(*name)).collect();
        table.rows(&[head])?;
        Ok(table)
    }

    fn bytes(&mut self, rows: &[Vec<Cell>], are_last: bool) -> io::Result<Bytes> {
        self.rows(rows)?;
        let mut bytes = self.take();
        if are_last {
            bytes.extend(self.end()?);
        }
        Ok(bytes.into())
    }

    fn rows(&mut self, rows: &[Vec<Cell>]) -> io::Result<()> {
        match self {
            Self::Csv(bytes) => {
                let mut writer = csv::Writer::from_writer(bytes);
                for row in rows {
                    writer.write_record(row.iter().map(plain).map(String::into_bytes))?;
                }
                writer.flush()
            }
            Self::Spreadsheet(sheet) => rows.iter().try_for_each(|row| sheet.row(row)),
            Self::Ended => Ok(()),
        }
    }

    /// The bytes that are ready to be sent.
    fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Csv(bytes) => std::mem::take(bytes),
            Self::Spreadsheet(sheet) => sheet.take(),
            Self::Ended => Vec::new(),
        }
    }

    fn end(&mut self) -> io::Result<Vec<u8>> {
        match std::mem::replace(self, Self::Ended) {
            Self::Csv(_) | Self::Ended => Ok(Vec::new()),
            Self::Spreadsheet(sheet) => sheet.end(),
        }
    }
}

/// A cell of comma-separated values. A text that a spreadsheet would take for a formula is marked as text (R109).
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Number(digits) => digits.clone(),
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) => format!("'{text}"),
        Cell::Text(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv_of(rows: &[Vec<Cell>]) -> String {
        let mut table = Table::begin(Form::Csv, &["a", "b"]).expect("a table");
        let bytes = table.bytes(rows, true).expect("bytes");
        String::from_utf8(bytes.into()).expect("text")
    }

    // R109
    #[test]
    fn no_text_of_a_table_is_a_formula_and_numbers_stay_numbers() {
        for evil in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            assert!(plain(&Cell::text(evil)).starts_with('\''), "{evil:?}");
        }
        assert_eq!(plain(&Cell::Number("-1.5".to_owned())), "-1.5");
        assert_eq!(plain(&Cell::text("a=b")), "a=b");
    }

    #[test]
    fn texts_with_commas_quotes_and_line_feeds_stay_in_their_cells() {
        let row = vec![Cell::text("x,\"y\"\nz"), Cell::Number("1".to_owned())];
        assert_eq!(csv_of(&[row]), "a,b\n\"x,\"\"y\"\"\nz\",1\n");
    }
}
