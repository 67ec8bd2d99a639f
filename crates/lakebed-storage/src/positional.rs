//! Reading and writing a file at a place, whatever its cursor.

use std::fs::File;
use std::io;

#[cfg(unix)]
pub(crate) fn read_exact_at(file: &File, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
pub(crate) fn read_exact_at(file: &File, mut offset: u64, mut bytes: &mut [u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let size = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if size == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        offset += size as u64;
        bytes = &mut bytes[size..];
    }
    Ok(())
}

#[cfg(unix)]
pub(crate) fn write_all_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
pub(crate) fn write_all_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let size = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        offset += size as u64;
        bytes = &bytes[size..];
    }
    Ok(())
}
