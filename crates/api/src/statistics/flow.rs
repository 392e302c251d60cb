//! How many messages came in lately: intervals in which nothing came in are left out, and so is what is 0.

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use engine::flow::{Interval, Protocol};
use model::json::{Json, Object};
use model::limits::FLOW_INTERVAL_SECONDS;

pub(super) async fn answer(call: &Call) -> Result<Answer, Problem> {
    let flow = call.door().flow(call.caller()?).await.map_err(call.refused())?;
    let mut object: Object = [("self", call.link(call.path()))].into_iter().collect();
    object.set("since", flow.since.to_string());
    object.set("until", flow.until.to_string());
    object.set("intervalSeconds", FLOW_INTERVAL_SECONDS.unsigned_abs());
    object.set(
        "intervals",
        flow.intervals.iter().map(show).collect::<Vec<Json>>(),
    );
    Ok(Answer::json(200, "application/json", &object))
}

fn show(interval: &Interval) -> Json {
    let mut object: Object = [("time", interval.begin.to_string())].into_iter().collect();
    let mut received = Object::new();
    for protocol in Protocol::ALL {
        let of_protocol = interval.received().filter(|(of, ..)| *of == protocol);
        let counts = counts(of_protocol.map(|(_, kind, count)| (kind.word(), count)));
        if !counts.is_empty() {
            received.set(protocol.word(), counts);
        }
    }
    object.set("received", received);
    let rejected = interval.rejected().map(|(why, count)| (why.word(), count));
    object.set("rejected", counts(rejected));
    object.into()
}

fn counts(counts: impl Iterator<Item = (&'static str, u32)>) -> Object {
    let some = counts.filter(|(_, count)| *count > 0);
    some.map(|(word, count)| (word, u64::from(count))).collect()
}
