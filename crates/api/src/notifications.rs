//! Reliable notifications: subscriptions and tokens. What subscribers take over WebSockets is in `socket`.

mod socket;

use crate::answer::Answer;
use crate::call::Call;
use crate::media::Wish;
use crate::paging::Page;
use crate::problem::Problem;
use contract::notifications::{Endpoint, new_subscription, token_claims};
use engine::notifications::subscriptions::{
    CreateSubscription, DeleteSubscription, DeleteSubscriptions, FindSubscriptions, ReadSubscription,
    SubscriptionView,
};
use engine::notifications::tickets::CreateTicket;
use engine::refusal::{Conflict, Missing, Refusal};
use model::ids::SubscriptionId;
use model::json::{Json, Object};
use model::notifications::{Apis, Context, NewSubscription, SubscriptionFilter};
use model::secret::Secret;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Root => root(&call).await,
        Endpoint::List => list(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::DeleteMany => delete_many(&call).await,
        Endpoint::Read => {
            let view = call.ask(ReadSubscription(call.id(0)?)).await?;
            Ok(Answer::json(200, "subscription", &show(&call, &view)))
        }
        Endpoint::Delete => {
            call.run(DeleteSubscription(call.id(0)?)).await?;
            Ok(Answer::nothing(204))
        }
        Endpoint::Token => token(call).await,
        Endpoint::Unsubscribe => unsubscribe(&call).await,
        Endpoint::Consumer => socket::open(call).await,
    }
}

/// Whether the caller shows a token in the query, and nothing else counts.
pub(crate) fn is_by_token(endpoint: contract::endpoints::Endpoint) -> bool {
    use contract::endpoints::Endpoint as Any;
    matches!(
        endpoint,
        Any::Notifications(Endpoint::Consumer | Endpoint::Unsubscribe)
    )
}

/// Whether it opens a WebSocket.
pub(crate) fn is_socket(endpoint: contract::endpoints::Endpoint) -> bool {
    use contract::endpoints::Endpoint as Any;
    matches!(endpoint, Any::Notifications(Endpoint::Consumer))
}

const LIST: &str = "/notification2/subscriptions";

async fn root(call: &Call) -> Result<Answer, Problem> {
    let operation = call.endpoint.declaration().operation;
    let gate = call.door().gate(call.caller()?, operation).await;
    gate.map_err(call.refused())?;
    let list = call.link(LIST);
    let mut subscriptions = Object::new();
    subscriptions.set("self", list.as_str());
    subscriptions.set("subscriptions", Json::Null);
    let mut root = Object::new();
    root.set("self", call.link("/notification2"));
    root.set("notificationSubscriptions", subscriptions);
    for (name, query) in [
        ("notificationSubscriptionsBySource", "source={source}"),
        ("notificationSubscriptionsByContext", "context={context}"),
        (
            "notificationSubscriptionsBySourceAndContext",
            "source={source}&context={context}",
        ),
    ] {
        root.set(name, format!("{list}?{query}"));
    }
    Ok(Answer::json(200, "notificationapi", &root))
}

fn link(call: &Call, id: SubscriptionId) -> String {
    call.link(&format!("{LIST}/{id}"))
}

fn context(call: &Call) -> Result<Option<Context>, Problem> {
    let bad = |_| Problem::bad_parameter(call, "context", "mo or tenant");
    call.text("context")
        .map(|text| text.parse().map_err(bad))
        .transpose()
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let question = FindSubscriptions {
        filter: SubscriptionFilter {
            context: context(call)?,
            source: call.query_id("source")?,
            name: call.text("subscription"),
            types: call.text("typeFilter"),
        },
        page: page.cut(),
    };
    let found = call.ask(question).await?;
    let entries = found.items.iter().map(|view| Json::Object(show(call, view)));
    let envelope = page.envelope(call, "subscriptions", entries.collect(), found.total);
    Ok(Answer::json(200, "subscriptioncollection", &envelope))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_subscription(body).map_err(|bad| Problem::body(&call, &bad))?;
    let created = call
        .door()
        .run(call.caller()?, CreateSubscription(new.clone()))
        .await;
    let subscription = created.map_err(|refusal| match refusal {
        Refusal::Conflict(Conflict::SubscriptionThere) => there_already(&new),
        refusal => call.refused()(refusal),
    })?;
    let id = subscription.id;
    let view = SubscriptionView {
        subscription,
        source_name: None,
    };
    // With the name of its object, which another question tells.
    let view = match call.wish {
        Wish::Silent => view,
        _ => call.ask(ReadSubscription(id)).await.unwrap_or(view),
    };
    let answer = Answer::json(201, "subscription", &show(&call, &view));
    Ok(answer.at(link(&call, id)))
}

/// In the words that clients know.
fn there_already(new: &NewSubscription) -> Problem {
    let source = new.source.map_or("null".to_owned(), |source| source.to_string());
    Problem::subscription_there(&format!(
        "Subscription with source <'{source}'>, context <'{}'> & subscription <'{}'> already exists!",
        new.context().word(),
        new.topic.name
    ))
}

/// Without a context they are those of an object, which must be named.
async fn delete_many(call: &Call) -> Result<Answer, Problem> {
    let (context, source) = (context(call)?, call.query_id("source")?);
    if source.is_none() && context != Some(Context::Tenant) {
        return Err(Problem::missing_parameters(call, &["source"]));
    }
    let context = Some(context.unwrap_or(Context::Object));
    call.run(DeleteSubscriptions { source, context }).await?;
    Ok(Answer::nothing(204))
}

fn show(call: &Call, view: &SubscriptionView) -> Object {
    let (id, what) = (view.subscription.id, &view.subscription.what);
    let mut object = Object::new();
    object.set("id", id.to_string());
    object.set("self", link(call, id));
    object.set("context", what.context().word());
    object.set("subscription", what.topic.name.as_str());
    let mut of = Object::new();
    // Clients look for it, whatever the context is.
    of.set(
        "id",
        what.source.map_or(Json::Null, |source| source.to_string().into()),
    );
    if let Some(source) = what.source {
        of.set("self", call.link(&format!("/inventory/managedObjects/{source}")));
    }
    if let Some(name) = &view.source_name {
        of.set("name", name.as_str());
    }
    object.set("source", of);
    let mut filter = Object::new();
    match &what.apis {
        Apis::Unsaid => {}
        Apis::Any => filter.set("apis", vec![Json::from("*")]),
        Apis::These(apis) => {
            let words = apis.iter().map(|api| Json::from(api.word()));
            filter.set("apis", words.collect::<Vec<_>>());
        }
    }
    if let Some(types) = &what.types {
        filter.set("typeFilter", types.text());
    }
    if !filter.is_empty() {
        object.set("subscriptionFilter", filter);
    }
    if let Some(fragments) = &what.fragments {
        let names = fragments.iter().map(|name| Json::from(name.as_str()));
        object.set("fragmentsToCopy", names.collect::<Vec<_>>());
    }
    object.set("nonPersistent", what.topic.non_persistent);
    object
}

async fn token(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let claims = token_claims(body).map_err(|bad| Problem::body(&call, &bad))?;
    let token = call
        .run(CreateTicket {
            topic: claims.topic,
            subscriber: claims.subscriber,
            shared: claims.shared,
            minutes: claims.minutes,
        })
        .await?;
    Ok(plain(&[("token", token.expose())]))
}

fn plain(members: &[(&str, &str)]) -> Answer {
    let object: Object = members.iter().copied().collect();
    Answer::text("application/json", object.to_string())
}

/// The token that the caller has shown.
fn shown_token(call: &Call) -> Secret {
    Secret::new(call.query("token").unwrap_or_default())
}

async fn unsubscribe(call: &Call) -> Result<Answer, Problem> {
    let caller = call.caller()?;
    let ticket = call.door().ticket(caller, &shown_token(call));
    let ticket = ticket.map_err(call.refused())?;
    let done = call.setting.notifications.unsubscribe(caller, ticket).await;
    match done {
        Ok(()) => Ok(plain(&[("result", "DONE")])),
        Err(Refusal::Missing(Missing::Subscriber)) => Err(Problem::not_subscribed()),
        Err(refusal) => Err(call.refused()(refusal)),
    }
}
