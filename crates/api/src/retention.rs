//! Retention rules, their runs, and what a run would remove.

use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use contract::retention::{Endpoint, new_rule, rule_update};
use engine::retention::{
    CreateRetentionRule, DeleteRetentionRule, FindRetentionRules, Preview, ReadRetentionRule,
    ReadRetentionRun, StartRetention, UpdateRetentionRule, WrittenRetentionRule,
};
use model::ids::RetentionRuleId;
use model::json::{Json, Object};
use model::retention::{ANY, RetainedData, RetentionRule, RetentionRun};

const EXECUTIONS: &str = "/retention/executions";

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => list(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => change(call).await,
        Endpoint::Delete => delete(&call).await,
        Endpoint::Start => start(&call).await,
        Endpoint::ReadRun => read_run(&call).await,
        Endpoint::Preview => preview(&call).await,
    }
}

fn link(call: &Call, id: RetentionRuleId) -> String {
    call.link(&format!("/retention/retentions/{id}"))
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let found = call.ask(FindRetentionRules { page: page.cut() }).await?;
    let entries = found.items.iter().map(|rule| Json::Object(show(call, rule)));
    let envelope = page.envelope(call, "retentionRules", entries.collect(), found.total);
    Ok(Answer::json(200, "retentionrulecollection", &envelope))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let rule = call.ask(ReadRetentionRule(call.id(0)?)).await?;
    Ok(Answer::json(200, "retentionrule", &show(call, &rule)))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let plan = new_rule(body).map_err(|bad| Problem::body(&call, &bad))?;
    let written = call.run(CreateRetentionRule(plan)).await?;
    let location = link(&call, written.id);
    Ok(show_written(&call, 201, &written).at(location))
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let body = call.take_body()?;
    let update = rule_update(body).map_err(|bad| Problem::body(&call, &bad))?;
    let written = call.run(UpdateRetentionRule { id, update }).await?;
    Ok(show_written(&call, 200, &written))
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    call.run(DeleteRetentionRule(call.id(0)?)).await?;
    Ok(Answer::nothing(204))
}

async fn start(call: &Call) -> Result<Answer, Problem> {
    let shown = match call.run(StartRetention).await? {
        Some(run) => show_run(call, &run),
        // Whoever may start a run but not read it gets only its address (R019).
        None => [("self", call.link(EXECUTIONS))].into_iter().collect(),
    };
    Ok(Answer::json(202, "retentionexecution", &shown))
}

async fn read_run(call: &Call) -> Result<Answer, Problem> {
    let run = call.ask(ReadRetentionRun).await?;
    Ok(Answer::json(200, "retentionexecution", &show_run(call, &run)))
}

async fn preview(call: &Call) -> Result<Answer, Problem> {
    let found = call.door().preview_retention(call.caller()?).await;
    let preview = found.map_err(call.refused())?;
    Ok(Answer::json(
        200,
        "retentionpreview",
        &show_preview(call, &preview),
    ))
}

/// What was written, as far as the caller may read it (R019).
fn show_written(call: &Call, status: u16, written: &WrittenRetentionRule) -> Answer {
    let object = match &written.shown {
        Some(rule) => show(call, rule),
        None => show_id(call, written.id),
    };
    Answer::json(status, "retentionrule", &object)
}

fn show_id(call: &Call, id: RetentionRuleId) -> Object {
    [("id", id.to_string()), ("self", link(call, id))]
        .into_iter()
        .collect()
}

fn show(call: &Call, rule: &RetentionRule) -> Object {
    let plan = &rule.plan;
    let source = plan.source.map(|source| source.to_string());
    let mut shown = show_id(call, rule.id);
    shown.set("dataType", plan.data.map_or(ANY, RetainedData::word));
    shown.set("fragmentType", plan.fragment.as_deref().unwrap_or(ANY));
    shown.set("type", plan.kind.as_deref().unwrap_or(ANY));
    shown.set("source", source.as_deref().unwrap_or(ANY));
    shown.set("maximumAge", plan.days);
    shown.set("editable", plan.editable);
    shown
}

fn show_counts(call: &Call, rule: &RetentionRule, counts: &[(RetainedData, u64)]) -> Json {
    let mut removed = Object::new();
    for (data, count) in counts {
        removed.set(data.word(), *count);
    }
    let mut shown = Object::new();
    shown.set("rule", show(call, rule));
    shown.set("removed", removed);
    shown.into()
}

fn show_run(call: &Call, run: &RetentionRun) -> Object {
    let rules = run.rules.iter();
    let rules: Vec<Json> = rules
        .map(|progress| show_counts(call, &progress.rule, &progress.removed))
        .collect();
    let mut shown = Object::new();
    shown.set("self", call.link(EXECUTIONS));
    shown.set(
        "status",
        if run.ended.is_some() {
            "COMPLETED"
        } else {
            "RUNNING"
        },
    );
    shown.set("onDemand", run.on_demand);
    shown.set("startTime", run.begun.to_string());
    if let Some(ended) = run.ended {
        shown.set("endTime", ended.to_string());
    }
    shown.set("rules", rules);
    shown
}

fn show_preview(call: &Call, preview: &Preview) -> Object {
    let rules = preview.rules.iter();
    let rules: Vec<Json> = rules
        .map(|counted| show_counts(call, &counted.rule, &counted.removes))
        .collect();
    let mut shown = Object::new();
    shown.set("self", call.link(call.path()));
    shown.set("time", preview.at.to_string());
    shown.set("complete", preview.is_complete);
    shown.set("rules", rules);
    shown
}
