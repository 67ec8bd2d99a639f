use percent_encoding::percent_decode_str;

/// The table and the versions of it that a request compares.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) database: String,
    pub(super) table: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

/// Reads `glue/tables/DATABASE/TABLE/differences` and `from=VERSION&to=VERSION`; none if the path is
/// another.
pub(super) fn compared(path: &str, query: &str) -> Option<Compared> {
    let name = path
        .strip_prefix("glue/tables/")?
        .strip_suffix("/differences")?;
    let (database, table) = name.split_once('/')?;
    let decoded = |part| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let version = |wanted| {
        form_urlencoded::parse(query.as_bytes())
            .find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
    };
    Some(Compared {
        database: decoded(database),
        table: decoded(table),
        from: version("from"),
        to: version("to"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_tables_and_queries_versions() {
        let found = compared("glue/tables/lake/%ED%8C%90%EB%A7%A4/differences", "to=2");
        let expected = Compared {
            database: "lake".to_owned(),
            table: "판매".to_owned(),
            from: None,
            to: Some("2".to_owned()),
        };
        assert_eq!(found, Some(expected));
        assert_eq!(compared("glue/tables/lake/differences", ""), None);
    }
}
