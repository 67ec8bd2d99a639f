use super::segments::HEADER_BYTES;

/// What AES-GCM adds to a segment.
pub(super) const TAG_BYTES: u64 = 16;

/// How much is sealed at a time, a power of two, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentSize {
    exponent: u8,
}

impl SegmentSize {
    /// What new files are written with: 64 KiB.
    pub(super) const DEFAULT: Self = Self { exponent: 16 };

    /// Sizes from 256 bytes to 16 MiB.
    pub(super) fn of_exponent(exponent: u8) -> Option<Self> {
        (8..=24).contains(&exponent).then_some(Self { exponent })
    }

    pub(super) fn exponent(self) -> u8 {
        self.exponent
    }

    pub(super) fn plain(self) -> u64 {
        1 << self.exponent
    }

    pub(super) fn sealed(self) -> u64 {
        self.plain() + TAG_BYTES
    }

    /// The size of a file that seals `size` bytes.
    pub(super) fn file_of(self, size: u64) -> u64 {
        let segments = size.div_ceil(self.plain()).max(1);
        HEADER_BYTES as u64 + size + segments * TAG_BYTES
    }

    /// How many bytes a file of `file_size` seals; none if no file has this size.
    pub(super) fn content_of(self, file_size: u64) -> Option<u64> {
        let sealed = file_size.checked_sub(HEADER_BYTES as u64)?;
        let segments = sealed.div_ceil(self.sealed());
        let size = sealed.checked_sub(segments * TAG_BYTES)?;
        (self.file_of(size) == file_size).then_some(size)
    }
}

/// The size on disk of `size` bytes that are sealed today, in bytes.
pub(crate) fn sealed_size(size: u64) -> u64 {
    SegmentSize::DEFAULT.file_of(size)
}
