//! Strings prepared for comparison (RFC 4518 section 2, as RFC 5280 7.1 asks).
//!
//! The steps are RFC 4518's with the Unicode of today: its list of characters that map to nothing or
//! to a space is kept as it is written, normalization and what is assigned are those of the current
//! tables. So a variation sequence of an ideograph stays different from the ideograph alone.

use stringprep::tables::{
    case_fold_for_nfkc, change_display_properties_or_deprecated, non_character_code_point,
};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Appends the prepared form for caseIgnoreMatch: mapped, folded, normalized, and with insignificant
/// spaces taken out. False when preparation fails: then the characters are compared as they are, and
/// what was appended is of no use.
pub(super) fn prepare(value: &str, out: &mut Vec<u8>) -> bool {
    if value.is_ascii() {
        ascii(value, out);
        return true;
    }
    let mapped = value.chars().filter_map(mapped).flat_map(folded);
    let mut normalized: String = mapped.nfkc().collect();
    // Normalizing can bring back what folding took away (RFC 3454 B.2 is made for NFKC of its own
    // time); folding is stable after a second round.
    if normalized.chars().any(is_foldable) {
        normalized = normalized.chars().flat_map(folded).nfkc().collect();
    }
    out.extend_from_slice(without_insignificant_spaces(&normalized).as_bytes());
    !normalized.chars().any(is_prohibited)
}

/// All the steps at once for ASCII, which is nearly all there is.
fn ascii(value: &str, out: &mut Vec<u8>) {
    let start = out.len();
    let mut gap = false;
    for octet in value.bytes() {
        match octet {
            b' ' | 0x09..=0x0d => gap = true,
            0x00..=0x08 | 0x0e..=0x1f | 0x7f => (),
            _ => {
                if gap && out.len() > start {
                    out.push(b' ');
                }
                gap = false;
                out.push(octet.to_ascii_lowercase());
            }
        }
    }
}

/// RFC 4518 2.2, without the folding.
fn mapped(c: char) -> Option<char> {
    match c {
        '\u{9}'..='\u{d}'
        | '\u{85}'
        | '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'..='\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => Some(' '),
        '\u{0}'..='\u{8}'
        | '\u{e}'..='\u{1f}'
        | '\u{7f}'..='\u{84}'
        | '\u{86}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{1806}'
        | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2063}'
        | '\u{206a}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffc}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}' => None,
        _ => Some(c),
    }
}

/// RFC 3454 B.2; letters that came to Unicode later by their lower case, and those of them that are
/// lower case themselves by what Unicode's CaseFolding says.
fn folded(c: char) -> impl Iterator<Item = char> {
    case_fold_for_nfkc(rounded(c))
        .flat_map(char::to_lowercase)
        .flat_map(case_fold_for_nfkc)
}

/// Old shapes of Cyrillic letters, which fold to the letters (Unicode 9).
fn rounded(c: char) -> char {
    match c {
        '\u{1c80}' => 'в',
        '\u{1c81}' => 'д',
        '\u{1c82}' => 'о',
        '\u{1c83}' => 'с',
        '\u{1c84}' | '\u{1c85}' => 'т',
        '\u{1c86}' => 'ъ',
        '\u{1c87}' => 'ѣ',
        '\u{1c88}' => '\u{a64b}',
        _ => c,
    }
}

fn is_foldable(c: char) -> bool {
    let mut forms = folded(c);
    forms.next() != Some(c) || forms.next().is_some()
}

/// RFC 4518 2.4, with what is unassigned today.
fn is_prohibited(c: char) -> bool {
    !c.is_ascii()
        && (c == '\u{fffd}'
            || non_character_code_point(c)
            || change_display_properties_or_deprecated(c)
            || matches!(
                c.general_category(),
                GeneralCategory::Unassigned | GeneralCategory::PrivateUse
            ))
}

/// RFC 4518 2.6.1: spaces around go, spaces inside count once. A space before a combining mark is
/// part of that character.
fn without_insignificant_spaces(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value.chars().peekable();
    let mut gap = false;
    while let Some(c) = rest.next() {
        let insignificant = c == ' ' && !rest.peek().copied().is_some_and(is_mark);
        if insignificant {
            gap = true;
            continue;
        }
        if gap && !out.is_empty() {
            out.push(' ');
        }
        gap = false;
        out.push(c);
    }
    out
}

fn is_mark(c: char) -> bool {
    !c.is_ascii() && unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prepared(value: &str) -> Option<String> {
        let mut out = Vec::new();
        prepare(value, &mut out).then(|| String::from_utf8(out).unwrap())
    }

    fn same(left: &str, right: &str) -> bool {
        prepared(left).unwrap() == prepared(right).unwrap()
    }

    #[test]
    fn case_spaces_and_width_do_not_matter() {
        assert!(same("  Good \t CA ", "good ca"));
        assert!(same("ＯｐｅｎＪＰＫＩ", "openjpki"));
        assert!(same("STRASSE", "straße"));
        assert!(same("STRAẞE", "strasse"));
        assert!(same("e\u{301}", "\u{c9}"));
        assert!(same("a\u{3000}b", "A B"));
        assert!(same("soft\u{ad}hyphen", "softhyphen"));
        assert!(same("ΣΊΣΥΦΟΣ", "σίσυφος"));
    }

    #[test]
    fn what_is_not_in_the_list_of_rfc_4518_stays() {
        // U+FE30 normalizes to two full stops; it does not vanish.
        assert!(!same("Go\u{fe30}od", "Good"));
        assert!(same("Go\u{fe30}od", "Go..od"));
        // Ideographic variation sequences name another form of the character.
        assert!(!same("葛\u{e0100}城市", "葛城市"));
        assert!(same("葛\u{e0100}城市", "葛\u{e0100}城市"));
        // Extension C and emoji are assigned.
        assert!(prepared("府省\u{2a700}").is_some());
        assert!(prepared("🗾").is_some());
        assert!(!same("ı", "i"));
    }

    #[test]
    fn preparation_fails_on_what_has_no_meaning() {
        assert_eq!(prepared("a\u{e000}"), None);
        assert_eq!(prepared("a\u{fffd}"), None);
        assert_eq!(prepared("a\u{fdd0}"), None);
        assert_eq!(prepared("a\u{10ffff}"), None);
        assert_eq!(prepared("\u{378}"), None);
    }

    proptest! {
        #[test]
        fn preparing_twice_is_preparing_once(text in "\\PC{0,12}") {
            if let Some(once) = prepared(&text) {
                let twice = prepared(&once);
                prop_assert_eq!(twice, Some(once));
            }
        }

        #[test]
        fn ascii_goes_the_same_way_as_everything(text in "[ -~\\t]{0,20}") {
            let mut short = Vec::new();
            ascii(&text, &mut short);
            let long: String = text.chars().filter_map(mapped).flat_map(folded).nfkc().collect();
            prop_assert_eq!(short, without_insignificant_spaces(&long).into_bytes());
        }
    }
}
