/// A name as the catalog keeps it: Glue folds database, table, column and partition key names to
/// lower case ("For Hive compatibility, this is folded to lowercase", Glue API reference, Database).
#[must_use]
pub fn fold(name: &str) -> String {
    name.to_lowercase()
}
