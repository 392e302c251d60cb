//! Documents and operations turned into rows by the response templates of a collection.

use super::{Collection, ResponseTemplate};
use crate::dialect::line;
use crate::json_path::Walk;
use crate::limits::{ANSWER_BYTES_MAX, ANSWER_ROWS_MAX, ANSWER_STEPS_MAX, FIELDS_MAX};
use crate::values::text_of;
use model::json::Json;

impl Collection {
    /// The rows of a document: of the answer to a request, or of an operation. Those of an operation name the device by its
    /// external id, the `serial`. Every template whose condition is in the document gives a row, or one for each element
    /// of its base; what is not found is an empty field.
    ///
    /// Templates and document may both come from a device, so together they cost no more than the limits say: with the
    /// first row that goes beyond one of them it ends.
    pub fn answer(&self, serial: Option<&str>, document: &Json) -> Vec<String> {
        let mut answer = Answer {
            serial,
            rows: Vec::new(),
            bytes_left: ANSWER_BYTES_MAX,
            walk: Walk::of(ANSWER_STEPS_MAX),
        };
        for template in self.responses() {
            if answer.add(template, document).is_none() {
                break;
            }
        }
        answer.rows
    }
}

/// The rows so far, and what further ones may cost.
struct Answer<'s> {
    serial: Option<&'s str>,
    rows: Vec<String>,
    bytes_left: usize,
    walk: Walk,
}

impl Answer<'_> {
    /// Adds the rows of a template; nothing when a limit was reached.
    fn add(&mut self, template: &ResponseTemplate, document: &Json) -> Option<()> {
        if let Some(condition) = &template.condition
            && !condition.exists(document, &mut self.walk)?
        {
            return Some(());
        }
        for base in self.bases(template, document)? {
            let row = self.row(template, base)?;
            // Rows are told as lines.
            self.bytes_left = self.bytes_left.checked_sub(row.len() + 1)?;
            self.rows.push(row);
        }
        Some(())
    }

    /// Where the patterns begin, at most as many times as there may be rows.
    fn bases<'j>(&mut self, template: &ResponseTemplate, document: &'j Json) -> Option<Vec<&'j Json>> {
        let most = ANSWER_ROWS_MAX - self.rows.len();
        let found = match &template.base {
            Some(base) => base.find(document, most, &mut self.walk)?,
            None => vec![document],
        };
        Some(match (found.as_slice(), &template.base) {
            // Without the base no pattern is found, which is a row too.
            ([], _) => vec![&Json::Null].into_iter().take(most).collect(),
            ([Json::Array(elements)], Some(_)) => elements.iter().take(most).collect(),
            _ => found.into_iter().take(most).collect(),
        })
    }

    fn row(&mut self, template: &ResponseTemplate, base: &Json) -> Option<String> {
        let mut fields = vec![template.id.as_str().to_owned()];
        fields.extend(self.serial.map(str::to_owned));
        let mut bytes_left = self.bytes_left;
        for pattern in &template.patterns {
            let room = FIELDS_MAX.saturating_sub(fields.len());
            let found = pattern.find(base, room, &mut self.walk)?;
            if found.is_empty() {
                fields.push(String::new());
            }
            for value in found {
                let text = text_of(value);
                bytes_left = bytes_left.checked_sub(text.len())?;
                fields.push(text);
            }
        }
        Some(line(fields))
    }
}

#[cfg(test)]
mod tests {
    use crate::collection::Collection;
    use crate::limits::{ANSWER_BYTES_MAX, ANSWER_STEPS_MAX};
    use model::json::{Json, Object};

    fn collection(text: &str) -> Collection {
        Collection::from_message(text.as_bytes()).expect("a collection")
    }

    fn object(fields: impl IntoIterator<Item = (String, Json)>) -> Json {
        Json::Object(fields.into_iter().collect::<Object>())
    }

    #[test]
    fn rows_beyond_the_bytes_of_an_answer_are_left_out() {
        let patterns = "$.big,".repeat(30);
        let templates: Vec<_> = (0..30).map(|id| format!("11,{id},,,{patterns}")).collect();
        let collection = collection(&templates.join("\n"));
        let small = object([("big".to_owned(), "x".into())]);
        assert_eq!(collection.answer(None, &small).len(), 30);
        // Two rows of this are too long together; of the next, one value is.
        let large = object([("big".to_owned(), "x".repeat(1_200).into())]);
        assert_eq!(collection.answer(Some("dev1"), &large).len(), 1);
        let huge = object([("big".to_owned(), "x".repeat(ANSWER_BYTES_MAX).into())]);
        assert_eq!(collection.answer(None, &huge), Vec::<String>::new());
    }

    #[test]
    fn templates_look_at_so_many_values_of_a_document_together_and_no_more() {
        // Every pattern goes over a thousand values and finds nothing; the last row asks for next to nothing.
        let patterns = "$.*.*.*.zz,".repeat(25);
        let patterns_walked = ANSWER_STEPS_MAX / 1_000;
        let rows = |templates: usize| {
            let templates = (0..templates).map(|id| format!("11,{id},,,{patterns}"));
            let templates: Vec<_> = templates.chain(["11,last,,,$.a".to_owned()]).collect();
            let ten = |inside: &Json| object((0..10).map(|at| (format!("p{at}"), inside.clone())));
            let document = ten(&ten(&ten(&1u64.into())));
            collection(&templates.join("\n")).answer(None, &document)
        };
        let few = rows(2);
        assert_eq!(few.len(), 3, "{few:?}");
        let many = rows(20);
        assert!(many.len() <= patterns_walked / 25, "{}", many.len());
        assert!(!many.iter().any(|row| row.starts_with("last")));
    }
}
