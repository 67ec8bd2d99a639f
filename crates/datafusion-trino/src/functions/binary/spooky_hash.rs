//! `spooky_hash_v2_32(binary) -> varbinary` and `spooky_hash_v2_64(binary) -> varbinary`: 4 and 8
//! bytes of Bob Jenkins' SpookyHash V2. Trino manual, "Binary functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("spooky_hash_v2_32(to_utf8('hello'))"), "d3 82 e6 ca");
//! assert_eq!(evaluate("spooky_hash_v2_64(to_utf8('hello'))"), "37 68 82 6a d3 82 e6 ca");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::Varbinary;
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("spooky_hash_v2_32")
            .overload([Varbinary], Varbinary, |call| {
                call.map1(|bytes: &[u8]| {
                    let [.., a, b, c, d] = hash(bytes).to_be_bytes();
                    [a, b, c, d]
                })
            })
            .udf(),
        scalar("spooky_hash_v2_64")
            .overload([Varbinary], Varbinary, |call| {
                call.map1(|bytes: &[u8]| hash(bytes).to_be_bytes())
            })
            .udf(),
    ]
}

const ODD: u64 = 0xDEAD_BEEF_DEAD_BEEF;

/// Shorter messages have an algorithm of their own. Bytes.
const SHORT: usize = 192;

const WORDS: usize = 12;

const BLOCK: usize = 8 * WORDS;

/// The first 64 bits of the hash, with a seed of zero.
fn hash(message: &[u8]) -> u64 {
    match message.len() < SHORT {
        true => hash_short(message),
        false => hash_long(message),
    }
}

/// Up to 8 bytes, the first the lowest.
fn word(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The word at a place, as far as it is there.
fn word_at(bytes: &[u8], place: usize) -> u64 {
    let begin = (8 * place).min(bytes.len());
    word(&bytes[begin..(begin + 8).min(bytes.len())])
}

fn hash_short(message: &[u8]) -> u64 {
    let mut h = [0, 0, ODD, ODD];
    let (quads, mut rest) = message.as_chunks::<32>();
    for quad in quads {
        h[2] = h[2].wrapping_add(word_at(quad, 0));
        h[3] = h[3].wrapping_add(word_at(quad, 1));
        mix_short(&mut h);
        h[0] = h[0].wrapping_add(word_at(quad, 2));
        h[1] = h[1].wrapping_add(word_at(quad, 3));
    }
    if rest.len() >= 16 {
        h[2] = h[2].wrapping_add(word_at(rest, 0));
        h[3] = h[3].wrapping_add(word_at(rest, 1));
        mix_short(&mut h);
        rest = &rest[16..];
    }
    let length = (message.len() as u64) << 56;
    let (c, d) = match rest.is_empty() {
        true => (ODD, ODD),
        false => (word_at(rest, 0), word_at(rest, 1)),
    };
    h[2] = h[2].wrapping_add(c);
    h[3] = h[3].wrapping_add(length).wrapping_add(d);
    end_short(&mut h);
    h[0]
}

fn mix_short(h: &mut [u64; 4]) {
    const TURNS: [u32; 12] = [50, 52, 30, 41, 54, 48, 38, 37, 62, 34, 5, 36];
    for (step, turn) in TURNS.into_iter().enumerate() {
        let (a, b, c) = ((step + 2) % 4, (step + 3) % 4, step % 4);
        h[a] = h[a].rotate_left(turn).wrapping_add(h[b]);
        h[c] ^= h[a];
    }
}

fn end_short(h: &mut [u64; 4]) {
    const TURNS: [u32; 11] = [15, 52, 26, 51, 28, 9, 47, 54, 32, 25, 63];
    for (step, turn) in TURNS.into_iter().enumerate() {
        let (a, b) = ((step + 3) % 4, (step + 2) % 4);
        h[a] ^= h[b];
        h[b] = h[b].rotate_left(turn);
        h[a] = h[a].wrapping_add(h[b]);
    }
}

fn hash_long(message: &[u8]) -> u64 {
    let mut h: [u64; WORDS] = std::array::from_fn(|place| if place % 3 == 2 { ODD } else { 0 });
    let (blocks, rest) = message.as_chunks::<BLOCK>();
    for block in blocks {
        mix(&mut h, block);
    }
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    // Less than a block.
    last[BLOCK - 1] = rest.len() as u8;
    for (place, h) in h.iter_mut().enumerate() {
        *h = h.wrapping_add(word_at(&last, place));
    }
    for _ in 0..3 {
        end(&mut h);
    }
    h[0]
}

fn mix(h: &mut [u64; WORDS], block: &[u8; BLOCK]) {
    const TURNS: [u32; WORDS] = [11, 32, 43, 31, 17, 28, 39, 57, 55, 54, 22, 46];
    for (step, turn) in TURNS.into_iter().enumerate() {
        let at = |ahead| (step + ahead) % WORDS;
        h[step] = h[step].wrapping_add(word_at(block, step));
        h[at(2)] ^= h[at(10)];
        h[at(11)] ^= h[step];
        h[step] = h[step].rotate_left(turn);
        h[at(11)] = h[at(11)].wrapping_add(h[at(1)]);
    }
}

fn end(h: &mut [u64; WORDS]) {
    const TURNS: [u32; WORDS] = [44, 15, 34, 21, 38, 33, 10, 13, 38, 53, 42, 54];
    for (step, turn) in TURNS.into_iter().enumerate() {
        let at = |ahead| (step + ahead) % WORDS;
        h[at(11)] = h[at(11)].wrapping_add(h[at(1)]);
        h[at(2)] ^= h[at(11)];
        h[at(1)] = h[at(1)].rotate_left(turn);
    }
}
