//! Compressed text, by the ending of a file's name, as Hadoop's codecs know it ("Use compression in
//! Athena", Athena user guide).

use std::io::{self, ErrorKind, Write as _};

use bytes::{Buf as _, Bytes};
use bzip2::write::BzDecoder;
use flate2::write::{MultiGzDecoder, ZlibDecoder};
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use zstd::stream::raw::{Decoder as ZstdDecoder, InBuffer, Operation as _, OutBuffer};

/// Compressed bytes that are expanded at once: a thousand times as many may come out.
const STEP: usize = 16 << 10;

/// The largest block that Hadoop's codecs write; a larger one is no block.
const LARGEST_BLOCK: usize = 64 << 20;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Bzip2,
    Zstd,
    Deflate,
    Snappy,
    Lz4,
}

impl Compression {
    /// What a file's name says; nothing for files that are as they are.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match path.extension()? {
            "gz" | "gzip" => Some(Self::Gzip),
            "bz2" => Some(Self::Bzip2),
            "zst" | "zstd" => Some(Self::Zstd),
            "deflate" => Some(Self::Deflate),
            "snappy" => Some(Self::Snappy),
            "lz4" => Some(Self::Lz4),
            _ => None,
        }
    }

    fn decoder(self) -> io::Result<Decoder> {
        Ok(match self {
            Self::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            Self::Bzip2 => Decoder::Bzip2(Box::new(BzDecoder::new(Vec::new()))),
            Self::Zstd => Decoder::Zstd {
                decoder: Box::new(ZstdDecoder::new()?),
                inside_frame: false,
            },
            Self::Deflate => Decoder::Deflate(Box::new(ZlibDecoder::new(Vec::new()))),
            Self::Snappy => Decoder::Blocks(Blocks::new(snappy_block)),
            Self::Lz4 => Decoder::Blocks(Blocks::new(lz4_block)),
        })
    }
}

/// A file's content as it was before it was compressed. A file that ends too early is an error of
/// kind [`ErrorKind::UnexpectedEof`].
pub(crate) fn decompressed(
    path: &Path,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
    let stream = stream.map(|piece| piece.map_err(io::Error::from)).boxed();
    match Compression::of(path) {
        None => Ok(stream),
        Some(compression) => Ok(expanded(stream, compression.decoder()?)),
    }
}

fn expanded(
    stream: BoxStream<'static, io::Result<Bytes>>,
    decoder: Decoder,
) -> BoxStream<'static, io::Result<Bytes>> {
    struct State {
        stream: BoxStream<'static, io::Result<Bytes>>,
        decoder: Option<Decoder>,
        waiting: Bytes,
    }
    let state = State {
        stream,
        decoder: Some(decoder),
        waiting: Bytes::new(),
    };
    futures::stream::try_unfold(state, |mut state| async move {
        while let Some(decoder) = &mut state.decoder {
            if state.waiting.is_empty() {
                match state.stream.next().await.transpose()? {
                    Some(piece) => state.waiting = piece,
                    None => {
                        let last = state.decoder.take().map(Decoder::finish).transpose()?;
                        let last = last.filter(|bytes| !bytes.is_empty());
                        return Ok(last.map(|bytes| (Bytes::from(bytes), state)));
                    }
                }
                continue;
            }
            let step = state.waiting.split_to(state.waiting.len().min(STEP));
            let bytes = decoder.push(&step)?;
            if !bytes.is_empty() {
                return Ok(Some((Bytes::from(bytes), state)));
            }
        }
        Ok(None)
    })
    .boxed()
}

enum Decoder {
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    Bzip2(Box<BzDecoder<Vec<u8>>>),
    Zstd {
        decoder: Box<ZstdDecoder<'static>>,
        inside_frame: bool,
    },
    Deflate(Box<ZlibDecoder<Vec<u8>>>),
    Blocks(Blocks),
}

impl Decoder {
    /// What the next bytes of the file complete.
    fn push(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(decoder) => {
                decoder.write_all(bytes)?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Deflate(decoder) => {
                decoder.write_all(bytes)?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Bzip2(decoder) => push_bzip2(decoder, bytes),
            Self::Zstd {
                decoder,
                inside_frame,
            } => push_zstd(decoder, inside_frame, bytes),
            Self::Blocks(blocks) => blocks.push(bytes),
        }
    }

    /// What is left when the file ends.
    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(decoder) => decoder.finish().map_err(ended_early),
            Self::Deflate(decoder) => decoder.finish().map_err(ended_early),
            Self::Bzip2(mut decoder) => decoder.finish().map_err(ended_early),
            Self::Zstd {
                inside_frame: true, ..
            } => Err(ErrorKind::UnexpectedEof.into()),
            Self::Blocks(blocks) if !blocks.is_at_boundary() => {
                Err(ErrorKind::UnexpectedEof.into())
            }
            Self::Zstd { .. } | Self::Blocks(_) => Ok(Vec::new()),
        }
    }
}

/// Whatever a decoder calls it, an end before the end is one.
fn ended_early(_: io::Error) -> io::Error {
    ErrorKind::UnexpectedEof.into()
}

/// A file may hold several streams one after the other.
fn push_bzip2(decoder: &mut BzDecoder<Vec<u8>>, mut bytes: &[u8]) -> io::Result<Vec<u8>> {
    while !bytes.is_empty() {
        match decoder.write(bytes)? {
            0 => {
                decoder.try_finish()?;
                *decoder = BzDecoder::new(std::mem::take(decoder.get_mut()));
            }
            taken => bytes.advance(taken),
        }
    }
    Ok(std::mem::take(decoder.get_mut()))
}

fn push_zstd(
    decoder: &mut ZstdDecoder<'static>,
    inside_frame: &mut bool,
    bytes: &[u8],
) -> io::Result<Vec<u8>> {
    let mut input = InBuffer::around(bytes);
    let mut all = Vec::new();
    let mut piece = vec![0; 128 << 10];
    loop {
        let mut output = OutBuffer::around(&mut piece);
        let before = input.pos();
        let wanted = decoder.run(&mut input, &mut output)?;
        *inside_frame = wanted != 0;
        let filled = output.as_slice().len();
        all.extend_from_slice(output.as_slice());
        if wanted == 0 && input.pos() < bytes.len() {
            decoder.reinit()?;
        } else if (filled == 0 && input.pos() == before)
            || (filled < (128 << 10) && input.pos() == bytes.len())
        {
            return Ok(all);
        }
    }
}

/// Expands a block: the block, the length it has at most when it is expanded.
type ExpandBlock = fn(&[u8], usize) -> io::Result<Vec<u8>>;

/// The framing of Hadoop's block codecs: the length of some text, then compressed blocks with
/// their lengths until that much text has come out; lengths are four bytes, the highest first.
struct Blocks {
    expand: ExpandBlock,
    waiting: Vec<u8>,
    /// Text that the group under way still lacks.
    missing: usize,
}

impl Blocks {
    fn new(expand: ExpandBlock) -> Self {
        Self {
            expand,
            waiting: Vec::new(),
            missing: 0,
        }
    }

    fn is_at_boundary(&self) -> bool {
        self.missing == 0 && self.waiting.is_empty()
    }

    fn push(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.waiting.extend_from_slice(bytes);
        let mut rest = self.waiting.as_slice();
        let mut text = Vec::new();
        loop {
            if self.missing == 0 {
                match rest.split_first_chunk() {
                    Some((length, after)) => {
                        self.missing = block_length(*length)?;
                        rest = after;
                    }
                    None => break,
                }
                continue;
            }
            let Some((length, after)) = rest.split_first_chunk() else {
                break;
            };
            let length = block_length(*length)?;
            let Some((block, after)) = after.split_at_checked(length) else {
                break;
            };
            let expanded = (self.expand)(block, self.missing)?;
            self.missing = self
                .missing
                .checked_sub(expanded.len())
                .ok_or_else(|| io::Error::other("a block is longer than it says"))?;
            text.extend(expanded);
            rest = after;
        }
        let taken = self.waiting.len() - rest.len();
        self.waiting.drain(..taken);
        Ok(text)
    }
}

fn block_length(bytes: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_be_bytes(bytes) as usize;
    if length > LARGEST_BLOCK {
        return Err(io::Error::other(format!(
            "a block of {length} bytes is none of Hadoop's"
        )));
    }
    Ok(length)
}

fn snappy_block(block: &[u8], most: usize) -> io::Result<Vec<u8>> {
    let length = snap::raw::decompress_len(block).map_err(io::Error::other)?;
    if length > most {
        return Err(io::Error::other("a block is longer than it says"));
    }
    snap::raw::Decoder::new()
        .decompress_vec(block)
        .map_err(io::Error::other)
}

fn lz4_block(block: &[u8], most: usize) -> io::Result<Vec<u8>> {
    lz4_flex::block::decompress(block, most).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use flate2::write::{GzEncoder, ZlibEncoder};
    use futures::TryStreamExt;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn hadoop(blocks: &[Vec<u8>], text: usize) -> Vec<u8> {
        let mut file = (text as u32).to_be_bytes().to_vec();
        for block in blocks {
            file.extend((block.len() as u32).to_be_bytes());
            file.extend(block);
        }
        file
    }

    /// Files that hold the text twice, by their ending.
    fn files(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
        let mut deflate = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        deflate.write_all(&[text, text].concat()).unwrap();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
        bzip2.write_all(text).unwrap();
        let zstd = zstd::encode_all(text, 0).unwrap();
        let snappy = snap::raw::Encoder::new().compress_vec(text).unwrap();
        let lz4 = lz4_flex::block::compress(text);
        let two = 2 * text.len();
        vec![
            ("gz", [gzip(text), gzip(text)].concat()),
            ("bz2", bzip2.finish().unwrap().repeat(2)),
            ("zst", zstd.repeat(2)),
            ("deflate", deflate.finish().unwrap()),
            ("snappy", hadoop(&[snappy.clone(), snappy], two)),
            ("lz4", hadoop(&[lz4], text.len()).repeat(2)),
        ]
    }

    async fn read(ending: &str, content: &[u8], pieces: usize) -> io::Result<Vec<u8>> {
        let pieces: Vec<_> = content
            .chunks(pieces)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        let path = Path::from(format!("a.csv.{ending}"));
        decompressed(&path, futures::stream::iter(pieces).boxed())?
            .try_fold(Vec::new(), |mut all, piece| async move {
                all.extend(piece);
                Ok(all)
            })
            .await
    }

    #[tokio::test]
    async fn files_of_several_members_are_read_whole_however_they_arrive() {
        let text: Vec<u8> = (0..40_000u32)
            .flat_map(|n| format!("{n},x\n").into_bytes())
            .collect();
        for (ending, content) in files(&text) {
            for pieces in [7, 8_192, usize::MAX] {
                let found = read(ending, &content, pieces).await.unwrap();
                assert!(found == text.repeat(2), "{ending} in pieces of {pieces}");
            }
        }
    }

    #[tokio::test]
    async fn a_file_that_was_cut_off_is_an_error() {
        for (ending, content) in files(b"some text, and more of it") {
            let cut = &content[..content.len() - 3];
            let error = read(ending, cut, 1_000).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{ending}");
        }
    }

    #[tokio::test]
    async fn what_is_not_compressed_as_it_says_is_an_error() {
        for (ending, _) in files(b"") {
            let text = b"id,name\n1,this is plain text under a wrong name\n".repeat(10);
            assert!(read(ending, &text, 1_000).await.is_err(), "{ending}");
        }
    }
}
