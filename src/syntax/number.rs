//! What a number token denotes.

use std::borrow::Cow;

use super::ast::ValueKind;

/// Why a number token is not a number.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Malformed {
    /// Digits begin with a needless zero; the number without it.
    LeadingZero(String),
    /// `_` elsewhere than between digits; the number without it.
    Underscore(String),
    /// A point without digits before it; the number with a zero there.
    BarePoint(String),
    /// Too large to be represented.
    TooLarge,
    /// A size, written differently; the right way if it is clear.
    Size(Option<String>),
    /// A size below zero.
    NegativeSize,
    /// Digits with something else in them.
    Other,
}

const UNITS: [(&str, u32); 4] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];

/// Reads a number token.
pub(super) fn classify(text: &str) -> Result<ValueKind, Malformed> {
    // Nearly every number is a short integer.
    let plain = text.len() < 19 && text.bytes().all(|b| b.is_ascii_digit());
    if plain && (text.len() == 1 || !text.starts_with('0')) {
        return text
            .parse()
            .map(ValueKind::Int)
            .map_err(|_| Malformed::TooLarge);
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let sign = &text[..text.len() - digits.len()];
    let end = digits
        .find(|c: char| !c.is_ascii_digit() && c != '_')
        .unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(end);
    let letter = rest.starts_with(|c: char| c.is_ascii_alphabetic());
    if letter && !is_exponent(rest) {
        return size(sign, whole, rest);
    }
    if let Some(after) = rest.strip_prefix('.') {
        let unit = after.trim_start_matches(|c: char| c.is_ascii_digit());
        if unit.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_exponent(unit) {
            return Err(fraction_size(sign, whole, after, unit));
        }
    }
    if whole.is_empty() {
        return Err(Malformed::BarePoint(format!("{sign}0{rest}")));
    }
    check_digits(sign, whole, rest)?;
    let number = without_underscores(text);
    if rest.is_empty() {
        return number
            .parse()
            .map(ValueKind::Int)
            .map_err(|_| Malformed::TooLarge);
    }
    if rest.contains('_') {
        return Err(Malformed::Underscore(number.into_owned()));
    }
    match number.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(ValueKind::Decimal(value)),
        Ok(_) => Err(Malformed::TooLarge),
        Err(_) => Err(Malformed::Other),
    }
}

fn without_underscores(number: &str) -> Cow<'_, str> {
    match number.bytes().any(|byte| byte == b'_') {
        true => Cow::Owned(number.replace('_', "")),
        false => Cow::Borrowed(number),
    }
}

/// `e5`, `E-12`
fn is_exponent(text: &str) -> bool {
    text.strip_prefix(['e', 'E'])
        .map(|power| power.strip_prefix(['+', '-']).unwrap_or(power))
        .is_some_and(|power| power.starts_with(|c: char| c.is_ascii_digit()))
}

/// The digits before a point, an exponent or a unit.
fn check_digits(sign: &str, whole: &str, rest: &str) -> Result<(), Malformed> {
    if whole.ends_with('_') || whole.contains("__") {
        let digits = without_underscores(whole);
        return Err(Malformed::Underscore(format!("{sign}{digits}{rest}")));
    }
    if whole.len() > 1 && whole.starts_with('0') {
        let digits = match whole.trim_start_matches(['0', '_']) {
            "" => "0",
            digits => digits,
        };
        return Err(Malformed::LeadingZero(format!("{sign}{digits}{rest}")));
    }
    Ok(())
}

fn size(sign: &str, whole: &str, unit: &str) -> Result<ValueKind, Malformed> {
    let Some(&(_, shift)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        let unit = unit_meant(unit);
        return Err(match unit {
            Some(unit) if sign.is_empty() => Malformed::Size(Some(format!("{whole}{unit}"))),
            Some(_) => Malformed::NegativeSize,
            None => Malformed::Other,
        });
    };
    if !sign.is_empty() {
        return Err(Malformed::NegativeSize);
    }
    check_digits(sign, whole, unit)?;
    without_underscores(whole)
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(1 << shift))
        .map(ValueKind::Size)
        .ok_or(Malformed::TooLarge)
}

/// `1.5GiB` is `1536MiB`.
fn fraction_size(sign: &str, whole: &str, after: &str, unit: &str) -> Malformed {
    let Some(meant) = unit_meant(unit) else {
        return Malformed::Other;
    };
    if !sign.is_empty() {
        return Malformed::NegativeSize;
    }
    let fraction = &after[..after.len() - unit.len()];
    let smaller = match meant {
        "MiB" => "KiB",
        "GiB" => "MiB",
        "TiB" => "GiB",
        _ => return Malformed::Size(None),
    };
    let value = format!("{whole}.{fraction}").parse::<f64>().unwrap_or(0.0) * 1024.0;
    let exact = value.fract() == 0.0 && value < 1e15;
    Malformed::Size(exact.then(|| format!("{value:.0}{smaller}")))
}

/// The unit that `GB`, `g`, `Gi` and the like are meant to be.
pub(super) fn unit_meant(unit: &str) -> Option<&'static str> {
    match unit.to_ascii_lowercase().as_str() {
        "k" | "kb" | "ki" | "kib" => Some("KiB"),
        "m" | "mb" | "mi" | "mib" => Some("MiB"),
        "g" | "gb" | "gi" | "gib" => Some("GiB"),
        "t" | "tb" | "ti" | "tib" => Some("TiB"),
        _ => None,
    }
}
