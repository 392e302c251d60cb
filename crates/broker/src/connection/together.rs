//! Which of the messages that wait are tried together: those that follow each other on one topic. While they are tried they
//! wait where they are, so that whatever makes the others void makes them void too.

use crate::connection::client::Client;
use crate::connection::work::Task;
use crate::meaning;
use mqtt::message::Message;
use smartrest::limits::MESSAGE_BYTES_MAX;
use std::collections::VecDeque;

/// Messages that are tried together.
const MESSAGES_MAX: usize = 64;

/// What is known of those at the front.
#[derive(Default)]
pub(super) struct Together {
    /// So many were tried, and are carried out one by one.
    one_by_one: usize,
}

/// Messages on one topic.
pub(super) struct Batch {
    pub(super) topic: String,
    pub(super) messages: Vec<meaning::Together>,
}

impl Together {
    /// The next ones, if there are several: no more bytes than one message may have.
    pub(super) fn next(&self, tasks: &VecDeque<Task>, client: &Client) -> Option<Batch> {
        let mut waiting = tasks.iter().map_while(message).take(MESSAGES_MAX).peekable();
        let topic = &waiting.peek().filter(|_| self.one_by_one == 0)?.1.topic;
        let mut bytes = 0;
        let messages: Vec<_> = waiting
            .take_while(|(_, message)| {
                bytes += message.payload.len();
                bytes <= MESSAGE_BYTES_MAX && message.topic == *topic
            })
            // What is begun is carried out by itself.
            .map_while(|(id, message)| {
                let received = client.received(id, message);
                let is_begun = received.as_ref().is_some_and(|received| received.parts > 0);
                (!is_begun).then(|| meaning::Together {
                    payload: message.payload.clone(),
                    received,
                })
            })
            .collect();
        (messages.len() > 1).then(|| Batch {
            topic: topic.as_str().to_owned(),
            messages,
        })
    }

    /// So many of them were tried, and are still there.
    pub(super) fn left(&mut self, messages: usize) {
        self.one_by_one = messages;
    }

    /// Something is carried out by itself.
    pub(super) fn begun(&mut self, task: &Task) {
        if message(task).is_some() {
            self.one_by_one = self.one_by_one.saturating_sub(1);
        }
    }
}

fn message(task: &Task) -> Option<(Option<u16>, &Message)> {
    match task {
        Task::Publish(_, id, message) => Some((*id, message)),
        _ => None,
    }
}
