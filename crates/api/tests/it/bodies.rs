//! Bodies that come slowly: they take their sender's share of the room, and nobody else's.

use api::ApiBody;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{Response, Version};
use http_body::{Body, Frame};
use model::limits::{
    BODY_BYTES_IN_FLIGHT_PER_CALLER_MAX as CALLER_MAX, BODY_BYTES_IN_FLIGHT_PER_TENANT_MAX as TENANT_MAX,
    BULK_BODY_BYTES_MAX,
};
use model::roles::Role;
use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use testkit::house::{House, Who};
use tokio::sync::Notify;

/// A body that does not end. What has come of it and was not read yet.
#[derive(Clone, Default)]
struct Slow {
    come: Arc<Mutex<Option<Bytes>>>,
    awaited: Arc<Notify>,
}

impl Body for Slow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.come.lock().expect("unbroken").take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None => {
                self.awaited.notify_one();
                Poll::Pending
            }
        }
    }
}

/// A request whose body has not come yet.
struct Open<'a> {
    house: &'a House,
    answer: Pin<Box<dyn Future<Output = Response<ApiBody>> + 'a>>,
    body: Slow,
}

impl<'a> Open<'a> {
    /// Sends the head of a request, with the length of its body or without one.
    fn new(house: &'a House, who: &Who, announced: Option<usize>) -> Self {
        let media = "application/vnd.com.nsn.cumulocity.measurementcollection+json";
        let mut request = house
            .request(who, "POST", "/measurement/measurements")
            // Of HTTP/1.1 the rest of a body would be read and thrown away.
            .version(Version::HTTP_2)
            .header(CONTENT_TYPE, media);
        if let Some(bytes) = announced {
            request = request.header(CONTENT_LENGTH, bytes);
        }
        let body = Slow::default();
        let request = request.body(body.clone()).expect("a request");
        let answer = house.api.handle(request, IpAddr::V4(Ipv4Addr::LOCALHOST));
        Self {
            house,
            answer: Box::pin(answer),
            body,
        }
    }

    /// Goes on until it is answered, or waits for more of the body.
    fn go_on(&mut self) -> Option<Response<ApiBody>> {
        let (answer, body) = (&mut self.answer, &self.body);
        self.house.wait(async {
            tokio::select! {
                biased;
                answer = answer => Some(answer),
                () = body.awaited.notified() => None,
            }
        })
    }

    fn send(&mut self, bytes: usize) -> Option<Response<ApiBody>> {
        *self.body.come.lock().expect("unbroken") = Some(Bytes::from(vec![b' '; bytes]));
        self.go_on()
    }
}

/// Somebody who may send measurements.
fn sender(house: &House, tenant: &str, name: &str) -> Who {
    house.person(tenant, name, &[Role::MeasurementAdmin])
}

/// What the platform says to the head of a request: nothing, if it waits for the body.
fn announce(house: &House, who: &Who, bytes: usize) -> Option<Response<ApiBody>> {
    Open::new(house, who, Some(bytes)).go_on()
}

/// Keeps requests open, with so many announced bytes.
fn fill<'a>(house: &'a House, who: &Who, bytes: usize) -> Vec<Open<'a>> {
    let mut open = Vec::new();
    for _ in 0..bytes / BULK_BODY_BYTES_MAX {
        let mut one = Open::new(house, who, Some(BULK_BODY_BYTES_MAX));
        assert!(one.go_on().is_none(), "there is room for {}", who.name);
        open.push(one);
    }
    open
}

#[track_caller]
fn assert_refused(answer: Option<Response<ApiBody>>, status: u16) {
    let answer = answer.expect("answered before the end of the body");
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()[RETRY_AFTER], "1");
}

#[test]
fn one_callers_slow_bodies_take_no_room_of_others() {
    // R127
    let house = House::new();
    let (greedy, other) = (
        sender(&house, "t100", "sender-1"),
        sender(&house, "t100", "sender-2"),
    );
    let held = fill(&house, &greedy, CALLER_MAX);
    assert_refused(announce(&house, &greedy, 1), 429);
    for who in [&other, &sender(&house, "t200", "sender-1")] {
        assert!(announce(&house, who, BULK_BODY_BYTES_MAX).is_none());
    }
    drop(held);
    let again = announce(&house, &greedy, BULK_BODY_BYTES_MAX);
    assert!(again.is_none(), "who gives up gives the room back");
}

#[test]
fn one_tenants_slow_bodies_take_no_room_of_other_tenants() {
    // R127
    let house = House::new();
    let mut held = Vec::new();
    for number in 0..TENANT_MAX / CALLER_MAX {
        let who = sender(&house, "t100", &format!("sender-{number}"));
        held.extend(fill(&house, &who, CALLER_MAX));
    }
    let late = sender(&house, "t100", "sender-late");
    assert_refused(announce(&house, &late, 1), 503);
    let foreign = sender(&house, "t200", "sender-1");
    assert!(announce(&house, &foreign, BULK_BODY_BYTES_MAX).is_none());
    drop(held);
    assert!(announce(&house, &late, 1).is_none());
}

#[test]
fn a_body_of_unknown_length_takes_room_as_it_comes() {
    // R127
    let house = House::new();
    let who = sender(&house, "t100", "sender-1");
    let mut open: Vec<_> = (0..=CALLER_MAX / BULK_BODY_BYTES_MAX)
        .map(|_| Open::new(&house, &who, None))
        .collect();
    assert!(
        open.iter_mut().all(|one| one.go_on().is_none()),
        "nothing came yet"
    );
    let mut last = open.pop().expect("some");
    assert!(
        open.iter_mut().all(|one| one.send(BULK_BODY_BYTES_MAX).is_none()),
        "at the limit"
    );
    assert_refused(last.send(1), 429);
}
