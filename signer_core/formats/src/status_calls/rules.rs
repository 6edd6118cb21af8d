//! The rules that the contract writes on the fields (`types/v1/rules.proto`), in the words that it
//! has for them. A test holds them against protovalidate.

use super::Method;
use super::asked::Asked;

/// A field and the rule that it breaks.
pub type Broken = (String, String);

const MOST: usize = 1000;
const AUTHORITY: &str = "must be signing- or authentication- with a prefecture, 01 to 47, or \
                         bridge (openjpki.authority_id)";
const NO_NUL: &str = "must not hold the character U+0000 (string.no_nul)";
const SERIAL: &str = "must be 1 to 20 octets, big-endian, positive, without leading zero \
                      (openjpki.serial_number)";
const SERIALS: &str = "each must be 1 to 20 octets, big-endian, positive, without leading zero \
                       (openjpki.serial_numbers)";
const TOO_FEW: &str = "must contain at least 1 item(s) (repeated.min_items)";
const TOO_MANY: &str = "must contain no more than 1000 item(s) (repeated.max_items)";

/// Those that a request breaks, in the order in which they are told.
#[must_use]
pub fn broken(method: Method, asked: &Asked<'_>) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut say = |field: &str, rule: &str| broken.push((field.to_owned(), rule.to_owned()));
    if !is_authority(asked.authority) {
        say("authority_id", AUTHORITY);
    }
    let serials = &asked.serials;
    let all_are = serials.iter().all(|it| is_serial(it));
    match method {
        Method::Check if !all_are => say("serial", SERIAL),
        Method::Check => {}
        Method::CheckBatch | Method::Watch => {
            if serials.is_empty() {
                say("serials", TOO_FEW);
            }
            if serials.len() > MOST {
                say("serials", TOO_MANY);
            }
            if !all_are {
                say("serials", SERIALS);
            }
        }
    }
    if asked.authority.contains('\0') {
        say("authority_id", NO_NUL);
    }
    broken
}

fn is_authority(text: &str) -> bool {
    if text == "bridge" {
        return true;
    }
    let of_users = text.strip_prefix("signing-");
    let place = of_users.or_else(|| text.strip_prefix("authentication-"));
    matches!(
        place.map(str::as_bytes),
        Some([b'0', b'1'..=b'9'] | [b'1'..=b'3', b'0'..=b'9'] | [b'4', b'0'..=b'7'])
    )
}

fn is_serial(octets: &[u8]) -> bool {
    octets.first().is_some_and(|first| *first > 0) && octets.len() <= 20
}
