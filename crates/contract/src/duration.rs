//! Durations as texts of ISO 8601 (`PT1H30M`), of a fixed length only: a month or a year has none.
//!
//! It does not know what lasts so long.

/// The letters behind the amounts of a duration, and what one of each comes to in milliseconds.
const OF_DATE: [(char, i64); 2] = [('W', 7 * 86_400_000), ('D', 86_400_000)];
const OF_TIME: [(char, i64); 3] = [('H', 3_600_000), ('M', 60_000), ('S', 1_000)];

/// A duration in milliseconds. Amounts are whole; only seconds may have a fraction, of up to three digits.
pub fn millis(text: &str) -> Option<i64> {
    let text = text.strip_prefix('P')?;
    let (date, time) = text
        .split_once('T')
        .map_or((text, None), |(date, time)| (date, Some(time)));
    if (date.is_empty() && time.is_none()) || time.is_some_and(str::is_empty) {
        return None;
    }
    let date = sum(date, &OF_DATE)?;
    date.checked_add(time.map_or(Some(0), |time| sum(time, &OF_TIME))?)
}

/// Amounts with letters, each letter once and in its order.
fn sum(mut text: &str, letters: &[(char, i64)]) -> Option<i64> {
    let mut sum = 0_i64;
    for &(letter, each) in letters {
        let Some((amount, rest)) = text.split_once(letter) else {
            continue;
        };
        sum = sum.checked_add(part(amount, each, letter == 'S')?)?;
        text = rest;
    }
    text.is_empty().then_some(sum)
}

fn part(amount: &str, each: i64, may_have_fraction: bool) -> Option<i64> {
    let (whole, fraction) = match amount.split_once('.') {
        Some((whole, fraction)) if may_have_fraction => (whole, fraction),
        Some(_) => return None,
        None => (amount, "0"),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return None;
    }
    let thousandths: i64 = format!("{fraction:0<3}").parse().ok()?;
    let whole: i64 = whole.parse().ok()?;
    whole.checked_mul(each)?.checked_add(thousandths * each / 1_000)
}

/// A duration of milliseconds, in seconds: `PT90S`, `PT0.25S`.
pub fn text(millis: i64) -> String {
    let (seconds, thousandths) = (millis / 1_000, millis % 1_000);
    let fraction = format!(".{thousandths:03}");
    format!(
        "PT{seconds}{}S",
        fraction.trim_end_matches('0').trim_end_matches('.')
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_a_fixed_length_are_read() {
        for (text, expected) in [
            ("PT90S", 90_000),
            ("PT0.25S", 250),
            ("PT1H30M", 5_400_000),
            ("P1D", 86_400_000),
            ("P1W", 604_800_000),
            ("P1DT1S", 86_401_000),
            ("PT0S", 0),
        ] {
            assert_eq!(millis(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_no_duration() {
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "1D",
            "P1M",
            "P1Y",
            "PT1D",
            "P1H",
            "PT1S1M",
            "PT1S1S",
            "PT-1S",
            "P-1D",
            "PT1.5H",
            "PT1.S",
            "PT.5S",
            "PT0.0001S",
            "PT1,5S",
            "PTS",
            "P1DT",
            "pt1s",
            "PT1S ",
            "PT99999999999999999999S",
            "P999999999999999W",
            "PT1\u{664}S",
        ] {
            assert_eq!(millis(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_written_duration_is_read_back() {
        for (value, expected) in [
            (90_000, "PT90S"),
            (250, "PT0.25S"),
            (1, "PT0.001S"),
            (1_100, "PT1.1S"),
            (10_000, "PT10S"),
        ] {
            assert_eq!(text(value), expected);
            assert_eq!(millis(expected), Some(value));
        }
    }
}
