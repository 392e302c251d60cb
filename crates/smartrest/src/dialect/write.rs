//! Writing rows: the opposite of reading them, so that every field comes back as it was.

use super::is_blank;

/// One row without a line end. A quote inside a quoted field is written as `\"`, as devices expect it of the platform; a
/// backslash is doubled only where it would otherwise be read as belonging to a quote.
pub fn line(fields: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut line = String::new();
    for (place, field) in fields.into_iter().enumerate() {
        if place > 0 {
            line.push(',');
        }
        push_field(&mut line, field.as_ref());
    }
    line
}

fn push_field(line: &mut String, field: &str) {
    if !needs_quotes(field) {
        line.push_str(field);
        return;
    }
    line.push('"');
    let mut backslashes = 0;
    for character in field.chars() {
        if character == '"' {
            push_backslashes(line, backslashes + 1);
        }
        backslashes = if character == '\\' { backslashes + 1 } else { 0 };
        line.push(character);
    }
    push_backslashes(line, backslashes);
    line.push('"');
}

fn push_backslashes(line: &mut String, count: usize) {
    line.extend(std::iter::repeat_n('\\', count));
}

fn needs_quotes(field: &str) -> bool {
    let blank_at = |byte: Option<&u8>| byte.is_some_and(|byte| is_blank(*byte));
    let bytes = field.as_bytes();
    field.contains([',', '"', '\n', '\r', '\t']) || blank_at(bytes.first()) || blank_at(bytes.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_only_where_they_must_be() {
        for (field, expected) in [
            ("plain", "plain"),
            ("", ""),
            ("two words", "two words"),
            (" x", "\" x\""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", r#""say \"hi\"""#),
            (r"C:\temp", r"C:\temp"),
            (r"a,C:\", r#""a,C:\\""#),
            (r#"x\"y"#, r#""x\\\"y""#),
            ("a\nb", "\"a\nb\""),
        ] {
            assert_eq!(
                line(["511", "dev", field]),
                format!("511,dev,{expected}"),
                "{field:?}"
            );
        }
    }
}
