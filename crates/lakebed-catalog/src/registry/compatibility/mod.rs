//! Whether a definition may follow others. Glue developer guide, "Schema versioning and
//! compatibility".

pub(super) mod avro;
mod json;

use lakebed_wire::glue::Compatibility;

use super::definition::Definition;

/// Whether `new` may follow the `earlier` versions, the oldest first.
pub(super) fn is_compatible(
    mode: &Compatibility,
    earlier: &[Definition],
    new: &Definition,
) -> bool {
    let last = &earlier[earlier.len().saturating_sub(1)..];
    let backward = |earlier: &[Definition]| earlier.iter().all(|old| reads(new, old));
    let forward = |earlier: &[Definition]| earlier.iter().all(|old| reads(old, new));
    match mode {
        Compatibility::Backward => backward(last),
        Compatibility::BackwardAll => backward(earlier),
        Compatibility::Forward => forward(last),
        Compatibility::ForwardAll => forward(earlier),
        Compatibility::Full => backward(last) && forward(last),
        Compatibility::FullAll => backward(earlier) && forward(earlier),
        _ => true,
    }
}

/// Whether one who knows `reader` understands what was written by `writer`.
fn reads(reader: &Definition, writer: &Definition) -> bool {
    match (reader, writer) {
        (Definition::Avro(reader), Definition::Avro(writer)) => avro::reads(reader, writer),
        (Definition::Json(reader), Definition::Json(writer)) => json::reads(reader, writer),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use lakebed_wire::glue::DataFormat;

    use super::*;

    fn record(fields: &str) -> Definition {
        let text = format!(r#"{{"type": "record", "name": "r", "fields": [{fields}]}}"#);
        Definition::read(&DataFormat::Avro, &text).unwrap()
    }

    #[test]
    fn modes_ask_in_their_direction_and_as_far_back_as_they_say() {
        let a = r#"{"name": "a", "type": "int"}"#;
        let b = r#"{"name": "b", "type": "int"}"#;
        let b_with_default = r#"{"name": "b", "type": "int", "default": 0}"#;
        let (only_a, both) = (record(a), record(&format!("{a}, {b}")));
        let optional = record(&format!("{a}, {b_with_default}"));
        use Compatibility::{Backward, BackwardAll, Forward, Full, FullAll, None};
        for (mode, earlier, new, compatible) in [
            (None, vec![&only_a], &both, true),
            // A field without a default cannot be filled in for old records.
            (Backward, vec![&only_a], &both, false),
            (Forward, vec![&only_a], &both, true),
            (Backward, vec![&both], &only_a, true),
            (Forward, vec![&both], &only_a, false),
            (Full, vec![&only_a], &optional, true),
            (Full, vec![&only_a], &both, false),
            (Backward, vec![&only_a, &both], &both, true),
            (BackwardAll, vec![&only_a, &both], &both, false),
            (FullAll, vec![&only_a, &optional], &optional, true),
        ] {
            let earlier: Vec<Definition> = earlier.into_iter().cloned().collect();
            assert_eq!(
                is_compatible(&mode, &earlier, new),
                compatible,
                "{mode:?}: {new:?}"
            );
        }
    }
}
