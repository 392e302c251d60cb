//! Rust source text seen as a checker needs it: code without what strings and comments say, comments without code,
//! and the functions with their bodies. A reader of characters, not a parser: it knows no types and expands no macros.

/// A Rust text in two layers with the same lines and columns; what belongs to the other layer is blank.
#[derive(Debug)]
pub(crate) struct Layers {
    /// Code. Strings and characters keep their quotes and lose their content.
    pub(crate) code: String,
    /// Comments, documentation included, with their slashes.
    pub(crate) comments: String,
}

/// Takes a Rust text apart.
pub(crate) fn layers(text: &str) -> Layers {
    let mut reader = Reader {
        chars: text.chars().collect(),
        at: 0,
        code: String::new(),
        comments: String::new(),
    };
    while let Some(next) = reader.peek(0) {
        match next {
            '/' if reader.peek(1) == Some('/') => reader.line_comment(),
            '/' if reader.peek(1) == Some('*') => reader.block_comment(),
            '"' => reader.string(),
            'r' if reader.starts_raw_string() => reader.raw_string(),
            '\'' => reader.quote(),
            _ => reader.take(Layer::Code),
        }
    }
    Layers {
        code: reader.code,
        comments: reader.comments,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Code,
    Comment,
    Neither,
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    code: String,
    comments: String,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn take(&mut self, layer: Layer) {
        let Some(next) = self.peek(0) else { return };
        let blank = if next == '\n' { '\n' } else { ' ' };
        self.code.push(if layer == Layer::Code { next } else { blank });
        self.comments
            .push(if layer == Layer::Comment { next } else { blank });
        self.at += 1;
    }

    fn take_many(&mut self, count: usize, layer: Layer) {
        for _ in 0..count {
            self.take(layer);
        }
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.take(Layer::Comment);
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                _ => {
                    self.take(Layer::Comment);
                    continue;
                }
            }
            self.take_many(2, Layer::Comment);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.take(Layer::Code);
        while let Some(next) = self.peek(0) {
            match next {
                '"' => return self.take(Layer::Code),
                '\\' => self.take_many(2, Layer::Neither),
                _ => self.take(Layer::Neither),
            }
        }
    }

    /// At an `r`: does `r"` or `r#"` (also behind `b` or `c`) begin here?
    fn starts_raw_string(&self) -> bool {
        let before = |steps: usize| {
            self.at
                .checked_sub(steps)
                .and_then(|i| self.chars.get(i))
                .copied()
        };
        let free = |c: Option<char>| !c.is_some_and(is_word);
        let own_word = free(before(1)) || (matches!(before(1), Some('b' | 'c')) && free(before(2)));
        own_word && self.peek(1 + self.hashes(1)) == Some('"')
    }

    fn hashes(&self, from: usize) -> usize {
        (from..)
            .take_while(|ahead| self.peek(*ahead) == Some('#'))
            .count()
    }

    fn raw_string(&mut self) {
        let hashes = self.hashes(1);
        self.take_many(hashes + 2, Layer::Code);
        while let Some(next) = self.peek(0) {
            if next == '"' && self.hashes(1) >= hashes {
                return self.take_many(hashes + 1, Layer::Code);
            }
            self.take(Layer::Neither);
        }
    }

    /// A character literal or a lifetime: `'x'`, `'\n'`, `'static`.
    fn quote(&mut self) {
        if self.peek(1) == Some('\\') {
            self.take(Layer::Code);
            self.take_many(2, Layer::Neither);
            while self.peek(0).is_some_and(|c| c != '\'') {
                self.take(Layer::Neither);
            }
            self.take(Layer::Code);
        } else if self.peek(2) == Some('\'') {
            self.take(Layer::Code);
            self.take(Layer::Neither);
            self.take(Layer::Code);
        } else {
            self.take(Layer::Code);
        }
    }
}

/// A function found in a code layer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    /// Line of the `fn`, from 1.
    pub(crate) line: usize,
    /// What stands between the item before and `fn`: attributes and visibility.
    pub(crate) attributes: &'a str,
    /// From `{` to its `}`.
    pub(crate) body: &'a str,
}

impl Function<'_> {
    pub(crate) fn is_test(&self) -> bool {
        self.attributes.contains("#[test]") || self.attributes.contains("#[tokio::test")
    }
}

/// The functions with a body in a code layer, inner ones included, in the order of the text.
pub(crate) fn functions(code: &str) -> Vec<Function<'_>> {
    words(code, "fn")
        .filter_map(|at| {
            let after = code.get(at + 2..)?;
            let name = first_word(after.trim_start());
            let (open, close) = body(after)?;
            let attributes_from = code.get(..at)?.rfind(['{', '}', ';']).map_or(0, |i| i + 1);
            (!name.is_empty()).then_some(Function {
                name,
                line: line_of(code, at),
                attributes: code.get(attributes_from..at)?,
                body: after.get(open..close)?,
            })
        })
        .collect()
}

/// Where the body behind a `fn` begins and ends; nothing for a declaration without one.
fn body(after: &str) -> Option<(usize, usize)> {
    let mut nested = 0_usize;
    let mut open = None;
    for (at, c) in after.char_indices() {
        match (c, open) {
            (';', None) if nested == 0 => return None,
            ('{', None) if nested == 0 => (open, nested) = (Some(at), 1),
            ('(' | '[', None) | ('{', _) => nested += 1,
            (')' | ']', None) => nested = nested.checked_sub(1)?,
            ('}', _) => {
                nested = nested.checked_sub(1)?;
                if let (Some(open), 0) = (open, nested) {
                    return Some((open, at + 1));
                }
            }
            _ => {}
        }
    }
    None
}

/// The places where `word` stands by itself, not as a part of a longer word.
pub(crate) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text.get(..*at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// The leading word of a text; empty if it begins with anything else.
pub(crate) fn first_word(text: &str) -> &str {
    text.split(|c: char| !is_word(c)).next().unwrap_or("")
}

/// The line of a byte position, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    1 + text.get(..at).map_or(0, |before| before.matches('\n').count())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, code: &str, comments: &str) {
        let found = layers(text);
        assert_eq!(
            (found.code.as_str(), found.comments.trim()),
            (code, comments),
            "of {text}"
        );
    }

    #[test]
    fn text_is_split_into_code_and_comments() {
        check("a // b", "a     ", "// b");
        check(
            "a /* b /* c */ d */ e",
            "a                   e",
            "/* b /* c */ d */",
        );
        check("\"// no\"; x", "\"     \"; x", "");
        check(r#""a\"b" y"#, r#""    " y"#, "");
        check("r#\"a\"b\"# z", "r#\"   \"# z", "");
        check("br\"a\\\" z", "br\"  \" z", "");
        check("'\"' 'a: &'b x", "' ' 'a: &'b x", "");
        check(r"'\'' x '\u{1}'", r"'  ' x '     '", "");
        check("for\"x\"", "for\" \"", "");
    }

    #[test]
    fn lines_stay_where_they_were() {
        let found = layers("a\n/* b\nc */\n\"d\ne\" f");
        assert_eq!(found.code.lines().count(), 5);
        assert_eq!(found.comments.lines().nth(1), Some("/* b"));
        assert_eq!(found.code.lines().nth(4), Some(" \" f"));
    }

    #[test]
    fn functions_are_found_with_attributes_and_body() {
        let code = "use a;\n#[test]\nfn one(x: [u8; 2]) -> X { if y { 1 } }\nfn two();\n#[tokio::test]\nasync fn three() {}";
        let found: Vec<_> = functions(code)
            .iter()
            .map(|f| (f.name, f.line, f.is_test(), f.body))
            .collect();
        assert_eq!(
            found,
            [("one", 3, true, "{ if y { 1 } }"), ("three", 6, true, "{}")]
        );
    }

    #[test]
    fn a_word_inside_a_longer_word_is_not_found() {
        assert_eq!(words("fn_a fn afn fn", "fn").collect::<Vec<_>>(), [5, 12]);
    }
}
