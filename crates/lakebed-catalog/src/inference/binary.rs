//! Binary formats that Glue recognises and Lakebed does not read, refused by name.

/// Why a file that starts with these bytes is refused; none if nothing is known against it.
pub(super) fn refusal(start: &[u8]) -> Option<&'static str> {
    if is_bson(start) {
        Some("the file is binary JSON (BSON), which is not supported: export it as JSON lines")
    } else if start.starts_with(b"\xe0\x01\x00\xea") {
        Some("the file is binary Amazon Ion, which is not supported: export it as JSON lines")
    } else {
        None
    }
}

/// A document's length, a type and the name of a field: what every BSON file starts with.
fn is_bson(start: &[u8]) -> bool {
    let Some((length, fields)) = start.split_first_chunk::<4>() else {
        return false;
    };
    let length = usize::try_from(i32::from_le_bytes(*length)).unwrap_or(0);
    let ends = match start.get(..length) {
        Some(document) => document.last() == Some(&0),
        None => true,
    };
    let name = fields.get(1..).unwrap_or_default();
    let name = name
        .iter()
        .position(|byte| *byte == 0)
        .map(|end| &name[..end]);
    length > 6
        && length < 16 << 20
        && ends
        && fields.first().is_some_and(|kind| (1..=0x13).contains(kind))
        && name.is_some_and(|name| {
            !name.is_empty() && name.len() < 256 && std::str::from_utf8(name).is_ok()
        })
        // Text of a length that its own first characters happen to say.
        && !start[..4].iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_json_is_told_from_text() {
        let bson = b"\x16\x00\x00\x00\x02hello\x00\x06\x00\x00\x00world\x00\x00";
        assert!(refusal(bson).is_some_and(|reason| reason.contains("BSON")));
        assert_eq!(refusal(b"a,b\n1,2\n"), None);
        assert_eq!(refusal(b"{\"a\":1}"), None);
        assert_eq!(refusal(b""), None);
    }
}
