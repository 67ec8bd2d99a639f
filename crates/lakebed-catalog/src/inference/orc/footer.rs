//! The end of an ORC file: the length of the postscript, the postscript, the footer.

use std::io::Read;

use super::message::{Fields, Value, number};

/// Larger footers are refused, before and after they are unpacked.
const MOST_BYTES: u64 = 64 << 20;

type Result<T> = std::result::Result<T, String>;

/// What the last bytes of a file say of its footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tail {
    footer_bytes: u64,
    postscript_bytes: u64,
    packing: Packing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    None,
    Zlib,
    Snappy,
    Lz4,
    Zstd,
}

/// The types of a file, the root first, and how many rows it has.
#[derive(Debug, Default)]
pub(super) struct Footer {
    pub(super) types: Vec<Type>,
    pub(super) rows: u64,
}

#[derive(Debug)]
pub(super) struct Type {
    pub(super) kind: Kind,
    pub(super) subtypes: Vec<usize>,
    pub(super) names: Vec<String>,
    pub(super) max_length: u32,
    pub(super) precision: u64,
    pub(super) scale: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Byte,
    Short,
    Int,
    Long,
    Float,
    Double,
    String,
    Binary,
    Timestamp,
    List,
    Map,
    Struct,
    Union,
    Decimal,
    Date,
    Varchar,
    Char,
    TimestampInstant,
}

impl Tail {
    /// Reads the postscript at the end of these bytes.
    pub(crate) fn of(last: &[u8]) -> Result<Self> {
        let damaged = || "damaged ORC file: it has no postscript".to_owned();
        let (length, before) = last.split_last().ok_or_else(damaged)?;
        let length = usize::from(*length);
        let start = before.len().checked_sub(length).ok_or_else(damaged)?;
        let postscript = &before[start..];
        if !postscript.ends_with(super::MAGIC) {
            return Err(damaged());
        }
        let mut footer_bytes = None;
        let mut packing = Packing::None;
        for field in Fields::of(postscript) {
            match field? {
                (1, Value::Number(bytes)) => footer_bytes = Some(bytes),
                (2, Value::Number(kind)) => packing = Packing::of(kind)?,
                _ => {}
            }
        }
        let footer_bytes = footer_bytes
            .filter(|bytes| *bytes <= MOST_BYTES)
            .ok_or_else(damaged)?;
        Ok(Self {
            footer_bytes,
            postscript_bytes: length as u64 + 1,
            packing,
        })
    }

    /// How many of the file's last bytes hold the footer and what follows it.
    pub(crate) fn bytes(&self) -> u64 {
        self.footer_bytes + self.postscript_bytes
    }

    /// Reads the footer out of the file's last bytes.
    pub(super) fn footer(&self, last: &[u8]) -> Result<Footer> {
        let place = |from_end: u64| {
            let from_end = usize::try_from(from_end).ok()?;
            last.len().checked_sub(from_end)
        };
        let footer = place(self.bytes())
            .zip(place(self.postscript_bytes))
            .map(|(start, end)| &last[start..end])
            .ok_or("it is shorter than its footer")?;
        Footer::of(&self.packing.unpack(footer)?)
    }
}

impl Packing {
    fn of(kind: u64) -> Result<Self> {
        Ok(match kind {
            0 => Self::None,
            1 => Self::Zlib,
            2 => Self::Snappy,
            4 => Self::Lz4,
            5 => Self::Zstd,
            3 => return Err("ORC files compressed with LZO are not supported".to_owned()),
            _ => return Err(format!("damaged ORC file: compression {kind} is unknown")),
        })
    }

    /// Unpacks chunks: each after three bytes that say how long it is and whether it is packed.
    fn unpack(self, mut bytes: &[u8]) -> Result<Vec<u8>> {
        if self == Self::None {
            return Ok(bytes.to_vec());
        }
        let mut unpacked = Vec::new();
        while let [one, two, three, rest @ ..] = bytes {
            let header = u32::from_le_bytes([*one, *two, *three, 0]);
            let (chunk, after) = usize::try_from(header >> 1)
                .ok()
                .and_then(|length| rest.split_at_checked(length))
                .ok_or("its footer is cut off")?;
            if header & 1 == 1 {
                unpacked.extend_from_slice(chunk);
            } else {
                self.unpack_chunk(chunk, &mut unpacked)
                    .map_err(|error| format!("its footer cannot be unpacked: {error}"))?;
            }
            bytes = after;
        }
        Ok(unpacked)
    }

    fn unpack_chunk(self, chunk: &[u8], unpacked: &mut Vec<u8>) -> std::io::Result<()> {
        match self {
            Self::None => unpacked.extend_from_slice(chunk),
            Self::Zlib => {
                let decoder = flate2::read::DeflateDecoder::new(chunk);
                decoder.take(MOST_BYTES).read_to_end(unpacked)?;
            }
            Self::Zstd => {
                let decoder = zstd::stream::read::Decoder::new(chunk)?;
                decoder.take(MOST_BYTES).read_to_end(unpacked)?;
            }
            Self::Snappy => {
                if snap::raw::decompress_len(chunk)? as u64 > MOST_BYTES {
                    return Err(std::io::ErrorKind::InvalidData.into());
                }
                unpacked.extend(snap::raw::Decoder::new().decompress_vec(chunk)?);
            }
            Self::Lz4 => {
                // The largest chunk that three bytes of header allow.
                let text = lz4_flex::block::decompress(chunk, 8 << 20);
                unpacked.extend(text.map_err(std::io::Error::other)?);
            }
        }
        Ok(())
    }
}

impl Footer {
    fn of(message: &[u8]) -> Result<Self> {
        let mut footer = Self::default();
        for field in Fields::of(message) {
            match field? {
                (4, Value::Bytes(kind)) => footer.types.push(Type::of(kind)?),
                (6, Value::Number(rows)) => footer.rows = rows,
                _ => {}
            }
        }
        Ok(footer)
    }
}

impl Type {
    fn of(message: &[u8]) -> Result<Self> {
        let mut found = Self {
            kind: Kind::Boolean,
            subtypes: Vec::new(),
            names: Vec::new(),
            max_length: 0,
            precision: 0,
            scale: 0,
        };
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        for field in Fields::of(message) {
            match field? {
                (1, Value::Number(kind)) => found.kind = Kind::of(kind)?,
                (2, Value::Number(subtype)) => found.subtypes.push(place(subtype)),
                (2, Value::Bytes(mut packed)) => {
                    while !packed.is_empty() {
                        let subtype = number(&mut packed).ok_or("its footer is not readable")?;
                        found.subtypes.push(place(subtype));
                    }
                }
                (3, Value::Bytes(name)) => {
                    found.names.push(String::from_utf8_lossy(name).into_owned());
                }
                (4, Value::Number(length)) => {
                    found.max_length = u32::try_from(length).unwrap_or(u32::MAX);
                }
                (5, Value::Number(precision)) => found.precision = precision,
                (6, Value::Number(scale)) => found.scale = scale,
                _ => {}
            }
        }
        Ok(found)
    }
}

impl Kind {
    fn of(kind: u64) -> Result<Self> {
        Ok(match kind {
            0 => Self::Boolean,
            1 => Self::Byte,
            2 => Self::Short,
            3 => Self::Int,
            4 => Self::Long,
            5 => Self::Float,
            6 => Self::Double,
            7 => Self::String,
            8 => Self::Binary,
            9 => Self::Timestamp,
            10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            13 => Self::Union,
            14 => Self::Decimal,
            15 => Self::Date,
            16 => Self::Varchar,
            17 => Self::Char,
            18 => Self::TimestampInstant,
            _ => return Err(format!("type {kind} is unknown")),
        })
    }
}
