//! What a client follows: filters of the topics that are its own, and which of them an answer belongs to. Only what the
//! platform says to a client reaches it, so a wildcard holds nothing of anybody else.

use model::limits::MQTT_SUBSCRIPTIONS_MAX;
use mqtt::exchange::Subscription;
use mqtt::message::{Delivery, DeliveryId, Properties, Qos};
use mqtt::reason::{SubscribeRefusal, Unsubscribed};
use mqtt::topic::{TopicFilter, TopicName};
use serde::{Deserialize, Serialize};
use smartrest::topic::SubscribeTopic;

/// The subscriptions of one client.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Subscriptions(Vec<Followed>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Followed {
    filter: TopicFilter,
    qos: Qos,
    identifier: Option<u32>,
}

/// Whose topics they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Those of a caller of a tenant.
    Callers,
    /// Those of devices that have no credentials yet: nothing but the credentials.
    Bootstrap,
}

impl Whose {
    fn holds(self, topic: &SubscribeTopic) -> bool {
        match self {
            Self::Callers => *topic != SubscribeTopic::Credentials,
            Self::Bootstrap => *topic == SubscribeTopic::Credentials,
        }
    }
}

impl Subscriptions {
    /// Subscribes, filter by filter; a filter that is there already is replaced. The answers are in order.
    pub(crate) fn add(
        &mut self,
        wishes: Vec<Subscription>,
        whose: Whose,
    ) -> Vec<Result<Qos, SubscribeRefusal>> {
        let add = |wish| self.add_one(wish, whose);
        wishes.into_iter().map(add).collect()
    }

    fn add_one(&mut self, wish: Subscription, whose: Whose) -> Result<Qos, SubscribeRefusal> {
        check(&wish.filter, whose)?;
        let followed = Followed {
            filter: wish.filter,
            qos: wish.qos,
            identifier: wish.identifier,
        };
        if let Some(before) = self.0.iter_mut().find(|one| one.filter == followed.filter) {
            *before = followed;
        } else if self.0.len() < MQTT_SUBSCRIPTIONS_MAX {
            self.0.push(followed);
        } else {
            return Err(SubscribeRefusal::QuotaExceeded);
        }
        Ok(wish.qos)
    }

    /// Follows these no longer. The answers are in order.
    pub(crate) fn remove(&mut self, filters: &[TopicFilter]) -> Vec<Unsubscribed> {
        let remove = |filter: &TopicFilter| match self.0.iter().position(|one| one.filter == *filter) {
            Some(at) => {
                self.0.remove(at);
                Unsubscribed::Done
            }
            None => Unsubscribed::NotSubscribed,
        };
        filters.iter().map(remove).collect()
    }

    /// Whether anything of this topic is followed.
    pub(crate) fn has(&self, topic: &SubscribeTopic) -> bool {
        TopicName::parse(&topic.to_string()).is_ok_and(|topic| self.matching(&topic).next().is_some())
    }

    /// On which topics operations are wanted.
    pub(crate) fn of_operations(&self) -> Wanted {
        let fixed = [
            SubscribeTopic::Static,
            SubscribeTopic::Operations,
            SubscribeTopic::Default,
        ];
        let fixed = fixed.into_iter().filter(|topic| self.has(topic));
        let of_collections = self.0.iter().filter_map(|one| {
            let topic = one.filter.as_str().parse().ok()?;
            matches!(topic, SubscribeTopic::Custom(_)).then_some(topic)
        });
        Wanted {
            topics: fixed.chain(of_collections).collect(),
            // Those that hold a topic with the name of a collection, whichever.
            collections: self.wildcards().filter(may_name_collection).collect(),
        }
    }

    fn wildcards(&self) -> impl Iterator<Item = TopicFilter> {
        let filters = self.0.iter().map(|one| &one.filter);
        filters
            .filter(|filter| filter.as_str().contains(['+', '#']))
            .cloned()
    }

    /// What is sent for something said on a topic; nothing if it is not followed. Filters that overlap bring it once.
    pub(crate) fn delivery(
        &self,
        id: DeliveryId,
        topic: &SubscribeTopic,
        payload: Vec<u8>,
    ) -> Option<Delivery> {
        let topic = TopicName::parse(&topic.to_string()).ok()?;
        let qos = self.matching(&topic).map(|one| one.qos).max()?;
        let subscriptions = self.matching(&topic).filter_map(|one| one.identifier).collect();
        Some(Delivery {
            id,
            topic,
            payload,
            qos,
            retain: false,
            properties: Properties::default(),
            subscriptions,
        })
    }

    fn matching(&self, topic: &TopicName) -> impl Iterator<Item = &Followed> {
        self.0.iter().filter(|one| one.filter.matches(topic))
    }
}

/// Where a client wants operations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// On these topics.
    pub(crate) topics: Vec<SubscribeTopic>,
    /// And on those of all template collections that these filters hold.
    pub(crate) collections: Vec<TopicFilter>,
}

impl Wanted {
    pub(crate) fn is_empty(&self) -> bool {
        self.topics.is_empty() && self.collections.is_empty()
    }

    /// Whether it holds everything that another one does.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        let has_topic = |topic| self.topics.contains(topic);
        let has_filter = |filter| self.collections.contains(filter);
        other.topics.iter().all(has_topic) && other.collections.iter().all(has_filter)
    }

    /// Whether operations are wanted on the topic of a collection.
    pub(crate) fn has_collection(&self, topic: &SubscribeTopic) -> bool {
        let name = TopicName::parse(&topic.to_string());
        self.topics.contains(topic)
            || name.is_ok_and(|name| self.collections.iter().any(|filter| filter.matches(&name)))
    }
}

/// Whether a filter with wildcards holds the topic `s/dc/NAME` of any collection.
fn may_name_collection(filter: &TopicFilter) -> bool {
    let mut levels = filter.as_str().split('/');
    for known in ["s", "dc"] {
        match levels.next() {
            Some("#") => return true,
            Some(level) if level == "+" || level == known => {}
            _ => return false,
        }
    }
    // A collection has one level: its name, or any.
    let name = levels.next();
    name == Some("#") || (name.is_some() && matches!(levels.next(), None | Some("#")))
}

/// Whether a filter holds any topic that the client could be told something on.
fn check(filter: &TopicFilter, whose: Whose) -> Result<(), SubscribeRefusal> {
    let text = filter.as_str();
    if !text.contains(['+', '#']) {
        return match text.parse::<SubscribeTopic>() {
            Ok(topic) if whose.holds(&topic) => Ok(()),
            Ok(_) => Err(SubscribeRefusal::NotAuthorized),
            // What one publishes to is not told back.
            Err(_) if text.parse::<smartrest::topic::PublishTopic>().is_ok() => {
                Err(SubscribeRefusal::NotAuthorized)
            }
            Err(_) => Err(SubscribeRefusal::TopicFilter),
        };
    }
    let fixed = SubscribeTopic::FIXED
        .iter()
        .filter(|topic| whose.holds(topic))
        .map(ToString::to_string);
    // Topics that end in the id of a collection, whichever.
    let of_collections = ["s/dc/x", "s/dl/x", "s/ol/x", "s/oc/x"].map(str::to_owned);
    let of_collections = of_collections.into_iter().filter(|_| whose == Whose::Callers);
    let mut topics = fixed.chain(of_collections);
    let holds = topics.any(|topic| TopicName::parse(&topic).is_ok_and(|topic| filter.matches(&topic)));
    // A filter such as `s/dc/a/+` holds nothing; `+/dc/myColl` holds what is not probed for above.
    let is_of_collection = || {
        let Some((head, id)) = text.rsplit_once('/') else {
            return false;
        };
        let is_id = whose == Whose::Callers && id.parse::<smartrest::topic::CollectionId>().is_ok();
        let heads = ["s/dc", "s/dl", "s/ol", "s/oc"];
        is_id
            && heads.iter().any(|known| {
                let name = TopicName::parse(known);
                let head = TopicFilter::parse(head);
                name.is_ok_and(|name| head.is_ok_and(|head| head.matches(&name)))
            })
    };
    match holds || is_of_collection() {
        true => Ok(()),
        false => Err(SubscribeRefusal::TopicFilter),
    }
}
