//! Wishes to subscribe and to unsubscribe: asked about filter by filter, confirmed when the broker has answered.

use super::Session;
use crate::encode;
use crate::exchange::{Output, RequestHandle, Subscription, Version};
use crate::limits::REQUESTS_MAX;
use crate::message::Qos;
use crate::reason::{SubscribeRefusal, Unsubscribed};
use crate::topic::TopicFilter;
use std::collections::VecDeque;

/// What has been asked and not yet answered.
#[derive(Debug, Default)]
pub(super) struct Requests {
    open: VecDeque<Request>,
    next: u64,
}

#[derive(Debug)]
struct Request {
    handle: RequestHandle,
    id: u16,
    wish: Wish,
}

#[derive(Debug)]
enum Wish {
    /// For each filter the QoS that was asked for; none for a shared one, which the broker is not asked about.
    Subscribe(Vec<Option<Qos>>),
    /// So many filters.
    Unsubscribe(usize),
}

impl Requests {
    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= REQUESTS_MAX
    }

    fn ask(&mut self, id: u16, wish: Wish) -> RequestHandle {
        let handle = RequestHandle(self.next);
        self.next += 1;
        self.open.push_back(Request { handle, id, wish });
        handle
    }

    /// Takes a question out, if it is one of this kind.
    fn take(&mut self, handle: RequestHandle, is_kind: impl Fn(&Wish) -> bool) -> Option<Request> {
        let at = self
            .open
            .iter()
            .position(|open| open.handle == handle && is_kind(&open.wish))?;
        self.open.remove(at)
    }
}

impl Session {
    pub(super) fn take_subscribe(&mut self, id: u16, filters: Vec<Subscription>) {
        let asked = filters
            .iter()
            .map(|wish| (!wish.filter.is_shared()).then_some(wish.qos))
            .collect();
        let own: Vec<_> = filters
            .into_iter()
            .filter(|wish| !wish.filter.is_shared())
            .collect();
        let handle = self.requests.ask(id, Wish::Subscribe(asked));
        if own.is_empty() {
            self.subscribed(handle, &[]);
        } else {
            self.outputs.push(Output::Subscribe(handle, own));
        }
    }

    pub(super) fn take_unsubscribe(&mut self, id: u16, filters: Vec<TopicFilter>) {
        let handle = self.requests.ask(id, Wish::Unsubscribe(filters.len()));
        self.outputs.push(Output::Unsubscribe(handle, filters));
    }

    /// A filter without an answer counts as refused; nobody is granted more than was asked for.
    pub(super) fn subscribed(&mut self, handle: RequestHandle, answers: &[Result<Qos, SubscribeRefusal>]) {
        let request = self
            .requests
            .take(handle, |wish| matches!(wish, Wish::Subscribe(_)));
        let Some(Request {
            id,
            wish: Wish::Subscribe(asked),
            ..
        }) = request
        else {
            return;
        };
        let mut answers = answers.iter();
        let codes: Vec<u8> = asked
            .into_iter()
            .map(|asked| {
                let answer = match asked {
                    None => Err(SubscribeRefusal::Shared),
                    Some(most) => match answers.next() {
                        Some(Ok(granted)) => Ok(most.min(*granted)),
                        Some(Err(why)) => Err(*why),
                        None => Err(SubscribeRefusal::Unspecified),
                    },
                };
                match (answer, self.version) {
                    (Ok(qos), _) => qos as u8,
                    (Err(why), Version::V3_1_1) => why.code_3_1_1(),
                    (Err(why), Version::V5_0) => why.code_5(),
                }
            })
            .collect();
        self.send_if_fits(encode::suback(id, &codes, self.version));
    }

    /// A filter without an answer counts as not done.
    pub(super) fn unsubscribed(&mut self, handle: RequestHandle, answers: &[Unsubscribed]) {
        let request = self
            .requests
            .take(handle, |wish| matches!(wish, Wish::Unsubscribe(_)));
        let Some(Request {
            id,
            wish: Wish::Unsubscribe(count),
            ..
        }) = request
        else {
            return;
        };
        let codes: Vec<u8> = (0..count)
            .map(|at| {
                answers
                    .get(at)
                    .copied()
                    .unwrap_or(Unsubscribed::Unspecified)
                    .code_5()
            })
            .collect();
        self.send_if_fits(encode::unsuback(id, &codes, self.version));
    }

    fn send_if_fits(&mut self, packet: Option<Vec<u8>>) {
        if let Some(bytes) = packet.filter(|bytes| self.fits(bytes)) {
            self.send(bytes);
        }
    }
}
