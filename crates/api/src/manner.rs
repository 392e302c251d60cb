//! In what manner a client wants something to be done: stored or told, and shown afterwards or not.

use crate::answer::Answer;
use crate::media::Wish;
use crate::problem::Problem;
use contract::endpoints::Endpoint;
use contract::processing;
use http::request::Parts;
use model::processing::Processing;

/// The processing mode of a change; exactly one of those that the endpoint takes.
pub(crate) fn mode_of(parts: &Parts, endpoint: Endpoint) -> Result<Processing, Problem> {
    let taken = processing::modes(endpoint);
    let mut values = parts.headers.get_all(processing::HEADER).iter();
    let value = match (values.next(), values.next()) {
        (Some(value), None) if !taken.is_empty() => value,
        (Some(_), Some(_)) if !taken.is_empty() => return Err(Problem::processing_mode(endpoint)),
        _ => return Ok(Processing::Persistent),
    };
    let mode = value.to_str().ok().and_then(Processing::from_word);
    mode.filter(|mode| taken.contains(mode))
        .ok_or_else(|| Problem::processing_mode(endpoint))
}

/// The answer; without what was made or changed, if the client does not say that it accepts anything.
pub(crate) fn shown(answer: Answer, endpoint: Endpoint, wish: Wish) -> Answer {
    match contract::accept::is_shown_if_accepted(endpoint) {
        true => answer.only_if_wanted(wish),
        false => answer,
    }
}
