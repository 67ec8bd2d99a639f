//! Run-length encodings of bytes, bits and integers, and numbers of variable length ("Run Length
//! Encoding", ORC Specification v1).

use arrow::buffer::BooleanBuffer;

/// The shortest run that is told as one.
const SHORTEST: usize = 3;
/// The longest run that one control byte tells.
const LONGEST: usize = 130;
/// The most values that stand as they are behind one control byte.
const MOST_LITERALS: usize = 128;

/// Bytes: a run has its length and the byte, others stand as they are.
pub(super) fn bytes(values: &[u8], out: &mut Vec<u8>) {
    let run_at = |at: usize| {
        let rest = &values[at..values.len().min(at + LONGEST)];
        let length = rest.iter().take_while(|value| **value == rest[0]).count();
        (length >= SHORTEST).then_some(length)
    };
    let mut at = 0;
    while at < values.len() {
        if let Some(length) = run_at(at) {
            out.push((length - SHORTEST) as u8);
            out.push(values[at]);
            at += length;
            continue;
        }
        let literals = literals_from(at, values.len(), |place| run_at(place).is_some());
        out.push((literals as u8).wrapping_neg());
        out.extend_from_slice(&values[at..at + literals]);
        at += literals;
    }
}

/// Bits, eight a byte, the first one highest.
pub(super) fn bits(values: &BooleanBuffer, out: &mut Vec<u8>) {
    let mut packed = vec![0_u8; values.len().div_ceil(8)];
    for place in values.set_indices() {
        packed[place / 8] |= 0x80 >> (place % 8);
    }
    bytes(&packed, out);
}

/// Integers that may be negative.
pub(super) fn signed(values: &[i64], out: &mut Vec<u8>) {
    integers(values, |value| zigzag(i128::from(value)), out);
}

/// Lengths and others that are never negative.
pub(super) fn unsigned(values: &[i64], out: &mut Vec<u8>) {
    integers(values, |value| u128::from(value.unsigned_abs()), out);
}

/// A run has its length, the step from one value to the next, and the first value.
fn integers(values: &[i64], spelt: impl Fn(i64) -> u128, out: &mut Vec<u8>) {
    let run_at = |at: usize| {
        let rest = &values[at..values.len().min(at + LONGEST)];
        let step = rest.get(1)?.checked_sub(rest[0])?;
        let step = i8::try_from(step).ok()?;
        let steps = rest.windows(2);
        let equal = steps
            .take_while(|pair| pair[1].checked_sub(pair[0]) == Some(i64::from(step)))
            .count();
        (equal + 1 >= SHORTEST).then_some((equal + 1, step))
    };
    let mut at = 0;
    while at < values.len() {
        if let Some((length, step)) = run_at(at) {
            out.push((length - SHORTEST) as u8);
            out.extend_from_slice(&step.to_le_bytes());
            varint(spelt(values[at]), out);
            at += length;
            continue;
        }
        let literals = literals_from(at, values.len(), |place| run_at(place).is_some());
        out.push((literals as u8).wrapping_neg());
        for value in &values[at..at + literals] {
            varint(spelt(*value), out);
        }
        at += literals;
    }
}

/// How many values stand as they are: up to the next run.
fn literals_from(at: usize, end: usize, is_run: impl Fn(usize) -> bool) -> usize {
    let most = end.min(at + MOST_LITERALS);
    let next = (at + 1..most).find(|place| is_run(*place));
    next.unwrap_or(most) - at
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
pub(super) fn varint(mut value: u128, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A number whose sign is its lowest bit.
pub(super) fn zigzag(value: i128) -> u128 {
    ((value << 1) ^ (value >> 127)).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(encode: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        encode(&mut out);
        out
    }

    /// The examples of the specification.
    #[test]
    fn runs_and_literals_are_spelt_as_specified() {
        assert_eq!(encoded(|out| bytes(&[0; 100], out)), [0x61, 0x00]);
        assert_eq!(encoded(|out| bytes(&[0x44, 0x45], out)), [0xfe, 0x44, 0x45]);
        let bit = BooleanBuffer::from_iter([true, false, false, false, false, false, false, false]);
        assert_eq!(encoded(|out| bits(&bit, out)), [0xff, 0x80]);
        assert_eq!(encoded(|out| unsigned(&[7; 100], out)), [0x61, 0x00, 0x07]);
        let down: Vec<i64> = (1..=100).rev().collect();
        assert_eq!(encoded(|out| unsigned(&down, out)), [0x61, 0xff, 0x64]);
        assert_eq!(
            encoded(|out| unsigned(&[2, 3, 6, 7, 11], out)),
            [0xfb, 0x02, 0x03, 0x06, 0x07, 0x0b]
        );
        assert_eq!(encoded(|out| varint(16_384, out)), [0x80, 0x80, 0x01]);
        assert_eq!([0, -1, 1, -2, 2].map(zigzag), [0, 1, 2, 3, 4]);
    }
}
