//! What a data point library says about the series of an object: the objects with `c8y_Kpi` that are about one of them.

use super::search::show_options;
use super::show::show_object;
use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use engine::inventory::{FindObjects, ObjectView, ReadObject, Search};
use engine::measurements::SupportedSeries;
use model::json::Json;
use model::limits::PAGE_SIZE_MAX;

const KPI: &str = "c8y_Kpi";

/// Lists them. A library is small: it is read whole, and a page is cut of what fits.
pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let page = Page::of(call)?;
    call.ask(ReadObject {
        id,
        show: show_options(call)?,
    })
    .await?;
    // Whoever may not know the series of the object is shown nothing about them.
    let series = call.ask(SupportedSeries { object: id }).await.unwrap_or_default();
    let question = FindObjects {
        search: Search {
            fragment: Some(KPI.to_owned()),
            take: PAGE_SIZE_MAX,
            ..Search::default()
        },
        owner: None,
        text: None,
        show: show_options(call)?,
    };
    let found = call.ask(question).await?;
    let fitting: Vec<_> = found
        .objects
        .iter()
        .filter(|view| is_about(view, &series))
        .collect();
    let entries = fitting
        .iter()
        .skip(page.skip())
        .take(page.size)
        .map(|view| Json::Object(show_object(call, view, true)))
        .collect();
    let total = page.counts().then_some(fitting.len());
    let envelope = page.envelope(call, "managedObjects", entries, total);
    Ok(Answer::json(200, "managedobjectcollection", &envelope))
}

fn is_about(view: &ObjectView, series: &[String]) -> bool {
    let Some(Json::Object(kpi)) = view.object.fragments.get(KPI) else {
        return false;
    };
    let text = |name: &str| kpi.get(name).and_then(Json::as_str);
    let both = text("fragment").zip(text("series"));
    both.is_some_and(|(fragment, name)| series.iter().any(|known| *known == format!("{fragment}.{name}")))
}
