//! The least a server can do: send a file. What a GET could cost at best.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

/// Serves the files of a folder, a thread a connection; gives the address.
pub(crate) fn serve(folder: PathBuf) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            // A connection ends with an error: the client hangs up.
            thread::spawn(move || answer_all(&stream, &folder));
        }
    });
    Ok(address)
}

fn answer_all(mut stream: &TcpStream, folder: &Path) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut requests = BufReader::new(stream);
    loop {
        let mut first = String::new();
        requests.read_line(&mut first)?;
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if requests.read_line(&mut line)? == 0 {
                return Ok(());
            }
        }
        let path = first.split(' ').nth(1).unwrap_or_default();
        let mut file = File::open(folder.join(path.trim_start_matches('/')))?;
        let length = file.metadata()?.len();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"
        )?;
        // From a file to a socket this is sendfile(2).
        io::copy(&mut file, &mut stream)?;
    }
}
