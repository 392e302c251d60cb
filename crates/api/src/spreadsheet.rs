//! A spreadsheet (Office Open XML, ECMA-376) that is written while it is sent: nothing of it is kept but what the
//! compression looks back on (32 KiB) and, for each sheet, a name. It does not know what the rows say.
//!
//! No cell is ever a formula: a text is stored as text, and marked so that it stays text when somebody edits it (R109).

use crate::table::Cell;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// Rows of a sheet, with its head: more are read by no spreadsheet program.
const ROWS_MAX: usize = 1 << 20;
/// Bytes of a sheet before it is compressed, about: far below what would need the longer form of an archive.
const SHEET_BYTES_MAX: usize = 1 << 30;
/// Characters of a cell, in units of UTF-16: a longer text is cut, and ends with an ellipsis.
const TEXT_MAX: usize = 32_767;
/// Digits that a number of a spreadsheet keeps. A longer number is shown as text, to the digit.
const DIGITS_MAX: usize = 17;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CONTENT: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// A spreadsheet under way. After the sheets' rows are full another sheet begins, with the same head.
pub(crate) struct Spreadsheet {
    archive: ZipWriter<StreamWriter<Outlet>>,
    outlet: Outlet,
    columns: Vec<&'static str>,
    rows_max: usize,
    sheets: usize,
    rows: usize,
    bytes: usize,
}

impl Spreadsheet {
    /// Begins one with these columns.
    pub(crate) fn new(columns: &[&'static str]) -> io::Result<Self> {
        Self::with_rows_max(columns, ROWS_MAX)
    }

    fn with_rows_max(columns: &[&'static str], rows_max: usize) -> io::Result<Self> {
        let outlet = Outlet::default();
        let mut spreadsheet = Self {
            archive: ZipWriter::new_stream(outlet.clone()),
            outlet,
            columns: columns.to_vec(),
            rows_max,
            sheets: 0,
            rows: 0,
            bytes: 0,
        };
        spreadsheet.begin_sheet()?;
        Ok(spreadsheet)
    }

    /// Appends a row.
    pub(crate) fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        if self.rows >= self.rows_max || self.bytes >= SHEET_BYTES_MAX {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        self.write_row(cells)
    }

    /// The bytes that are ready to be sent.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut *self.outlet.lock())
    }

    /// Ends it; gives the last bytes.
    pub(crate) fn end(mut self) -> io::Result<Vec<u8>> {
        self.end_sheet()?;
        for (name, text) in self.parts() {
            self.begin_part(&name)?;
            self.archive.write_all(text.as_bytes())?;
        }
        self.archive.finish()?;
        Ok(std::mem::take(&mut *self.outlet.lock()))
    }

    fn begin_part(&mut self, name: &str) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1));
        Ok(self.archive.start_file(name, options)?)
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        self.sheets += 1;
        (self.rows, self.bytes) = (0, 0);
        self.begin_part(&format!("xl/worksheets/sheet{}.xml", self.sheets))?;
        write!(self.archive, r#"{HEAD}<worksheet xmlns="{MAIN}"><sheetData>"#)?;
        let head: Vec<_> = self.columns.iter().map(|name| Cell::text(*name)).collect();
        self.write_row(&head)
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        self.archive.write_all(b"</sheetData></worksheet>")
    }

    fn write_row(&mut self, cells: &[Cell]) -> io::Result<()> {
        let mut row = String::from("<row>");
        for cell in cells {
            match cell {
                Cell::Number(digits) if is_kept(digits) => {
                    row.push_str("<c><v>");
                    row.push_str(digits);
                    row.push_str("</v></c>");
                }
                Cell::Text(text) | Cell::Number(text) if !text.is_empty() => {
                    row.push_str(r#"<c s="1" t="inlineStr"><is><t xml:space="preserve">"#);
                    escape(text, &mut row);
                    row.push_str("</t></is></c>");
                }
                Cell::Text(_) | Cell::Number(_) => row.push_str("<c/>"),
            }
        }
        row.push_str("</row>");
        self.rows += 1;
        self.bytes += row.len();
        self.archive.write_all(row.as_bytes())
    }

    /// What lies in the archive besides the sheets.
    fn parts(&self) -> [(String, String); 5] {
        let each = |line: &dyn Fn(usize) -> String| (1..=self.sheets).map(line).collect::<String>();
        let types = each(&|sheet| {
            format!(
                r#"<Override PartName="/xl/worksheets/sheet{sheet}.xml" ContentType="{CONTENT}.worksheet+xml"/>"#
            )
        });
        let sheets =
            each(&|sheet| format!(r#"<sheet name="Sheet{sheet}" sheetId="{sheet}" r:id="s{sheet}"/>"#));
        let targets = each(&|sheet| {
            format!(
                r#"<Relationship Id="s{sheet}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{sheet}.xml"/>"#
            )
        });
        let part = |name: &str, text: String| (name.to_owned(), format!("{HEAD}{text}"));
        [
            part("xl/styles.xml", styles()),
            part(
                "xl/workbook.xml",
                format!(
                    r#"<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>"#
                ),
            ),
            part(
                "xl/_rels/workbook.xml.rels",
                format!(
                    r#"<Relationships xmlns="{RELATIONS}">{targets}<Relationship Id="styles" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>"#
                ),
            ),
            part(
                "_rels/.rels",
                format!(
                    r#"<Relationships xmlns="{RELATIONS}"><Relationship Id="book" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
                ),
            ),
            part(
                "[Content_Types].xml",
                format!(
                    r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{CONTENT}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{CONTENT}.styles+xml"/>{types}</Types>"#
                ),
            ),
        ]
    }
}

/// Two styles: the plain one, and that of texts, which stay texts when they are edited.
fn styles() -> String {
    format!(
        r#"<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf xfId="0"/><xf xfId="0" quotePrefix="1"/></cellXfs></styleSheet>"#
    )
}

/// Whether a number of a spreadsheet keeps a number of JSON as it is.
fn is_kept(digits: &str) -> bool {
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    let figures = mantissa.bytes().filter(u8::is_ascii_digit);
    let count = figures.skip_while(|digit| *digit == b'0').count();
    let value: f64 = digits.parse().unwrap_or(f64::NAN);
    count <= DIGITS_MAX && value.is_finite()
}

/// Writes a text as the content of an element. Characters that XML has not are written as the format prescribes, `_x0001_`;
/// so is the underscore of a text that looks like it.
fn escape(text: &str, out: &mut String) {
    let units = text.encode_utf16().count();
    let mut left = if units > TEXT_MAX { TEXT_MAX - 1 } else { TEXT_MAX };
    for (at, letter) in text.char_indices() {
        let Some(rest) = left.checked_sub(letter.len_utf16()) else {
            break;
        };
        left = rest;
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '_' if text.get(at..).is_some_and(looks_escaped) => out.push_str("_x005F_"),
            '\t' | '\n' => out.push(letter),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push_str(&format!("_x{:04X}_", letter as u32)),
            letter => out.push(letter),
        }
    }
    if units > TEXT_MAX {
        out.push('…');
    }
}

fn looks_escaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.starts_with(b"_x")
        && bytes.get(6) == Some(&b'_')
        && bytes
            .get(2..6)
            .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
}

/// Where the archive writes to, until it is taken away.
#[derive(Clone, Default)]
struct Outlet(Arc<Mutex<Vec<u8>>>);

impl Outlet {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        // No code that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use zip::ZipArchive;

    fn part(bytes: &[u8], name: &str) -> String {
        let mut archive = ZipArchive::new(io::Cursor::new(bytes)).expect("an archive");
        let mut text = String::new();
        archive
            .by_name(name)
            .expect("the part")
            .read_to_string(&mut text)
            .expect("text");
        text
    }

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        escape(text, &mut out);
        out
    }

    // R109
    #[test]
    fn nothing_is_a_formula_and_nothing_breaks_out_of_its_cell() {
        let mut sheet = Spreadsheet::new(&["name", "value"]).expect("a sheet");
        let evil = "=1+1</t></is></c><c><f>1</f></c>";
        sheet
            .row(&[Cell::text(evil), Cell::Number("-1.50".to_owned())])
            .expect("a row");
        let text = part(&sheet.end().expect("the end"), "xl/worksheets/sheet1.xml");
        assert!(!text.contains("<f>"), "{text}");
        assert!(text.contains(r#"preserve">=1+1&lt;/t&gt;&lt;/is&gt;"#), "{text}");
        assert!(text.contains("<c><v>-1.50</v></c>"), "{text}");
    }

    #[test]
    fn numbers_that_would_lose_digits_are_texts() {
        for kept in ["1", "-0.5", "1e300", "0.30000000000000004", "21.50"] {
            assert!(is_kept(kept), "{kept}");
        }
        for lost in ["1e400", "123456789012345678901", "1.0000000000000000001"] {
            assert!(!is_kept(lost), "{lost}");
        }
    }

    #[test]
    fn texts_are_whole_or_visibly_cut() {
        assert_eq!(
            escaped("a\u{1}_x0001_ _x b\r\t"),
            "a_x0001__x005F_x0001_ _x b_x000D_\t"
        );
        let whole = "ä".repeat(TEXT_MAX);
        assert_eq!(escaped(&whole), whole);
        let cut = escaped(&format!("{whole}ä"));
        assert_eq!(cut.encode_utf16().count(), TEXT_MAX);
        assert!(cut.ends_with('…'));
        // A character of two units is not halved.
        assert!(escaped(&"😀".repeat(TEXT_MAX)).encode_utf16().count() <= TEXT_MAX);
    }

    #[test]
    fn what_one_sheet_has_no_room_for_goes_on_the_next() {
        let mut sheet = Spreadsheet::with_rows_max(&["n"], 3).expect("a sheet");
        for number in 0..5 {
            sheet.row(&[Cell::Number(number.to_string())]).expect("a row");
        }
        let bytes = sheet.end().expect("the end");
        for (name, first) in [("sheet1", 0), ("sheet2", 2), ("sheet3", 4)] {
            let text = part(&bytes, &format!("xl/worksheets/{name}.xml"));
            assert!(text.contains(&format!(
                "<t xml:space=\"preserve\">n</t></is></c></row><row><c><v>{first}</v>"
            )));
            assert!(part(&bytes, "[Content_Types].xml").contains(name));
        }
        let book = part(&bytes, "xl/workbook.xml");
        assert_eq!(book.matches("<sheet ").count(), 3);
        assert_eq!(
            part(&bytes, "xl/_rels/workbook.xml.rels")
                .matches("/worksheet\"")
                .count(),
            3
        );
    }

    #[test]
    fn what_waits_to_be_sent_does_not_grow_with_the_rows() {
        let mut sheet = Spreadsheet::new(&["time", "value"]).expect("a sheet");
        let (mut most, mut all) = (0, 0);
        for chunk in 0..200 {
            for row in 0..1_000 {
                let number = chunk * 1_000 + row;
                sheet
                    .row(&[
                        Cell::text(format!("{number:x}")),
                        Cell::Number(number.to_string()),
                    ])
                    .expect("a row");
            }
            let ready = sheet.take();
            // What the outlet keeps between two chunks is nothing at all, not even its room.
            assert_eq!(sheet.outlet.lock().capacity(), 0);
            most = most.max(ready.len());
            all += ready.len();
        }
        assert!(most < 128 << 10, "{most}");
        assert!(all > 10 * most, "{all} in all, {most} at once");
        assert!(sheet.end().expect("the end").len() < 128 << 10);
    }
}
