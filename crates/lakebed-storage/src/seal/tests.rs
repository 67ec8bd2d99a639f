#![allow(clippy::unwrap_used)]

use std::io::{self, Write};
use std::ops::Range;

use proptest::prelude::*;

use super::size::SegmentSize;
use super::*;

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        self.get(range)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

const CONTEXT: &str = "4f1c";

fn small_segments() -> SegmentSize {
    SegmentSize::of_exponent(8).unwrap()
}

fn key() -> DataKey {
    DataKey::from([7; KEY_BYTES])
}

/// Seals bytes that are handed over `piece` at a time.
fn seal(plain: &[u8], piece: usize, key: &DataKey, context: &str) -> Vec<u8> {
    let mut writer =
        SealingWriter::with_segments(small_segments(), Vec::new(), key, context).unwrap();
    for bytes in plain.chunks(piece) {
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap()
}

fn read_all(sealed: Vec<u8>, key: &DataKey, context: &str) -> io::Result<Vec<u8>> {
    let file = SealedFile::open(sealed, key, context)?;
    file.read_at(0..file.size())
}

fn text(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at * 31 % 251) as u8).collect()
}

#[test]
fn a_file_shows_neither_its_bytes_nor_that_two_are_the_same() {
    let plain = b"student,tool,minutes\n".repeat(100);
    let [one, other] = [(); 2].map(|()| seal(&plain, 4096, &key(), CONTEXT));
    assert!(
        !one.windows(12)
            .any(|window| plain.windows(12).any(|bytes| bytes == window))
    );
    assert_ne!(one[HEADER..], other[HEADER..]);
    assert_eq!(read_all(one, &key(), CONTEXT).unwrap(), plain);
}

const HEADER: usize = segments::HEADER_BYTES;

#[test]
fn a_key_or_a_context_that_is_another_opens_nothing() {
    let sealed = seal(&text(700), 100, &key(), CONTEXT);
    let stranger = DataKey::from([8; KEY_BYTES]);
    assert!(read_all(sealed.clone(), &stranger, CONTEXT).is_err());
    assert!(read_all(sealed, &key(), "4f1d").is_err());
}

#[test]
fn segments_cannot_be_moved_dropped_added_or_taken_from_another_file() {
    let segment = 256 + 16;
    let sealed = seal(&text(3 * 256), 4096, &key(), CONTEXT);
    let broken = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut file = sealed.clone();
        change(&mut file);
        read_all(file, &key(), CONTEXT).is_err()
    };
    assert!(broken(
        &|file| file[HEADER..HEADER + 2 * segment].rotate_left(segment)
    ));
    assert!(broken(&|file| file.truncate(HEADER + 2 * segment)));
    assert!(broken(&|file| file.truncate(HEADER)));
    assert!(broken(&|file| file.truncate(5)));
    assert!(broken(
        &|file| file.extend_from_within(HEADER..HEADER + segment)
    ));
    let other = seal(&text(3 * 256), 4096, &key(), CONTEXT);
    assert!(broken(&|file| {
        file[HEADER..HEADER + segment].copy_from_slice(&other[HEADER..HEADER + segment]);
    }));
    assert!(!broken(&|_| ()));
}

#[test]
fn what_was_not_finished_is_not_read() {
    let mut written = Vec::new();
    let mut writer =
        SealingWriter::with_segments(small_segments(), &mut written, &key(), CONTEXT).unwrap();
    writer.write_all(&text(1000)).unwrap();
    drop(writer);
    assert!(read_all(written, &key(), CONTEXT).is_err());
}

#[test]
fn layers_can_be_laid_upon_each_other() {
    let (inner, outer) = (key(), DataKey::random().unwrap());
    let plain = text(5000);
    let mut writer = SealingWriter::begin(
        SealingWriter::begin(Vec::new(), &outer, "outer").unwrap(),
        &inner,
        "inner",
    )
    .unwrap();
    writer.write_all(&plain).unwrap();
    let sealed = writer.finish().unwrap().finish().unwrap();
    let file = SealedFile::open(
        SealedFile::open(sealed, &outer, "outer").unwrap(),
        &inner,
        "inner",
    )
    .unwrap();
    assert_eq!(file.read_at(4000..4100).unwrap(), plain[4000..4100]);
}

#[test]
fn data_keys_are_unwrapped_by_their_wrapping_key_and_context_alone() {
    let key = DataKey::random().unwrap();
    let wrapped = key.wrap(&[1; KEY_BYTES], CONTEXT).unwrap();
    assert_eq!(
        DataKey::unwrap(&wrapped, &[1; KEY_BYTES], CONTEXT),
        Some(key.clone())
    );
    assert_eq!(DataKey::unwrap(&wrapped, &[2; KEY_BYTES], CONTEXT), None);
    assert_eq!(DataKey::unwrap(&wrapped, &[1; KEY_BYTES], "another"), None);
    assert_eq!(
        DataKey::unwrap(&wrapped[..8], &[1; KEY_BYTES], CONTEXT),
        None
    );
    assert_eq!(format!("{key:?}"), "DataKey(…)");
}

proptest! {
    #[test]
    fn any_range_of_any_size_is_read_back(
        size in 0_usize..1500,
        piece in 1_usize..600,
        start in any::<prop::sample::Index>(),
        end in any::<prop::sample::Index>(),
    ) {
        let plain = text(size);
        let sealed = seal(&plain, piece, &key(), CONTEXT);
        prop_assert_eq!(sealed.len() as u64, small_segments().file_of(size as u64));
        let file = SealedFile::open(sealed, &key(), CONTEXT).unwrap();
        prop_assert_eq!(file.size(), size as u64);
        let (start, end) = (start.index(size + 1), end.index(size + 1));
        let range = start.min(end)..start.max(end);
        prop_assert_eq!(
            file.read_at(range.start as u64..range.end as u64).unwrap(),
            &plain[range]
        );
    }

    #[test]
    fn any_flipped_bit_is_an_error(
        size in 0_usize..1500,
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let mut sealed = seal(&text(size), 4096, &key(), CONTEXT);
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(read_all(sealed, &key(), CONTEXT).is_err());
    }

    #[test]
    fn any_cut_is_an_error(size in 0_usize..1500, at in any::<prop::sample::Index>()) {
        let mut sealed = seal(&text(size), 4096, &key(), CONTEXT);
        sealed.truncate(at.index(sealed.len()));
        prop_assert!(read_all(sealed, &key(), CONTEXT).is_err());
    }

    #[test]
    fn sizes_are_told_both_ways(size in 0_u64..1 << 50) {
        let sizes = SegmentSize::DEFAULT;
        prop_assert_eq!(sizes.content_of(sealed_size(size)), Some(size));
    }
}
