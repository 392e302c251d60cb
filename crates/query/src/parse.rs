//! The grammar: tokens to a [`Query`]. It knows no objects.
//!
//! ```text
//! query     = [condition] *( "$filter=" [condition] / "$orderby=" [key *("," key)] ) ; each section once
//! key       = property ["asc" / "desc"]
//! condition = both *("or" both)
//! both      = single *("and" single)
//! single    = "not" single / "(" condition ")" / function / property operator value
//! function  = ("has" / "hasany" / "bygroupid" / "isinhierarchyof") "(" argument *("," argument) ")"
//!           / "contains" "(" property "," text ")"
//! operator  = "eq" / "ne" / "gt" / "ge" / "lt" / "le"
//! value     = quoted text / number / "true" / "false" / "null" / word
//! ```
//!
//! Where the published language is silent, this is decided:
//! - `not` binds more tightly than `and`, `and` more tightly than `or`;
//! - keywords are read in upper and lower case; a property called `not` is one when an operator follows it;
//! - properties and arguments may be quoted, as the web console does (`has('c8y_Dashboard!device!1')`);
//! - a text, filter or order that is blank says nothing (one client sends `$filter= $orderby=name`);
//! - `contains` is not published: a part of a text, in upper or lower case, in which a star is a star (`\*` in quotes);
//! - unquoted words are text with wildcards; a number is an integer, or has the suffix `f` or `d`.

mod value;

use crate::ast::{Filter, Op, OrderKey, Query};
use crate::fault::{BadQuery, Fault};
use crate::lex::{Token, tokens};
use crate::path::Path;
use crate::pattern::Part;
use model::ids::ObjectId;
use model::limits::{QUERY_BYTES_MAX, QUERY_DEPTH_MAX, QUERY_PARTS_MAX};
use value::Property;

impl Query {
    /// Reads a query. Its length is checked before anything else, its depth before each step down.
    pub fn parse(text: &str) -> Result<Self, BadQuery> {
        if text.len() > QUERY_BYTES_MAX {
            return Err(Fault::TooLong.at(QUERY_BYTES_MAX));
        }
        let tokens = tokens(text)?;
        Parser {
            rest: &tokens,
            end: text.len(),
            parts: 0,
        }
        .query()
    }
}

/// The tokens that are still to be read.
struct Parser<'a> {
    rest: &'a [(usize, Token<'a>)],
    end: usize,
    /// How many `contains` there were.
    parts: usize,
}

impl<'a> Parser<'a> {
    fn query(&mut self) -> Result<Query, BadQuery> {
        let mut filter = self.optional_condition()?;
        let mut order = Vec::new();
        let (mut filter_seen, mut order_seen) = (filter.is_some(), false);
        while let Some((position, token)) = self.take() {
            let seen = match token {
                Token::Filter => &mut filter_seen,
                Token::OrderBy => &mut order_seen,
                _ => return Err(Fault::Unexpected.at(position)),
            };
            if std::mem::replace(seen, true) {
                return Err(Fault::SectionTwice.at(position));
            }
            if *token == Token::Filter {
                filter = self.optional_condition()?;
            } else {
                order = self.optional_order()?;
            }
        }
        Ok(Query { filter, order })
    }

    fn optional_condition(&mut self) -> Result<Option<Filter>, BadQuery> {
        if self.at_section_end() {
            return Ok(None);
        }
        self.condition(0).map(Some)
    }

    fn optional_order(&mut self) -> Result<Vec<OrderKey>, BadQuery> {
        let mut keys = Vec::new();
        if self.at_section_end() {
            return Ok(keys);
        }
        loop {
            let path = self.property()?.path;
            let descending = self.take_keyword("desc");
            if !descending {
                self.take_keyword("asc");
            }
            keys.push(OrderKey { path, descending });
            if !self.take_if(&Token::Comma) {
                return Ok(keys);
            }
        }
    }

    fn condition(&mut self, depth: usize) -> Result<Filter, BadQuery> {
        let mut filters = vec![self.both(depth)?];
        while self.take_keyword("or") {
            filters.push(self.both(depth)?);
        }
        Ok(Filter::or(filters))
    }

    fn both(&mut self, depth: usize) -> Result<Filter, BadQuery> {
        let mut filters = vec![self.single(depth)?];
        while self.take_keyword("and") {
            filters.push(self.single(depth)?);
        }
        Ok(Filter::and(filters))
    }

    /// The only place where the grammar calls itself.
    fn single(&mut self, depth: usize) -> Result<Filter, BadQuery> {
        let deeper = if depth < QUERY_DEPTH_MAX {
            Ok(depth + 1)
        } else {
            Err(Fault::TooDeep.at(self.position()))
        };
        match self.rest {
            [(_, Token::Open), ..] => {
                self.take();
                let inner = self.condition(deeper?)?;
                self.close()?;
                Ok(inner)
            }
            [(_, Token::Word(not)), after @ ..] if is_negation(not, after) => {
                self.take();
                Ok(Filter::Not(Box::new(self.single(deeper?)?)))
            }
            [(position, Token::Word(name)), (_, Token::Open), ..] => {
                self.take();
                self.take();
                self.function(*position, name)
            }
            [(_, Token::Word(_) | Token::Text(_)), ..] => self.comparison(),
            _ => Err(Fault::ExpectedCondition.at(self.position())),
        }
    }

    /// A function whose name, at this position, and opening parenthesis have been read.
    fn function(&mut self, position: usize, name: &str) -> Result<Filter, BadQuery> {
        let is = |function: &str| name.eq_ignore_ascii_case(function);
        let filter = if is("has") {
            let path = self.fragment()?;
            if matches!(self.rest, [(_, Token::Comma), ..]) {
                return Err(Fault::OneArgument.at(self.position()));
            }
            Filter::Has(path)
        } else if is("hasany") {
            Filter::HasAny(self.arguments(Self::fragment)?)
        } else if is("contains") {
            self.part()?
        } else if is("bygroupid") {
            Filter::ByGroup(self.arguments(Self::object_id)?)
        } else if is("isinhierarchyof") {
            Filter::InHierarchyOf(self.arguments(Self::object_id)?)
        } else {
            return Err(Fault::UnknownFunction.at(position));
        };
        self.close()?;
        Ok(filter)
    }

    fn part(&mut self) -> Result<Filter, BadQuery> {
        self.parts += 1;
        if self.parts > QUERY_PARTS_MAX {
            return Err(Fault::TooManyParts.at(self.position()));
        }
        let path = self.property()?.path;
        let position = self.position();
        let part = match self.take_if(&Token::Comma).then(|| self.name()).flatten() {
            Some(text) => Part::of(text),
            None => return Err(Fault::ExpectedPart.at(position)),
        };
        Ok(Filter::Contains { path, part })
    }

    fn arguments<T>(&mut self, argument: fn(&mut Self) -> Result<T, BadQuery>) -> Result<Vec<T>, BadQuery> {
        let mut arguments = vec![argument(self)?];
        while self.take_if(&Token::Comma) {
            arguments.push(argument(self)?);
        }
        Ok(arguments)
    }

    fn fragment(&mut self) -> Result<Path, BadQuery> {
        let position = self.position();
        let path = self.property()?.path;
        if path.is_custom() {
            Ok(path)
        } else {
            Err(Fault::NotCustom.at(position))
        }
    }

    fn object_id(&mut self) -> Result<ObjectId, BadQuery> {
        let position = self.position();
        self.name()
            .and_then(|name| name.parse().ok())
            .ok_or(Fault::ExpectedId.at(position))
    }

    fn comparison(&mut self) -> Result<Filter, BadQuery> {
        let property = self.property()?;
        let position = self.position();
        let op = match self.take() {
            Some((_, Token::Word(name))) => Op::named(name),
            _ => None,
        };
        let op = op.ok_or(Fault::ExpectedOperator.at(position))?;
        let position = self.position();
        let token = self.take().map(|(_, token)| token);
        let value = value::read(&property, op, token).map_err(|fault| fault.at(position))?;
        Ok(Filter::Compare {
            path: property.path,
            op,
            value,
        })
    }

    fn property(&mut self) -> Result<Property, BadQuery> {
        let position = self.position();
        self.name()
            .and_then(Property::named)
            .ok_or(Fault::ExpectedProperty.at(position))
    }

    /// A name, quoted or not; nothing if it has a wildcard.
    fn name(&mut self) -> Option<&'a str> {
        match self.take()? {
            (_, Token::Word(word)) => Some(*word).filter(|word| !word.contains('*')),
            (_, Token::Text(pattern)) => pattern.literal(),
            _ => None,
        }
    }

    fn close(&mut self) -> Result<(), BadQuery> {
        let position = self.position();
        if self.take_if(&Token::Close) {
            Ok(())
        } else {
            Err(Fault::ExpectedClose.at(position))
        }
    }

    fn position(&self) -> usize {
        self.rest.first().map_or(self.end, |(position, _)| *position)
    }

    fn at_section_end(&self) -> bool {
        matches!(self.rest, [] | [(_, Token::Filter | Token::OrderBy), ..])
    }

    fn take(&mut self) -> Option<(usize, &'a Token<'a>)> {
        let ((position, token), rest) = self.rest.split_first()?;
        self.rest = rest;
        Some((*position, token))
    }

    fn take_if(&mut self, wanted: &Token<'_>) -> bool {
        let found = matches!(self.rest, [(_, token), ..] if token == wanted);
        if found {
            self.take();
        }
        found
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.rest, [(_, Token::Word(word)), ..] if word.eq_ignore_ascii_case(keyword));
        if found {
            self.take();
        }
        found
    }
}

/// Whether this word, with these tokens after it, negates: it does not when it is a property that is
/// compared.
fn is_negation(word: &str, after: &[(usize, Token<'_>)]) -> bool {
    let is_compared = matches!(after, [(_, Token::Word(op)), ..] if Op::named(op).is_some());
    word.eq_ignore_ascii_case("not") && !is_compared
}
