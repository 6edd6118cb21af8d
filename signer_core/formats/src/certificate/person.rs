//! The shape of what a user certificate says of a person (docs/profile.md sections 2 and 10).

const MAX_TEXT_CHARS: usize = 200;
/// ub-locality-name (RFC 5280 appendix A.1).
const MAX_LOCALITY_CHARS: usize = 128;

/// The texts of a user certificate, by the names callers know them by.
pub(super) struct Texts<'a> {
    pub(super) prefecture: &'a str,
    pub(super) municipality: &'a str,
    pub(super) common_name: &'a str,
    /// In the order of [`super::oids::OTHER_NAMES`].
    pub(super) other_names: [&'a str; 6],
}

impl Texts<'_> {
    /// The first field that breaks a rule, and the rule; never the value.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let [name, birth_date, sex, address, in_name, in_address] = self.other_names;
        [
            (
                "prefecture",
                text_fault(self.prefecture, MAX_LOCALITY_CHARS),
            ),
            (
                "municipality",
                text_fault(self.municipality, MAX_LOCALITY_CHARS),
            ),
            ("common_name", common_name_fault(self.common_name)),
            ("name", text_fault(name, MAX_TEXT_CHARS)),
            ("address", text_fault(address, MAX_TEXT_CHARS)),
            ("birth_date", birth_date_fault(birth_date)),
            ("sex", sex_fault(sex)),
            ("name_substitutions", substitutions_fault(in_name, name)),
            (
                "address_substitutions",
                substitutions_fault(in_address, address),
            ),
        ]
        .into_iter()
        .find_map(|(field, fault)| Some((field, fault?)))
    }
}

fn text_fault(text: &str, max_chars: usize) -> Option<&'static str> {
    if text.is_empty() {
        return Some("must not be empty");
    }
    if text.chars().nth(max_chars).is_some() {
        return Some("is too long");
    }
    text.chars()
        .any(is_unprintable)
        .then_some("holds a control, direction or variation character")
}

/// Characters that would make two readers see different text, or break "one position per
/// character". The full repertoire is the registration's rule.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

fn common_name_fault(text: &str) -> Option<&'static str> {
    let shape = text.len() == 28
        && text.bytes().take(27).all(|c| c.is_ascii_digit())
        && text.bytes().last().is_some_and(|c| c.is_ascii_uppercase());
    (!shape).then_some("must be 14 digits of time, 5 of sequence, 8 of the window and a letter")
}

fn birth_date_fault(text: &str) -> Option<&'static str> {
    let shape = text.len() == 9
        && text.bytes().all(|c| c.is_ascii_digit())
        && text.bytes().next().is_some_and(|era| era <= b'5');
    (!shape).then_some("must be an era digit 0 to 5 and YYYYMMDD")
}

fn sex_fault(text: &str) -> Option<&'static str> {
    let shape = text.len() == 1 && text.bytes().all(|c| c.is_ascii_digit());
    (!shape).then_some("must be one digit")
}

fn substitutions_fault(positions: &str, text: &str) -> Option<&'static str> {
    if !positions.bytes().all(|c| matches!(c, b'0' | b'1')) {
        return Some("must hold only 0 and 1");
    }
    (positions.len() != text.chars().count()).then_some("must have one digit per character")
}
