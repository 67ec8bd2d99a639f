//! An HTTP client that costs next to nothing, so that the servers are what is measured.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// How much is read at a time, in bytes.
const BUFFER_BYTES: usize = 512 * 1024;

/// A connection that is kept open.
pub(crate) struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
    /// What of the buffer was received and is not used up.
    unread: std::ops::Range<usize>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body_bytes: u64,
}

impl Connection {
    pub(crate) fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            host: address.to_owned(),
            buffer: vec![0; BUFFER_BYTES],
            unread: 0..0,
        })
    }

    /// Sends a request and receives all of its answer; the body is counted and dropped.
    pub(crate) fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &str,
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n",
            self.host,
            body.len()
        )
        .into_bytes();
        if body.len() < BUFFER_BYTES {
            request.extend_from_slice(body);
            self.stream.write_all(&request)?;
        } else {
            self.stream.write_all(&request)?;
            self.stream.write_all(body)?;
        }
        self.receive()
    }

    fn receive(&mut self) -> io::Result<Answer> {
        let head = self.head()?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or_else(|| io::Error::other(format!("no status in '{head}'")))?;
        let header = |name: &str| {
            head.lines().find_map(|line| {
                let (found, value) = line.split_once(':')?;
                found.eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        let body_bytes = match header("content-length") {
            _ if status == 204 => 0,
            Some(length) => {
                let length = length.parse().map_err(io::Error::other)?;
                self.skip(length)?;
                length
            }
            None if header("transfer-encoding") == Some("chunked") => self.skip_chunks()?,
            None => 0,
        };
        Ok(Answer { status, body_bytes })
    }

    /// Everything up to the empty line.
    fn head(&mut self) -> io::Result<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.byte()?);
        }
        Ok(String::from_utf8_lossy(&head).into_owned())
    }

    fn skip_chunks(&mut self) -> io::Result<u64> {
        let mut skipped = 0;
        loop {
            let mut line = Vec::new();
            while !line.ends_with(b"\r\n") {
                line.push(self.byte()?);
            }
            let line = String::from_utf8_lossy(&line);
            let size = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            self.skip(size + 2)?;
            if size == 0 {
                return Ok(skipped);
            }
            skipped += size;
        }
    }

    fn byte(&mut self) -> io::Result<u8> {
        if self.unread.is_empty() {
            self.fill()?;
        }
        let byte = self.buffer[self.unread.start];
        self.unread.start += 1;
        Ok(byte)
    }

    fn skip(&mut self, mut bytes: u64) -> io::Result<()> {
        while bytes > 0 {
            if self.unread.is_empty() {
                self.fill()?;
            }
            let now = (self.unread.len() as u64).min(bytes);
            self.unread.start += usize::try_from(now).map_err(io::Error::other)?;
            bytes -= now;
        }
        Ok(())
    }

    fn fill(&mut self) -> io::Result<()> {
        match self.stream.read(&mut self.buffer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                self.unread = 0..read;
                Ok(())
            }
        }
    }
}
