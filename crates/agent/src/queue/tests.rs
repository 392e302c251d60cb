//! The queue under every kind of end: what is in it comes out once, in order, or is counted as given up.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs::OpenOptions;

fn at(number: u64) -> Timestamp {
    Timestamp::from_millis(number as i64 * 1_000)
}

fn message(number: u64, bytes: usize) -> Message {
    Message {
        topic: "t".to_owned(),
        payload: [number.to_string().as_bytes(), &vec![b' '; bytes]].concat(),
    }
}

fn number(message: &Message) -> u64 {
    String::from_utf8_lossy(&message.payload)
        .trim()
        .parse()
        .expect("a number")
}

/// Everything that waits, in the order in which it would be sent.
fn all(queue: &Queue) -> Vec<(Lane, u64)> {
    let mut cursor = Cursor::default();
    let mut found = Vec::new();
    while let Some((id, message)) = queue.next(&mut cursor).expect("read") {
        found.push((id.lane, number(&message)));
    }
    found
}

fn readings(numbers: impl IntoIterator<Item = u64>) -> Vec<(Lane, u64)> {
    numbers
        .into_iter()
        .map(|number| (Lane::Readings, number))
        .collect()
}

// R086
#[test]
fn what_is_kept_goes_first_and_everything_else_in_its_order() {
    let place = tempfile::tempdir().expect("a directory");
    let queue = Queue::open(place.path(), QUEUE_BYTES_MAX).expect("opened");
    for number in 0..4 {
        let lane = if number == 2 { Lane::Kept } else { Lane::Readings };
        queue.push(lane, at(number), &message(number, 0)).expect("added");
    }
    let expected = [vec![(Lane::Kept, 2)], readings([0, 1, 3])].concat();
    assert_eq!(all(&queue), expected);
    drop(queue);
    assert_eq!(
        all(&Queue::open(place.path(), QUEUE_BYTES_MAX).expect("opened")),
        expected
    );
}

// R086
#[test]
fn a_full_queue_gives_up_its_oldest_readings_and_none_of_what_is_kept() {
    let place = tempfile::tempdir().expect("a directory");
    let queue = Queue::open(place.path(), 10 * log::FILE_BYTES).expect("opened");
    for number in 0..100 {
        queue
            .push(Lane::Kept, at(number), &message(number, 100))
            .expect("added");
    }
    for number in 0..2_000 {
        queue
            .push(Lane::Readings, at(number), &message(number, 1_000))
            .expect("added");
    }
    let found = all(&queue);
    let kept = found.iter().filter(|(lane, _)| *lane == Lane::Kept).count();
    let first = 2_000 - (found.len() - kept) as u64;
    assert_eq!(kept, 100);
    assert!((300..700).contains(&(found.len() - kept)), "{}", found.len());
    assert_eq!(found[100..], readings(first..2_000));
    drop(queue);
    // Also over a restart it is known how many were given up.
    let queue = Queue::open(place.path(), 10 * log::FILE_BYTES).expect("opened");
    assert_eq!(
        look(place.path()).expect("looked"),
        (100, found.len() - 100, first)
    );
    queue
        .report_lost(at(0), |lost| message(lost, 0))
        .expect("reported");
    queue.report_lost(at(0), |lost| message(lost, 0)).expect("once");
    assert_eq!(all(&queue)[100], (Lane::Kept, first));
    assert_eq!(look(place.path()).expect("looked").2, 0);
}

#[test]
fn readings_that_are_too_old_are_given_up() {
    let place = tempfile::tempdir().expect("a directory");
    let queue = Queue::open(place.path(), QUEUE_BYTES_MAX).expect("opened");
    queue.push(Lane::Kept, at(0), &message(0, 0)).expect("added");
    queue.push(Lane::Readings, at(0), &message(0, 0)).expect("added");
    let later = at(0).plus_millis(READING_DAYS_MAX * DAY_MILLIS + 1);
    queue.push(Lane::Readings, later, &message(1, 0)).expect("added");
    assert_eq!(all(&queue), [(Lane::Kept, 0), (Lane::Readings, 1)]);
}

#[test]
fn a_message_that_is_too_long_is_refused_and_harms_no_other() {
    let place = tempfile::tempdir().expect("a directory");
    let queue = Queue::open(place.path(), QUEUE_BYTES_MAX).expect("opened");
    queue.push(Lane::Readings, at(0), &message(0, 0)).expect("added");
    let long = message(1, log::CONTENT_BYTES_MAX);
    assert!(matches!(
        queue.push(Lane::Readings, at(1), &long),
        Err(QueueError::TooLong)
    ));
    queue.push(Lane::Readings, at(2), &message(2, 0)).expect("added");
    assert_eq!(all(&queue), readings([0, 2]));
}

#[test]
fn what_a_crash_left_half_written_is_cut_off_and_the_rest_is_there() {
    let place = tempfile::tempdir().expect("a directory");
    let queue = Queue::open(place.path(), QUEUE_BYTES_MAX).expect("opened");
    for number in 0..3 {
        queue
            .push(Lane::Readings, at(number), &message(number, 0))
            .expect("added");
    }
    drop(queue);
    let file = place.path().join("readings/00000000000000000000.log");
    let length = fs::metadata(&file).expect("there").len();
    for cut in 1..length {
        OpenOptions::new()
            .write(true)
            .open(&file)
            .expect("opened")
            .set_len(length - cut)
            .expect("cut");
        let queue = Queue::open(place.path(), QUEUE_BYTES_MAX).expect("opened");
        let before = all(&queue);
        assert_eq!(before, readings(0..before.len() as u64), "{cut}");
        queue.push(Lane::Readings, at(9), &message(9, 0)).expect("added");
        drop(queue);
        let queue = Queue::open(place.path(), QUEUE_BYTES_MAX).expect("opened");
        assert_eq!(all(&queue).len(), before.len() + 1, "{cut}");
        drop(queue);
        let whole = fs::read(&file).expect("read");
        fs::write(&file, &whole[..(length - cut).min(whole.len() as u64) as usize]).expect("written");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Push(Lane, usize),
    /// Settles the n-th of what waits.
    Settle(usize),
    /// The program ends and begins again.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let lane = prop_oneof![1 => Just(Lane::Kept), 3 => Just(Lane::Readings)];
    prop_oneof![
        5 => (lane, 0_usize..30_000).prop_map(|(lane, bytes)| Step::Push(lane, bytes)),
        5 => (0_usize..4).prop_map(Step::Settle),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    // R086: nothing is lost, nothing that is settled comes again, whatever the order and wherever it ends
    #[test]
    fn what_waits_is_what_was_added_and_not_settled(steps in prop::collection::vec(step(), 1..120)) {
        let place = tempfile::tempdir().expect("a directory");
        let mut queue = Queue::open(place.path(), QUEUE_BYTES_MAX).expect("opened");
        let mut expected = BTreeSet::new();
        let mut count = 0;
        for step in steps {
            match step {
                Step::Push(lane, bytes) => {
                    queue.push(lane, at(count), &message(count, bytes)).expect("added");
                    expected.insert((lane, count));
                    count += 1;
                }
                Step::Settle(place) => {
                    let mut cursor = Cursor::default();
                    let mut found = None;
                    for _ in 0..=place {
                        found = queue.next(&mut cursor).expect("read").or(found);
                    }
                    if let Some((id, message)) = found {
                        queue.settle(id).expect("settled");
                        prop_assert!(expected.remove(&(id.lane, number(&message))));
                    }
                }
                Step::Restart => {
                    drop(queue);
                    queue = Queue::open(place.path(), QUEUE_BYTES_MAX).expect("opened");
                }
            }
            prop_assert_eq!(all(&queue), expected.iter().copied().collect::<Vec<_>>());
            let (kept, waiting) = queue.waiting();
            prop_assert_eq!(kept + waiting, expected.len());
        }
    }
}
