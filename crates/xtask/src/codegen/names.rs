//! Names of the models as Rust spells them.

/// A type's name; those that would hide the prelude's get a suffix.
pub(super) fn type_name(shape: &str) -> String {
    let mut characters = shape.chars();
    let name: String = match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    };
    match name.as_str() {
        "Option" | "Result" | "String" | "Vec" | "Box" | "Error" | "Some" | "None" | "Ok"
        | "Err" => {
            format!("{name}Shape")
        }
        _ => name,
    }
}

/// `DataScannedInBytes` → `data_scanned_in_bytes`, `KMSKeyArn` → `kms_key_arn`.
pub(super) fn snake_case(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, &character) in characters.iter().enumerate() {
        if !character.is_ascii_alphanumeric() {
            snake.push('_');
            continue;
        }
        let previous = index.checked_sub(1).map(|index| characters[index]);
        let next = characters.get(index + 1);
        let starts_word = character.is_ascii_uppercase()
            && previous.is_some_and(|previous| {
                previous.is_ascii_lowercase()
                    || previous.is_ascii_digit()
                    || (previous.is_ascii_uppercase() && next.is_some_and(char::is_ascii_lowercase))
            });
        if starts_word {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// A member's field name.
pub(super) fn field_name(member: &str) -> String {
    let snake = snake_case(member);
    match snake.as_str() {
        "type" | "match" | "ref" | "move" | "use" | "where" | "in" | "for" | "loop" | "as"
        | "enum" | "struct" => {
            format!("r#{snake}")
        }
        _ => snake,
    }
}

/// `UPDATE_IN_DATABASE` → `UpdateInDatabase`, `countDistinct` → `CountDistinct`, `G.1X` → `G1X`.
pub(super) fn variant_name(value: &str) -> String {
    let mut name = String::new();
    for word in value
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let shouted = !word.chars().any(|c| c.is_ascii_lowercase());
        let mut characters = word.chars();
        if let Some(first) = characters.next() {
            name.push(first.to_ascii_uppercase());
        }
        if shouted && word.chars().all(|c| c.is_ascii_alphabetic()) {
            name.extend(characters.map(|c| c.to_ascii_lowercase()));
        } else {
            name.extend(characters);
        }
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, 'V');
    }
    if name == "Self" {
        "SelfValue".to_owned()
    } else {
        name
    }
}

/// A static's name.
pub(super) fn static_name(shape: &str) -> String {
    snake_case(shape).to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_rust_would_spell_them() {
        let snake = [
            ("DataScannedInBytes", "data_scanned_in_bytes"),
            ("S3Targets", "s3_targets"),
            ("KMSKeyArn", "kms_key_arn"),
            ("DPUSeconds", "dpu_seconds"),
        ];
        for (name, expected) in snake {
            assert_eq!(snake_case(name), expected);
        }
        let variants = [
            ("UPDATE_IN_DATABASE", "UpdateInDatabase"),
            ("countDistinct", "CountDistinct"),
            ("G.1X", "G1X"),
            ("OpenCSVSerDe", "OpenCSVSerDe"),
            ("READY", "Ready"),
        ];
        for (value, expected) in variants {
            assert_eq!(variant_name(value), expected);
        }
        assert_eq!(type_name("Option"), "OptionShape");
        assert_eq!(field_name("Type"), "r#type");
    }
}
