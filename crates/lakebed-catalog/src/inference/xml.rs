//! XML: elements of one name are rows, their attributes and child elements columns, named as the
//! XML data source for Apache Spark names them ("Using the XML format in AWS Glue").

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::column_type::ColumnType;
use super::format::Format;
use super::recognition::{Recognition, Verdict};
use super::schema::{FileSchema, NamedColumn};
use super::surprise::Surprise;
use super::values::type_of;

/// Elements nested deeper than this are refused.
const MOST_LEVELS: usize = 128;

/// Goes before the name of an attribute.
const ATTRIBUTE_PREFIX: &str = "_";

/// The text of an element that has attributes or children too.
const TEXT_FIELD: &str = "_VALUE";

/// The name of the element that is a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowTag(String);

impl RowTag {
    /// A name "that complies with XML rules for a tag", without angle brackets.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let starts = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
        let goes_on = name
            .chars()
            .all(|next| next.is_alphanumeric() || matches!(next, '_' | '-' | '.' | ':'));
        (starts && goes_on).then(|| Self(name.to_owned()))
    }
}

/// The columns of an XML text. Without a row tag the root element is the one row.
pub(super) fn infer_xml(
    text: &str,
    truncated: bool,
    classification: &str,
    row_tag: Option<&RowTag>,
) -> Verdict {
    let text = text.trim_start();
    let is_xml = text.starts_with("<?xml") || row_tag.is_some() && text.starts_with('<');
    if !is_xml {
        return Ok(None);
    }
    let mut rows = Rows::new(row_tag.map(|tag| tag.0.as_str()));
    rows.read(text, truncated)?;
    let (Some(row_tag), ColumnType::Struct(columns)) = (rows.row_tag, rows.kind) else {
        return Ok(None);
    };
    if columns.is_empty() {
        return Ok(None);
    }
    let format = Format::Xml {
        classification: classification.to_owned(),
        row_tag,
    };
    let schema = FileSchema::new(format, columns)
        .sampled(rows.count, text.len() as u64)
        .surprising([Surprise::XmlUnreadable]);
    Ok(Some(Recognition::certain(schema)))
}

/// The rows found so far.
struct Rows {
    /// The root's name once it is known, if none was given.
    row_tag: Option<String>,
    kind: ColumnType,
    count: u64,
    open: Vec<Element>,
}

/// An element that is not closed yet.
struct Element {
    name: String,
    fields: Vec<NamedColumn>,
    text: String,
}

impl Rows {
    fn new(row_tag: Option<&str>) -> Self {
        Self {
            row_tag: row_tag.map(str::to_owned),
            kind: ColumnType::Unknown,
            count: 0,
            open: Vec::new(),
        }
    }

    fn read(&mut self, text: &str, truncated: bool) -> Result<(), String> {
        let mut reader = Reader::from_str(text);
        loop {
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(_) if truncated => break,
                Err(error) => return Err(malformed(text, reader.error_position(), &error)),
            };
            match event {
                Event::Start(start) => self.start(&start)?,
                // "The element containing the row data cannot be a self-closing empty element."
                Event::Empty(start) => {
                    let is_row = self.is_row(start.name().as_ref());
                    self.start(&start)?;
                    if is_row {
                        self.open.pop();
                    } else {
                        self.end();
                    }
                }
                Event::Text(text) => self.text(&text.decode().unwrap_or_default()),
                Event::CData(text) => self.text(&text.decode().unwrap_or_default()),
                // What the reference stands for does not matter to the type: it is text.
                Event::GeneralRef(_) => self.text("&"),
                Event::End(_) => self.end(),
                Event::Eof if truncated || self.open.is_empty() => break,
                Event::Eof => {
                    let open = self.open.last().map_or("", |element| &element.name);
                    return Err(format!("malformed XML: the element '{open}' does not end"));
                }
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        // A root that the sample cuts is still the row.
        while !self.open.is_empty() && self.row_is_root() {
            self.end();
        }
        Ok(())
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        if self.open.len() == MOST_LEVELS {
            return Err(format!("the XML nests deeper than {MOST_LEVELS} elements"));
        }
        let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
        let mut fields = Vec::new();
        for attribute in start.attributes() {
            let attribute =
                attribute.map_err(|error| format!("malformed XML: element '{name}': {error}"))?;
            let key = String::from_utf8_lossy(attribute.key.as_ref());
            // Declarations of namespaces are no data.
            if key != "xmlns" && !key.starts_with("xmlns:") {
                let value = String::from_utf8_lossy(&attribute.value);
                fields.push((format!("{ATTRIBUTE_PREFIX}{key}"), type_of(&value)));
            }
        }
        self.row_tag.get_or_insert_with(|| name.clone());
        self.open.push(Element {
            name,
            fields,
            text: String::new(),
        });
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }

    fn end(&mut self) {
        let Some(element) = self.open.pop() else {
            return;
        };
        let is_row = self.is_row(element.name.as_bytes());
        let name = element.name.clone();
        let kind = element.kind(is_row);
        if is_row {
            let rows = std::mem::replace(&mut self.kind, ColumnType::Unknown);
            self.kind = merge(rows, kind);
            self.count += 1;
        } else if let Some(parent) = self.open.last_mut() {
            parent.add(name, kind);
        }
    }

    /// An element of this name that closes or stands here is a row; not one inside of a row.
    fn is_row(&self, name: &[u8]) -> bool {
        let is_tag = |name: &[u8]| {
            self.row_tag
                .as_ref()
                .is_some_and(|tag| tag.as_bytes() == name)
        };
        is_tag(name)
            && !self
                .open
                .iter()
                .any(|element| is_tag(element.name.as_bytes()))
    }

    fn row_is_root(&self) -> bool {
        let root = self.open.first().map(|element| &element.name);
        root.is_some() && root == self.row_tag.as_ref()
    }
}

impl Element {
    fn add(&mut self, name: String, kind: ColumnType) {
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => {
                let element = match std::mem::replace(known, ColumnType::Unknown) {
                    ColumnType::Array(element) => *element,
                    single => single,
                };
                *known = ColumnType::Array(Box::new(merge(element, kind)));
            }
            None => self.fields.push((name, kind)),
        }
    }

    fn kind(mut self, is_row: bool) -> ColumnType {
        let text = self.text.trim();
        if self.fields.is_empty() && !is_row {
            return type_of(text);
        }
        if !text.is_empty() {
            self.fields.push((TEXT_FIELD.to_owned(), type_of(text)));
        }
        ColumnType::Struct(self.fields)
    }
}

/// The type of both; an element that is there once here and several times there is an array.
fn merge(one: ColumnType, other: ColumnType) -> ColumnType {
    match (one, other) {
        (ColumnType::Array(one), ColumnType::Array(other)) => {
            ColumnType::Array(Box::new(merge(*one, *other)))
        }
        (ColumnType::Array(element), single) | (single, ColumnType::Array(element)) => {
            ColumnType::Array(Box::new(merge(*element, single)))
        }
        (ColumnType::Struct(mut fields), ColumnType::Struct(more)) => {
            for (name, kind) in more {
                match fields.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, known)) => {
                        *known = merge(std::mem::replace(known, ColumnType::Unknown), kind);
                    }
                    None => fields.push((name, kind)),
                }
            }
            ColumnType::Struct(fields)
        }
        (one, other) => one.merge(other),
    }
}

fn malformed(text: &str, position: u64, error: &quick_xml::Error) -> String {
    let position = usize::try_from(position).unwrap_or(text.len());
    let before = text.get(..position).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    format!("malformed XML at line {line}: {error}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    fn columns(text: &str, truncated: bool, row_tag: Option<&str>) -> Result<String, String> {
        let row_tag = row_tag.map(|tag| RowTag::parse(tag).unwrap());
        let Some(found) = infer_xml(text, truncated, "xml", row_tag.as_ref())? else {
            return Ok("not recognised".to_owned());
        };
        let columns: Vec<String> = found
            .schema
            .columns
            .iter()
            .map(|(name, kind)| format!("{name} {kind}"))
            .collect();
        Ok(format!(
            "{}: {}",
            found.schema.sampled_records,
            columns.join(", ")
        ))
    }

    const CATALOG: &str = r#"<?xml version="1.0"?>
<catalog>
   <book id="bk101"><AnyCompany><author>Rivera, Martha</author><title>Guide</title></AnyCompany></book>
   <book id="bk102"><AnyCompany><author>Stiles, John</author><title>Style</title></AnyCompany></book>
</catalog>"#;

    #[rstest]
    #[case(CATALOG, Some("AnyCompany"), "2: author string, title string")]
    #[case(
        CATALOG,
        Some("book"),
        "2: _id string, AnyCompany struct<author:string,title:string>"
    )]
    #[case(
        CATALOG,
        None,
        "1: book array<struct<_id:string,AnyCompany:struct<author:string,title:string>>>"
    )]
    #[case(CATALOG, Some("nosuch"), "not recognised")]
    #[case(
        "<r><x a='1' b='2'/><x a='1' b='2'> </x></r>",
        Some("x"),
        "1: _a bigint, _b bigint"
    )]
    #[case(
        "<r><x><n>1</n><n>2.5</n></x><x><n>3</n></x></r>",
        Some("x"),
        "2: n array<double>"
    )]
    #[case(
        "<r><x><n unit='cm'>1</n></x></r>",
        Some("x"),
        "1: n struct<_unit:string,_VALUE:bigint>"
    )]
    #[case(
        "<r xmlns='urn:a'><x><ns:n xmlns:ns='urn:b'>true</ns:n><e/></x></r>",
        Some("x"),
        "1: ns:n boolean, e string"
    )]
    #[case(
        "<r><x><t><![CDATA[<b>]]> &amp; more</t></x></r>",
        Some("x"),
        "1: t string"
    )]
    #[case("{\"a\":1}", Some("x"), "not recognised")]
    fn rows_become_columns(
        #[case] text: &str,
        #[case] row_tag: Option<&str>,
        #[case] expected: &str,
    ) {
        assert_eq!(columns(text, false, row_tag).unwrap(), expected);
    }

    #[rstest]
    #[case("<?xml version='1.0'?>\n<r>\n<x></y></r>", "malformed XML at line 3")]
    #[case("<?xml version='1.0'?><r><x>", "the element 'x' does not end")]
    fn malformed_xml_is_named(#[case] text: &str, #[case] expected: &str) {
        let error = columns(text, false, None).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = format!("<?xml version='1.0'?>{}", "<a>".repeat(100_000));
        assert!(columns(&text, false, None).unwrap_err().contains("deeper"));
    }

    #[test]
    fn the_row_cut_at_the_end_of_the_sample_does_not_count() {
        let text = "<?xml version='1.0'?><r><x><n>1</n></x><x><n>tw";
        assert_eq!(columns(text, true, Some("x")).unwrap(), "1: n bigint");
    }

    #[rstest]
    #[case("")]
    #[case("<row>")]
    #[case("1st")]
    fn row_tags_are_names(#[case] name: &str) {
        assert_eq!(RowTag::parse(name), None);
    }
}
