//! The JSON text in a crawler's `Configuration` ("Setting crawler configuration options").

use serde_json::{Map, Value};

use super::grouping::GroupingPolicy;

/// What the text says, or what holds without one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Configuration {
    pub(super) grouping: Option<GroupingPolicy>,
    /// Counted from the bucket, which is 1.
    pub(super) table_level: Option<usize>,
    /// Columns are added to a table's and never changed or removed.
    pub(super) merge_new_columns: bool,
    /// Partitions get their table's columns and SerDe instead of their own.
    pub(super) partitions_inherit: bool,
    /// A crawl that would make more tables fails.
    pub(super) table_threshold: Option<usize>,
    /// Partitioned tables get an index over all their keys.
    pub(super) partition_index: bool,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            grouping: None,
            table_level: None,
            merge_new_columns: false,
            partitions_inherit: false,
            table_threshold: None,
            // "A crawler creates partition indexes for Amazon S3 targets by default" ("Generating
            // partition indexes").
            partition_index: true,
        }
    }
}

impl Configuration {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| format!("Configuration is not valid JSON: {error}"))?;
        let root = object(
            &value,
            "Configuration",
            &[
                "Version",
                "CrawlerOutput",
                "Grouping",
                "CreatePartitionIndex",
            ],
        )?;
        if root.get("Version").and_then(Value::as_f64) != Some(1.0) {
            return Err("Configuration must have the Version 1.0.".to_owned());
        }
        let mut parsed = Self::default();
        if let Some(given) = root.get("CreatePartitionIndex") {
            parsed.partition_index = given
                .as_bool()
                .ok_or("CreatePartitionIndex must be true or false.")?;
        }
        if let Some(output) = root.get("CrawlerOutput") {
            parsed.read_output(output)?;
        }
        if let Some(grouping) = root.get("Grouping") {
            parsed.read_grouping(grouping)?;
        }
        Ok(parsed)
    }

    fn read_output(&mut self, output: &Value) -> Result<(), String> {
        let output = object(output, "CrawlerOutput", &["Partitions", "Tables"])?;
        if let Some(partitions) = output.get("Partitions") {
            let name = "CrawlerOutput.Partitions";
            let partitions = object(partitions, name, &["AddOrUpdateBehavior"])?;
            self.partitions_inherit =
                choice(partitions, name, "AddOrUpdateBehavior", "InheritFromTable")?;
        }
        if let Some(tables) = output.get("Tables") {
            let name = "CrawlerOutput.Tables";
            let tables = object(tables, name, &["AddOrUpdateBehavior", "TableThreshold"])?;
            self.merge_new_columns =
                choice(tables, name, "AddOrUpdateBehavior", "MergeNewColumns")?;
            self.table_threshold = positive(tables, name, "TableThreshold")?;
        }
        Ok(())
    }

    fn read_grouping(&mut self, grouping: &Value) -> Result<(), String> {
        let name = "Grouping";
        let members = ["TableGroupingPolicy", "TableLevelConfiguration"];
        let grouping = object(grouping, name, &members)?;
        if choice(
            grouping,
            name,
            "TableGroupingPolicy",
            "CombineCompatibleSchemas",
        )? {
            self.grouping = Some(GroupingPolicy::CompatibleSchemas);
        }
        self.table_level = positive(grouping, name, "TableLevelConfiguration")?;
        Ok(())
    }
}

/// The members of an object that has no others than these.
fn object<'a>(
    value: &'a Value,
    name: &str,
    members: &[&str],
) -> Result<&'a Map<String, Value>, String> {
    let object = value
        .as_object()
        .ok_or_else(|| format!("{name} must be a JSON object."))?;
    let unknown: Vec<&str> = object
        .keys()
        .map(String::as_str)
        .filter(|key| !members.contains(key))
        .collect();
    if unknown.is_empty() {
        Ok(object)
    } else {
        // Glue's words.
        let unknown = unknown.join(", ");
        Err(format!("{name} contains unsupported keys: {unknown}."))
    }
}

/// Whether a member that takes one word only is there.
fn choice(
    object: &Map<String, Value>,
    name: &str,
    member: &str,
    word: &str,
) -> Result<bool, String> {
    match object.get(member) {
        None => Ok(false),
        Some(Value::String(given)) if given == word => Ok(true),
        Some(given) => Err(format!("{name}.{member} can be {word} only, got {given}.")),
    }
}

fn positive(
    object: &Map<String, Value>,
    name: &str,
    member: &str,
) -> Result<Option<usize>, String> {
    object
        .get(member)
        .map(|given| {
            given
                .as_u64()
                .and_then(|number| usize::try_from(number).ok())
                .filter(|number| *number > 0)
                .ok_or_else(|| format!("{name}.{member} must be a positive integer, got {given}."))
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn everything_that_glue_documents_is_read() {
        let text = r#"{
            "Version": 1.0,
            "CrawlerOutput": {
                "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
                "Tables": {"AddOrUpdateBehavior": "MergeNewColumns", "TableThreshold": 5}
            },
            "Grouping": {
                "TableGroupingPolicy": "CombineCompatibleSchemas",
                "TableLevelConfiguration": 2
            },
            "CreatePartitionIndex": false
        }"#;
        let expected = Configuration {
            grouping: Some(GroupingPolicy::CompatibleSchemas),
            table_level: Some(2),
            merge_new_columns: true,
            partitions_inherit: true,
            table_threshold: Some(5),
            partition_index: false,
        };
        assert_eq!(Configuration::parse(text).unwrap(), expected);
    }

    #[test]
    fn what_glue_does_not_know_is_refused() {
        for (text, refusal) in [
            (
                "{",
                "Configuration is not valid JSON: EOF while parsing an object at line 1 column 1",
            ),
            ("[]", "Configuration must be a JSON object."),
            ("{}", "Configuration must have the Version 1.0."),
            (
                r#"{"Version":1,"Groups":{}}"#,
                "Configuration contains unsupported keys: Groups.",
            ),
            (
                r#"{"Version":1,"CrawlerOutput":{"Partitions":{"UpdateBehavior":"LOG"}}}"#,
                "CrawlerOutput.Partitions contains unsupported keys: UpdateBehavior.",
            ),
            (
                r#"{"Version":1,"CrawlerOutput":{"Tables":{"AddOrUpdateBehavior":"LOG"}}}"#,
                r#"CrawlerOutput.Tables.AddOrUpdateBehavior can be MergeNewColumns only, got "LOG"."#,
            ),
            (
                r#"{"Version":1,"Grouping":{"TableLevelConfiguration":0}}"#,
                "Grouping.TableLevelConfiguration must be a positive integer, got 0.",
            ),
            (
                r#"{"Version":1,"CreatePartitionIndex":"yes"}"#,
                "CreatePartitionIndex must be true or false.",
            ),
        ] {
            assert_eq!(Configuration::parse(text).unwrap_err(), refusal);
        }
    }
}
