//! Splits the text of a query into tokens. It knows quotes, escapes and sections, but no grammar.
//!
//! In quoted text a quote is written twice; a backslash before one of `\ [ ] { } ( )` stands for that
//! character, as clients write it. No client escapes a star, so a plain star is always a wildcard; as an
//! addition of ours `\*` is a star itself. Any other backslash stands for itself, so that text of clients
//! that escape nothing is kept.

use crate::fault::{BadQuery, Fault};
use crate::pattern::Pattern;

/// A token of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `$filter=`
    Filter,
    /// `$orderby=`
    OrderBy,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// Anything without quotes: a name, keyword, number or unquoted value.
    Word(&'a str),
    /// Quoted text.
    Text(Pattern),
}

/// Characters that a backslash in quoted text makes plain.
pub(crate) const ESCAPED: &str = "\\[]{}()*";

/// Whether this character ends an unquoted word.
pub(crate) fn ends_word(character: char) -> bool {
    character.is_whitespace() || matches!(character, '(' | ')' | ',' | '\'' | '$')
}

/// The tokens of a text, each with the byte at which it begins.
pub(crate) fn tokens(text: &str) -> Result<Vec<(usize, Token<'_>)>, BadQuery> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let position = text.len() - rest.len();
        let (token, after) = match first {
            '(' => (Token::Open, skip(rest, 1)),
            ')' => (Token::Close, skip(rest, 1)),
            ',' => (Token::Comma, skip(rest, 1)),
            '\'' => quoted(skip(rest, 1)).ok_or(Fault::UnclosedText.at(position))?,
            '$' => section(skip(rest, 1)).ok_or(Fault::UnknownSection.at(position))?,
            _ => {
                let (word, after) = rest.split_at(rest.find(ends_word).unwrap_or(rest.len()));
                (Token::Word(word), after)
            }
        };
        tokens.push((position, token));
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn skip(text: &str, bytes: usize) -> &str {
    text.get(bytes..).unwrap_or_default()
}

/// Reads quoted text whose opening quote has been read.
fn quoted(text: &str) -> Option<(Token<'_>, &str)> {
    let mut pattern = Pattern::exact("");
    let mut characters = text.chars();
    loop {
        let next = characters.clone().next();
        match characters.next()? {
            '\'' if characters.as_str().starts_with('\'') => {
                characters.next();
                pattern.push('\'');
            }
            '\'' => return Some((Token::Text(pattern), characters.as_str())),
            '*' => pattern.push_wildcard(),
            '\\' => {
                let plain = characters.clone().next().filter(|&next| ESCAPED.contains(next));
                if plain.is_some() {
                    characters.next();
                }
                pattern.push(plain.or(next)?);
            }
            other => pattern.push(other),
        }
    }
}

/// Reads the name of a section whose dollar sign has been read.
fn section(text: &str) -> Option<(Token<'_>, &str)> {
    let (name, after) = text.split_once('=')?;
    let name = name.trim_end();
    if name.eq_ignore_ascii_case("filter") {
        Some((Token::Filter, after))
    } else if name.eq_ignore_ascii_case("orderby") {
        Some((Token::OrderBy, after))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_is_read_as_clients_escape_it() {
        for (quoted, expected) in [
            ("'plain'", "plain"),
            ("''", ""),
            ("'O''Brien'", "O'Brien"),
            ("''''", "'"),
            (r"'a\\b'", r"a\b"),
            (r"'\\'", r"\"),
            (r"'\(1\) \[x\] \{y\}'", "(1) [x] {y}"),
            (r"'C:\temp'", r"C:\temp"),
            (r"'ends in \'", r"ends in \"),
            (r"'100\*'", "100*"),
            ("'$filter= (,)'", "$filter= (,)"),
        ] {
            let expected = vec![(0, Token::Text(Pattern::exact(expected)))];
            assert_eq!(tokens(quoted), Ok(expected), "{quoted}");
        }
        let wild = vec![(0, Token::Text(Pattern::with_wildcards("Dev*")))];
        assert_eq!(tokens("'Dev*'"), Ok(wild));
        for open in ["'", "'a", "'a''", r"x '\(", "'''"] {
            let what = tokens(open).map_err(|bad| bad.what);
            assert_eq!(what, Err(Fault::UnclosedText), "{open}");
        }
    }

    #[test]
    fn sections_need_no_space_around_them() {
        let expected = vec![
            (0, Token::Filter),
            (8, Token::Open),
            (9, Token::Word("a")),
            (10, Token::Close),
            (11, Token::OrderBy),
            (20, Token::Word("b")),
        ];
        assert_eq!(tokens("$filter=(a)$orderby=b"), Ok(expected));
        assert_eq!(tokens(" $OrderBy = "), Ok(vec![(1, Token::OrderBy)]));
        for unknown in ["$top=1", "$filter", "a$b", "$"] {
            let what = tokens(unknown).map_err(|bad| bad.what);
            assert_eq!(what, Err(Fault::UnknownSection), "{unknown}");
        }
    }
}
