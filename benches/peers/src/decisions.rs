//! The same questions, put to both: first every answer is compared, then both are timed in turn.

use crate::cedar::Cedar;
use crate::graph::{Graph, Size};
use crate::ours::Ours;
use crate::row;
use std::hint::black_box;
use std::time::Instant;

/// Questions between two looks at the clock.
const BLOCK: usize = 500;

/// Questions that one of the two answers before it is the other's turn.
const TURN: usize = 10_000;

pub(crate) fn compare(is_quick: bool) -> Result<(), String> {
    let graph = Graph::new(&Size {
        users: if is_quick { 50 } else { 1_000 },
        groups: if is_quick { 10 } else { 50 },
        questions: if is_quick { 2_000 } else { 100_000 },
    });
    let (ours, cedar) = (Ours::new(&graph), Cedar::new(&graph)?);
    let requests = graph.questions.iter().map(|question| cedar.request(question));
    let requests = requests.collect::<Result<Vec<_>, _>>()?;
    let mut allowed = 0;
    for (question, request) in graph.questions.iter().zip(&requests) {
        let answers = [
            ours.cached(question),
            ours.cold(question),
            cedar.cached(question, request),
            cedar.cold(question)?,
        ];
        if answers.iter().any(|answer| *answer != answers[0]) {
            return Err(format!("the answers differ: {answers:?}"));
        }
        allowed += usize::from(answers[0]);
    }

    let mut times: [Vec<f64>; 6] = Default::default();
    for (turn, requests) in graph.questions.chunks(TURN).zip(requests.chunks(TURN)) {
        let cached = |at: usize| Ok(cedar.cached(&turn[at], &requests[at]));
        let [first, again] = nanoseconds(turn.len(), |at| Ok(ours.cached(&turn[at])))?;
        times[0].extend(again);
        times[2].extend(first);
        let [first, again] = nanoseconds(turn.len(), cached)?;
        times[1].extend(again);
        times[3].extend(first);
        let [first, _] = nanoseconds(turn.len(), |at| Ok(ours.cold(&turn[at])))?;
        times[4].extend(first);
        let [first, _] = nanoseconds(turn.len(), |at| cedar.cold(&turn[at]))?;
        times[5].extend(first);
    }
    let count = graph.questions.len();
    let what = format!(
        "decisions on {} objects five deep, {} users in {} groups, {} rules; {} % allowed, all answers equal",
        graph.objects.len(),
        graph.users.len(),
        if is_quick { 10 } else { 50 },
        graph.rules.values().map(Vec::len).sum::<usize>(),
        100 * allowed / count,
    );
    let names = [
        "cached, asked again at once: Holdfast",
        "cached, asked again at once: Cedar",
        "cached, after others: Holdfast",
        "cached, after others: Cedar",
        "cold: Holdfast",
        "cold: Cedar",
    ];
    for (name, mut times) in names.into_iter().zip(times) {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        let result = format!(
            "{:.0} ns each (median of blocks of {BLOCK}; {:.0} at p99)",
            at(0.5),
            at(0.99)
        );
        row(&format!("{what}; {name}"), count, &result);
    }
    Ok(())
}

/// How long a question takes, on the average of each block: when it is asked, and when the block is asked again at once,
/// so that what it needs is in the processor's caches.
fn nanoseconds(
    count: usize,
    mut ask: impl FnMut(usize) -> Result<bool, String>,
) -> Result<[Vec<f64>; 2], String> {
    let mut times: [Vec<f64>; 2] = Default::default();
    for first in (0..count).step_by(BLOCK) {
        let end = count.min(first + BLOCK);
        for times in &mut times {
            let begun = Instant::now();
            for at in first..end {
                black_box(ask(black_box(at))?);
            }
            times.push(begun.elapsed().as_nanos() as f64 / (end - first) as f64);
        }
    }
    Ok(times)
}
