//! Documents and operations turned into rows by the response templates of a collection.

use super::{Collection, ResponseTemplate};
use crate::dialect::line;
use crate::limits::{ANSWER_ROWS_MAX, FIELDS_MAX};
use crate::values::text_of;
use model::json::Json;

impl Collection {
    /// The rows of a document: of the answer to a request, or of an operation. Those of an operation name the device by its
    /// external id, the `serial`. Every template whose condition is in the document gives a row, or one for each element
    /// of its base; what is not found is an empty field.
    pub fn answer(&self, serial: Option<&str>, document: &Json) -> Vec<String> {
        let mut rows = Vec::new();
        for template in self.responses() {
            let condition = template.condition.as_ref();
            if condition.is_none_or(|condition| condition.exists(document)) {
                let left = ANSWER_ROWS_MAX - rows.len();
                let bases = template.bases(document, left);
                rows.extend(bases.into_iter().map(|base| template.row(serial, base)));
            }
        }
        rows
    }
}

impl ResponseTemplate {
    /// Where the patterns begin, at most so many times.
    fn bases<'j>(&self, document: &'j Json, most: usize) -> Vec<&'j Json> {
        let found = match &self.base {
            Some(base) => base.find(document, most),
            None => vec![document],
        };
        match (found.as_slice(), &self.base) {
            // Without the base no pattern is found, which is a row too.
            ([], _) => vec![&Json::Null].into_iter().take(most).collect(),
            ([Json::Array(elements)], Some(_)) => elements.iter().take(most).collect(),
            _ => found.into_iter().take(most).collect(),
        }
    }

    fn row(&self, serial: Option<&str>, base: &Json) -> String {
        let mut fields = vec![self.id.as_str().to_owned()];
        fields.extend(serial.map(str::to_owned));
        for pattern in &self.patterns {
            let found = pattern.find(base, FIELDS_MAX.saturating_sub(fields.len()));
            if found.is_empty() {
                fields.push(String::new());
            }
            fields.extend(found.into_iter().map(text_of));
        }
        line(fields)
    }
}
