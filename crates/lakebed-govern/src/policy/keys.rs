use std::collections::HashMap;

/// What is known of a request: condition keys, whose names are the same in any case, and their
/// values.
#[derive(Debug, Clone, Default)]
pub struct ConditionKeys {
    values: HashMap<String, Vec<String>>,
}

impl ConditionKeys {
    /// The values of a key; none if the request does not say.
    pub(super) fn get(&self, key: &str) -> Option<&[String]> {
        self.values
            .get(&key.to_ascii_lowercase())
            .map(Vec::as_slice)
    }

    /// The value of a key that has one value.
    pub(super) fn single(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            [value] => Some(value),
            _ => None,
        }
    }
}

impl<K: AsRef<str>> FromIterator<(K, Vec<String>)> for ConditionKeys {
    fn from_iter<I: IntoIterator<Item = (K, Vec<String>)>>(pairs: I) -> Self {
        let mut values: HashMap<String, Vec<String>> = HashMap::new();
        for (key, more) in pairs {
            values
                .entry(key.as_ref().to_ascii_lowercase())
                .or_default()
                .extend(more);
        }
        Self { values }
    }
}
