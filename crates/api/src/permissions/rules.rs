//! The permissions of a user or group that were given one by one, as lines or as JSON (R040, R041).

use super::holder_link;
use crate::answer::Answer;
use crate::call::Call;
use crate::media::Wish;
use crate::problem::Problem;
use crate::versions::expected;
use contract::body::shown as shortened;
use engine::permissions::{
    GivenRules, Holder, NumberedRule, ReadRules, ReplaceRules, UnknownFragment, UnknownFragments,
};
use model::json::{Json, Object};
use model::permissions::{Rule, object_text};

/// Whether the client asks for lines. Programs that accept anything besides get JSON.
fn wants_lines(call: &Call) -> bool {
    call.accept
        .as_deref()
        .is_some_and(|accept| accept.contains("text/plain") && !accept.contains("json"))
}

fn show(call: &Call, holder: &Holder, given: &GivenRules, warnings: &[UnknownFragment]) -> Answer {
    let answer = if wants_lines(call) {
        let rules = given.rules.iter().map(|rule| format!("{rule}\n"));
        let warnings = warnings
            .iter()
            .map(|warning| format!("# warning: {}\n", in_words(warning)));
        Answer::text("text/plain", rules.chain(warnings).collect::<String>())
    } else {
        let mut shown: Object = [("self", format!("{}/permissions", holder_link(call, holder)))]
            .into_iter()
            .collect();
        shown.set("rules", given.rules.iter().map(show_rule).collect::<Vec<_>>());
        if !warnings.is_empty() {
            shown.set("warnings", warnings.iter().map(show_warning).collect::<Vec<_>>());
        }
        Answer::json(200, "application/json", &shown)
    };
    answer.in_state(given.version)
}

fn show_rule(rule: &Rule) -> Json {
    let mut shown = Object::new();
    shown.set("object", object_text(rule.object));
    shown.set("scope", rule.permission.scope_text());
    shown.set("fragment", rule.permission.fragment_text());
    shown.set("permission", rule.permission.level_text());
    shown.set("text", rule.to_string());
    Json::Object(shown)
}

fn in_words(warning: &UnknownFragment) -> String {
    let (written, known) = (shortened(&warning.written), shortened(&warning.known));
    format!("the fragment {written} is not known, did you mean {known}? It was stored as it was written")
}

fn show_warning(warning: &UnknownFragment) -> Json {
    let mut shown = Object::new();
    shown.set("fragment", warning.written.as_str());
    shown.set("didYouMean", warning.known.as_str());
    shown.set("message", in_words(warning));
    Json::Object(shown)
}

pub(super) async fn read(call: &Call, holder: Holder) -> Result<Answer, Problem> {
    let given = call.ask(ReadRules(holder.clone())).await?;
    Ok(show(call, &holder, &given, &[]))
}

/// Warnings are part of the answer that a client asks for; what was stored does not depend on them.
pub(super) async fn replace(mut call: Call, holder: Holder) -> Result<Answer, Problem> {
    let rules = contract::permissions::rules(call.take_body()?).map_err(|bad| Problem::body(&call, &bad))?;
    let asked = UnknownFragments(rules.iter().map(|(_, rule)| rule.clone()).collect());
    let rules = rules
        .into_iter()
        .map(|(number, rule)| NumberedRule { number, rule })
        .collect();
    let command = ReplaceRules {
        holder: holder.clone(),
        rules,
        expected: expected(&call),
    };
    let given = call.run(command).await?;
    if call.wish == Wish::Silent {
        return Ok(Answer::nothing(200));
    }
    let warnings = call.ask(asked).await?;
    match given {
        Some(given) => Ok(show(&call, &holder, &given, &warnings)),
        // What is held is not for this caller to read (R019); what it wrote itself it knows.
        None => {
            let mut shown: Object = [("self", format!("{}/permissions", holder_link(&call, &holder)))]
                .into_iter()
                .collect();
            shown.set("warnings", warnings.iter().map(show_warning).collect::<Vec<_>>());
            Ok(Answer::json(200, "application/json", &shown))
        }
    }
}
