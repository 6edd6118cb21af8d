//! How long a caller waits: the header `grpc-timeout`.

use std::time::Duration;

use hyper::HeaderMap;

const NAME: &str = "grpc-timeout";

/// Nothing, where there is none or nobody could read it.
pub(super) fn told(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(NAME)?.to_str().ok()?;
    let (unit, digits) = (text.chars().last()?, text.get(..text.len() - 1)?);
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let many: u64 = digits.parse().ok()?;
    match unit {
        'H' => Some(Duration::from_secs(many * 3600)),
        'M' => Some(Duration::from_secs(many * 60)),
        'S' => Some(Duration::from_secs(many)),
        'm' => Some(Duration::from_millis(many)),
        'u' => Some(Duration::from_micros(many)),
        'n' => Some(Duration::from_nanos(many)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(NAME, text.parse().unwrap());
        told(&headers)
    }

    #[test]
    fn digits_and_a_unit() {
        assert_eq!(read("2H"), Some(Duration::from_secs(7200)));
        assert_eq!(read("99999999m"), Some(Duration::from_millis(99_999_999)));
        assert_eq!(read("0n"), Some(Duration::ZERO));
        for text in ["", "S", "5", "5s", "-5S", "123456789S", "5 S", "5é"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(told(&HeaderMap::new()), None);
    }
}
