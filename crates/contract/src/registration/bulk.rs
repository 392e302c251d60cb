//! Files with devices: comma-separated values, with semicolons or tabs as well, whose first line names the columns. A line
//! that makes no sense is told with its number, and the others are read all the same.

use crate::body::{BadBody, shown};
use csv::{ReaderBuilder, StringRecord, Trim};
use model::inventory::{COMPUTED_PROPERTIES, GLOBAL, IS_DEVICE, STANDARD_PROPERTIES};
use model::json::{Json, Object};
use model::limits::{
    BULK_REGISTRATION_COLUMNS_MAX, BULK_REGISTRATION_LINES_MAX, BULK_REGISTRATION_PATH_MAX,
    ENROLMENT_PASSWORD_CHARS,
};
use model::names::{FragmentName, Label, TenantId};
use model::registration::{BulkLine, ID_TYPE_DEFAULT, RegisteredObject, Registering};
use model::secret::Secret;
use model::tenants::MANAGEMENT_ID;

/// Deepest object that a column with dots builds.
const DEPTH_MAX: usize = 8;
const OPERATIONS: &str = "c8y_SupportedOperations";

/// A line that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number in the file, from 1.
    pub line: usize,
    /// The device, as far as it is known.
    pub device: String,
    /// What is wrong.
    pub reason: String,
}

/// What a column says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Id,
    Credentials,
    AuthType,
    Otp,
    Tenant,
    Type,
    Name,
    Iccid,
    IdType,
    Path,
    Shell,
    External(Label),
    Custom(Vec<String>),
}

const COLUMNS: [(&str, Column); 11] = [
    ("ID", Column::Id),
    ("CREDENTIALS", Column::Credentials),
    ("AUTH_TYPE", Column::AuthType),
    ("ENROLLMENT_OTP", Column::Otp),
    ("TENANT", Column::Tenant),
    ("TYPE", Column::Type),
    ("NAME", Column::Name),
    ("ICCID", Column::Iccid),
    ("IDTYPE", Column::IdType),
    ("PATH", Column::Path),
    ("SHELL", Column::Shell),
];

/// Reads a file: each line, or what is wrong with it. `own` is the tenant of whoever sends it.
pub fn lines(text: &str, own: &TenantId) -> Result<Vec<Result<BulkLine, BadLine>>, BadBody> {
    let text = text.trim_start_matches('\u{feff}');
    let headers = text.lines().next().unwrap_or_default();
    let mut reader = ReaderBuilder::new()
        .delimiter(separator(headers))
        .flexible(true)
        .trim(Trim::Headers)
        .from_reader(text.as_bytes());
    let columns = columns(reader.headers().map_err(|_| bad_file("it is no text of lines"))?)?;
    let is_simple = columns
        .iter()
        .all(|column| matches!(column, Column::Id | Column::Path));
    let mut lines = Vec::new();
    let (mut number, mut seen) = (1, 0);
    for record in reader.records() {
        let record = record.map_err(|_| bad_file("a line cannot be read"))?;
        if lines.len() >= BULK_REGISTRATION_LINES_MAX {
            return Err(BadBody::TooMany {
                property: "file",
                most: BULK_REGISTRATION_LINES_MAX,
            });
        }
        let start = record.position().map_or(0, csv::Position::byte);
        number += line_breaks(text, &mut seen, usize::try_from(start).unwrap_or_default());
        let line = Line {
            number,
            columns: &columns,
            record: &record,
        };
        lines.push(line.read(is_simple, own).map_err(|reason| line.bad(reason)));
    }
    Ok(lines)
}

/// The line breaks between what was seen and where a record begins, behind empty lines.
fn line_breaks(text: &str, seen: &mut usize, start: usize) -> usize {
    let behind = text.get(start..).unwrap_or_default();
    let empty = behind.len() - behind.trim_start_matches(['\r', '\n']).len();
    let passed = text.get(*seen..start + empty).unwrap_or_default();
    *seen = start + empty;
    passed.matches('\n').count()
}

fn bad_file(rule: &'static str) -> BadBody {
    BadBody::Rule {
        property: "file".to_owned(),
        rule,
    }
}

/// The first of the separators that is in the line with the headers; a name of a column has none of them.
fn separator(headers: &str) -> u8 {
    let found = headers.bytes().find(|byte| b"\t;,".contains(byte));
    found.unwrap_or(b',')
}

fn columns(headers: &StringRecord) -> Result<Vec<Column>, BadBody> {
    if headers.len() > BULK_REGISTRATION_COLUMNS_MAX {
        return Err(bad_file("it has too many columns"));
    }
    let mut columns = Vec::with_capacity(headers.len());
    for header in headers {
        let column = column(header)?;
        let clashes = |other: &Column| match (other, &column) {
            (Column::Custom(one), Column::Custom(two)) => one.starts_with(two) || two.starts_with(one),
            (one, two) => one == two,
        };
        if columns.iter().any(clashes) {
            return Err(bad_column(header, "it is there twice, or inside of another one"));
        }
        columns.push(column);
    }
    match columns.contains(&Column::Id) {
        true => Ok(columns),
        false => Err(bad_file("it has no column ID in its first line")),
    }
}

fn bad_column(header: &str, rule: &'static str) -> BadBody {
    BadBody::Rule {
        property: shown(header),
        rule,
    }
}

fn column(header: &str) -> Result<Column, BadBody> {
    if let Some((_, column)) = COLUMNS.iter().find(|(name, _)| *name == header) {
        return Ok(column.clone());
    }
    if let Some(kind) = header.strip_prefix("external-") {
        let kind = kind
            .parse::<Label>()
            .ok()
            .filter(|kind| !kind.as_str().is_empty());
        return kind
            .map(Column::External)
            .ok_or_else(|| bad_column(header, "it names no type of external ids"));
    }
    let path: Vec<String> = header.split('.').map(str::to_owned).collect();
    let is_name = path.iter().all(|part| part.parse::<FragmentName>().is_ok());
    if !is_name || path.len() > DEPTH_MAX {
        return Err(bad_column(header, "it is no name of a property"));
    }
    let first = path.first().map(String::as_str).unwrap_or_default();
    let is_given = STANDARD_PROPERTIES.contains(&first) || COMPUTED_PROPERTIES.contains(&first);
    if is_given || first == GLOBAL || first == OPERATIONS {
        return Err(bad_column(header, "it cannot be set here"));
    }
    Ok(Column::Custom(path))
}

struct Line<'f> {
    number: usize,
    columns: &'f [Column],
    record: &'f StringRecord,
}

impl Line<'_> {
    fn bad(&self, reason: String) -> BadLine {
        BadLine {
            line: self.number,
            device: shown(self.value(&Column::Id).unwrap_or_default()),
            reason,
        }
    }

    /// The columns with what this line has in them, without those that are empty.
    fn values(&self) -> impl Iterator<Item = (&Column, &str)> {
        let values = self.columns.iter().zip(self.record.iter());
        values.filter(|(_, value)| !value.trim().is_empty())
    }

    /// As it is: of a password every space counts.
    fn value(&self, column: &Column) -> Option<&str> {
        self.values()
            .find(|(other, _)| *other == column)
            .map(|(_, value)| value)
    }

    fn text(&self, column: &Column) -> Option<&str> {
        self.value(column).map(str::trim)
    }

    fn label(&self, column: &Column, name: &str) -> Result<Option<Label>, String> {
        let text = self.text(column);
        text.map(|text| text.parse().map_err(|bad| format!("{name}: {bad}")))
            .transpose()
    }

    fn read(&self, is_simple: bool, own: &TenantId) -> Result<BulkLine, String> {
        if self.record.len() > self.columns.len() {
            return Err("there are more values than columns".to_owned());
        }
        let id = self.text(&Column::Id).ok_or("ID is missing")?;
        // Elsewhere the column has no meaning.
        let tenant = self
            .text(&Column::Tenant)
            .filter(|_| own.as_str() == MANAGEMENT_ID);
        if tenant.is_some_and(|tenant| tenant != own.as_str()) {
            return Err("TENANT: an operator registers no devices in other tenants".to_owned());
        }
        Ok(BulkLine {
            line: self.number,
            id: id.parse().map_err(|bad| format!("ID: {bad}"))?,
            how: match is_simple {
                true => Registering::Request,
                false => self.user(id)?,
            },
            path: self.path()?,
        })
    }

    fn user(&self, id: &str) -> Result<Registering, String> {
        match self.text(&Column::AuthType) {
            None | Some("BASIC") => {}
            Some("CERTIFICATES") => return self.certificates(id),
            Some(_) => return Err("AUTH_TYPE: BASIC or CERTIFICATES is expected".to_owned()),
        }
        if self.text(&Column::Otp).is_some() {
            return Err("ENROLLMENT_OTP: one-time passwords are for devices with certificates".to_owned());
        }
        let password = self.value(&Column::Credentials).ok_or("CREDENTIALS is missing")?;
        Ok(Registering::User {
            password: Secret::new(password),
            object: self.object(id)?,
        })
    }

    /// A device without a password.
    fn certificates(&self, id: &str) -> Result<Registering, String> {
        if self.value(&Column::Credentials).is_some() {
            return Err("CREDENTIALS: a device with certificates has no password".to_owned());
        }
        let otp = self.value(&Column::Otp);
        let fits = |otp: &str| {
            ENROLMENT_PASSWORD_CHARS.contains(&otp.chars().count())
                && !otp.chars().any(|c| c.is_control() || c.is_whitespace())
        };
        if otp.is_some_and(|otp| !fits(otp)) {
            return Err("ENROLLMENT_OTP: 8 to 32 characters without spaces are expected".to_owned());
        }
        Ok(Registering::Certificates {
            otp: otp.map(Secret::new),
            object: self.object(id)?,
        })
    }

    fn path(&self) -> Result<Vec<Label>, String> {
        let Some(path) = self.text(&Column::Path) else {
            return Ok(Vec::new());
        };
        let names = path.split('/').map(str::trim).filter(|name| !name.is_empty());
        let path: Result<Vec<Label>, _> = names.map(str::parse).collect();
        let path = path.map_err(|bad| format!("PATH: {bad}"))?;
        match path.len() <= BULK_REGISTRATION_PATH_MAX {
            true => Ok(path),
            false => Err("PATH: there are too many groups in it".to_owned()),
        }
    }

    /// The device's object, if the line says anything about it.
    fn object(&self, id: &str) -> Result<Option<RegisteredObject>, String> {
        let is_about_object = |(column, _): (&Column, &str)| {
            !matches!(
                column,
                Column::Id
                    | Column::Credentials
                    | Column::AuthType
                    | Column::Otp
                    | Column::Tenant
                    | Column::Path
            )
        };
        if !self.values().any(is_about_object) {
            return Ok(None);
        }
        let kind = self.label(&Column::Type, "TYPE")?;
        let name = self.label(&Column::Name, "NAME")?;
        let (Some(kind), Some(name)) = (kind, name) else {
            return Err("TYPE and NAME are needed for what the device says of itself".to_owned());
        };
        Ok(Some(RegisteredObject {
            name,
            kind,
            ids: self.ids(id)?,
            fragments: self.fragments()?,
        }))
    }

    fn ids(&self, id: &str) -> Result<Vec<(Label, Label)>, String> {
        let label = |text: &str| text.parse::<Label>().map_err(|bad| bad.to_string());
        let own = match self.label(&Column::IdType, "IDTYPE")? {
            Some(kind) => kind,
            None => label(ID_TYPE_DEFAULT)?,
        };
        let mut ids = vec![(own, label(id)?)];
        for (column, value) in self.values() {
            if let Column::External(kind) = column {
                ids.push((kind.clone(), label(value.trim())?));
            }
        }
        Ok(ids)
    }

    fn fragments(&self) -> Result<Object, String> {
        let mut fragments = Object::new();
        fragments.set(IS_DEVICE, Object::new());
        for (column, value) in self.values() {
            let value = value.trim();
            match column {
                Column::Custom(path) => put(&mut fragments, path, value),
                Column::Iccid => put(
                    &mut fragments,
                    &["c8y_Mobile".to_owned(), "iccid".to_owned()],
                    value,
                ),
                Column::Shell if value == "1" => {
                    fragments.set(OPERATIONS, vec![Json::from("c8y_Command")]);
                }
                Column::Shell if value != "0" => return Err("SHELL: 1 or nothing is expected".to_owned()),
                _ => {}
            }
        }
        Ok(fragments)
    }
}

/// Sets a value inside of objects, which are made where they are not there.
fn put(object: &mut Object, path: &[String], value: &str) {
    match path {
        [] => {}
        [name] => object.set(name.clone(), value),
        [name, rest @ ..] => {
            let mut inner = match object.get(name) {
                Some(Json::Object(inner)) => inner.clone(),
                _ => Object::new(),
            };
            put(&mut inner, rest, value);
            object.set(name.clone(), inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<Result<BulkLine, BadLine>> {
        lines(text, &"t100".parse().expect("an id")).expect("a file")
    }

    fn reasons(text: &str) -> Vec<String> {
        let lines = read(text).into_iter();
        lines
            .map(|line| line.err().map_or(String::new(), |bad| bad.reason))
            .collect()
    }

    fn object(line: Result<BulkLine, BadLine>) -> RegisteredObject {
        match line.expect("a line").how {
            Registering::User {
                object: Some(object), ..
            } => object,
            _ => panic!("no object"),
        }
    }

    // R078
    #[test]
    fn the_separator_is_the_one_of_the_headers() {
        for separator in ["\t", ";", ","] {
            let text = format!("\u{feff}ID{separator}PATH\r\nd1{separator}a/b\r\n\r\nd2{separator}\r\n");
            let lines: Vec<_> = read(&text)
                .into_iter()
                .map(|line| line.expect("a line"))
                .collect();
            let found: Vec<_> = lines
                .iter()
                .map(|line| (line.line, line.id.as_str(), line.path.len()))
                .collect();
            assert_eq!(found, [(2, "d1", 2), (4, "d2", 0)], "{separator:?}");
            assert!(lines.iter().all(|line| matches!(line.how, Registering::Request)));
        }
    }

    #[test]
    fn columns_build_the_object_of_a_device() {
        let text = "ID;CREDENTIALS;TYPE;NAME;ICCID;IDTYPE;PATH;SHELL;com_cumulocity_model_Agent.active;a.b.c;a.d;external-Msisdn\n\
                    i1;\"a;b\"; k ;n;123;t;x/y;1;true;1;2;555";
        let object = object(read(text).remove(0));
        let ids: Vec<_> = object
            .ids
            .iter()
            .map(|(kind, id)| format!("{kind}={id}"))
            .collect();
        assert_eq!(
            (object.kind.as_str(), ids),
            ("k", vec!["t=i1".to_owned(), "Msisdn=555".to_owned()])
        );
        let fragments = r#"{"c8y_IsDevice":{},"c8y_Mobile":{"iccid":"123"},"c8y_SupportedOperations":["c8y_Command"],"com_cumulocity_model_Agent":{"active":"true"},"a":{"b":{"c":"1"},"d":"2"}}"#;
        assert_eq!(object.fragments.to_string(), fragments);
    }

    #[test]
    fn a_bad_line_is_told_and_the_others_are_read() {
        let text = "ID,CREDENTIALS,AUTH_TYPE,NAME,TENANT\n\
                    d1,a password 1,,,\n\
                    d 2,a password 1,,,\n\
                    ,a password 1,,,\n\
                    d4,,,,\n\
                    d5,a password 1,CERTIFICATES,,\n\
                    d6,a password 1,BASIC,only a name,\n\
                    d7,a password 1,X,,\n\
                    d8,a password 1,,,,,\n\
                    d9,a password 1,,,t200\n";
        let starts = [
            "",
            "ID: ",
            "ID is missing",
            "CREDENTIALS is missing",
            "CREDENTIALS: a device with",
            "TYPE and NAME",
            "AUTH_TYPE: BASIC or",
            "there are more",
            "",
        ];
        let reasons = reasons(text);
        assert_eq!(reasons.len(), starts.len());
        for (reason, start) in reasons.iter().zip(starts) {
            assert!(
                reason.starts_with(start) && reason.is_empty() == start.is_empty(),
                "{reason}"
            );
        }
        let management = "management".parse().expect("an id");
        let of_management = lines("ID,TENANT,PATH\nd1,t200,\nd2,management,\nd3,,\n", &management);
        let refused: Vec<bool> = of_management
            .expect("a file")
            .iter()
            .map(Result::is_err)
            .collect();
        // Without a password they are refused for that.
        assert_eq!(refused, [true, true, true]);
    }

    #[test]
    fn a_file_that_cannot_be_understood_is_refused_whole() {
        let own = "t100".parse().expect("an id");
        for text in [
            "",
            "PATH\nx\n",
            "ID,ID\na,b\n",
            "ID,a,a.b\n1,2,3\n",
            "ID,c8y_Global\n1,2\n",
            "ID,owner\n1,2\n",
            "ID,c8y_Availability.status\n1,2\n",
            "ID,a..b\n1,2\n",
            "ID,external-\n1,2\n",
        ] {
            assert!(lines(text, &own).is_err(), "{text:?}");
        }
        let many = format!("ID\n{}", "d\n".repeat(BULK_REGISTRATION_LINES_MAX + 1));
        assert!(lines(&many, &own).is_err());
        let wide = vec!["ID".to_owned()].into_iter();
        let wide: Vec<_> = wide
            .chain((0..BULK_REGISTRATION_COLUMNS_MAX).map(|n| format!("c{n}")))
            .collect();
        assert!(lines(&wide.join(","), &own).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(text in "\\PC{0,200}", more in "[ID;,\t\r\n\"a.b/]{0,200}") {
            let own = "t100".parse().expect("an id");
            let _ = lines(&text, &own);
            let _ = lines(&format!("ID{more}"), &own);
        }
    }
}
