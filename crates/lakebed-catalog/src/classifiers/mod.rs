//! Custom classifiers: kept as Glue's shapes, and turned into what inference runs.

mod rules;

use lakebed_core::{Connection, Documents, StoreError, Timestamp};
use lakebed_wire::glue::{
    Classifier, CreateClassifierRequest, CsvClassifier, GrokClassifier, JsonClassifier,
    UpdateClassifierRequest, XMLClassifier,
};

pub(crate) use rules::custom_classifier;

use crate::Error;
use crate::crawlers::Crawlers;
use crate::paging::Page;

const CLASSIFIERS: Documents<Classifier> = Documents::of("glue.classifier");

impl Crawlers {
    /// Keeps a new classifier.
    pub(crate) fn new_classifier(&self, request: CreateClassifierRequest) -> Result<(), Error> {
        let (name, classifier) = made(request, self.platform.clock.now())?;
        rules::check(&classifier).map_err(Error::InvalidInput)?;
        self.platform.store.write(|tx| {
            if CLASSIFIERS.insert(tx, "", &name, &classifier)? {
                Ok(())
            } else {
                let message = format!("Classifier with name {name} already exists");
                Err(Error::AlreadyExists(message))
            }
        })
    }

    /// The classifier of this name.
    pub(crate) fn classifier(&self, name: &str) -> Result<Classifier, Error> {
        self.platform
            .store
            .read(|connection| find(connection, name))
    }

    /// A page of the classifiers, by name.
    pub(crate) fn classifiers_page(
        &self,
        page: &Page,
    ) -> Result<(Vec<Classifier>, Option<String>), Error> {
        let entries = self.platform.store.read(|connection| {
            CLASSIFIERS.page(connection, "", page.after.as_deref(), page.limit + 1)
        })?;
        Ok(page.cut(entries))
    }

    /// Changes what the request names and leaves the rest.
    pub(crate) fn change_classifier(&self, request: UpdateClassifierRequest) -> Result<(), Error> {
        let now = self.platform.clock.now();
        let name = name_in(&request)?;
        self.platform.store.write(|tx| {
            let classifier = changed(find(tx, &name)?, request, now)?;
            rules::check(&classifier).map_err(Error::InvalidInput)?;
            Ok(CLASSIFIERS.put(tx, "", &name, &classifier)?)
        })
    }

    /// Forgets a classifier.
    pub(crate) fn remove_classifier(&self, name: &str) -> Result<(), Error> {
        self.platform.store.write(|tx| {
            if CLASSIFIERS.delete(tx, "", name)? {
                Ok(())
            } else {
                Err(not_found(name))
            }
        })
    }
}

/// The classifier of this name.
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Classifier, Error> {
    CLASSIFIERS
        .get(connection, "", name)?
        .ok_or_else(|| not_found(name))
}

/// Whether there is a classifier of this name.
pub(crate) fn exists(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    Ok(CLASSIFIERS.get(connection, "", name)?.is_some())
}

fn not_found(name: &str) -> Error {
    Error::NotFound(format!("Classifier entry with name {name} does not exist"))
}

fn one_kind_only() -> Error {
    Error::InvalidInput(
        "Exactly one of GrokClassifier, XMLClassifier, JsonClassifier and CsvClassifier must be given"
            .to_owned(),
    )
}

fn made(request: CreateClassifierRequest, now: Timestamp) -> Result<(String, Classifier), Error> {
    let now = Some(now);
    let CreateClassifierRequest {
        grok_classifier,
        xml_classifier,
        json_classifier,
        csv_classifier,
    } = request;
    match (
        grok_classifier,
        xml_classifier,
        json_classifier,
        csv_classifier,
    ) {
        (Some(grok), None, None, None) => Ok((
            grok.name.clone(),
            Classifier {
                grok_classifier: Some(GrokClassifier {
                    name: grok.name,
                    classification: grok.classification,
                    creation_time: now,
                    last_updated: now,
                    version: Some(1),
                    grok_pattern: grok.grok_pattern,
                    custom_patterns: grok.custom_patterns,
                }),
                ..Default::default()
            },
        )),
        (None, Some(xml), None, None) => Ok((
            xml.name.clone(),
            Classifier {
                xml_classifier: Some(XMLClassifier {
                    name: xml.name,
                    classification: xml.classification,
                    creation_time: now,
                    last_updated: now,
                    version: Some(1),
                    row_tag: xml.row_tag,
                }),
                ..Default::default()
            },
        )),
        (None, None, Some(json), None) => Ok((
            json.name.clone(),
            Classifier {
                json_classifier: Some(JsonClassifier {
                    name: json.name,
                    creation_time: now,
                    last_updated: now,
                    version: Some(1),
                    json_path: json.json_path,
                }),
                ..Default::default()
            },
        )),
        (None, None, None, Some(csv)) => Ok((
            csv.name.clone(),
            Classifier {
                csv_classifier: Some(CsvClassifier {
                    name: csv.name,
                    creation_time: now,
                    last_updated: now,
                    version: Some(1),
                    delimiter: csv.delimiter,
                    quote_symbol: csv.quote_symbol,
                    contains_header: csv.contains_header,
                    header: csv.header,
                    disable_value_trimming: csv.disable_value_trimming,
                    allow_single_column: csv.allow_single_column,
                    custom_datatype_configured: csv.custom_datatype_configured,
                    custom_datatypes: csv.custom_datatypes,
                    serde: csv.serde,
                }),
                ..Default::default()
            },
        )),
        _ => Err(one_kind_only()),
    }
}

fn name_in(request: &UpdateClassifierRequest) -> Result<String, Error> {
    let names = [
        request.grok_classifier.as_ref().map(|grok| &grok.name),
        request.xml_classifier.as_ref().map(|xml| &xml.name),
        request.json_classifier.as_ref().map(|json| &json.name),
        request.csv_classifier.as_ref().map(|csv| &csv.name),
    ];
    let mut given = names.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(name), None) => Ok(name.clone()),
        _ => Err(one_kind_only()),
    }
}

fn changed(
    current: Classifier,
    request: UpdateClassifierRequest,
    now: Timestamp,
) -> Result<Classifier, Error> {
    let next = |version: Option<i64>| version.map(|version| version + 1);
    if let (Some(old), Some(new)) = (&current.grok_classifier, &request.grok_classifier) {
        return Ok(Classifier {
            grok_classifier: Some(GrokClassifier {
                classification: new
                    .classification
                    .clone()
                    .unwrap_or_else(|| old.classification.clone()),
                grok_pattern: new
                    .grok_pattern
                    .clone()
                    .unwrap_or_else(|| old.grok_pattern.clone()),
                custom_patterns: new
                    .custom_patterns
                    .clone()
                    .or_else(|| old.custom_patterns.clone()),
                last_updated: Some(now),
                version: next(old.version),
                ..old.clone()
            }),
            ..Default::default()
        });
    }
    if let (Some(old), Some(new)) = (&current.xml_classifier, &request.xml_classifier) {
        return Ok(Classifier {
            xml_classifier: Some(XMLClassifier {
                classification: new
                    .classification
                    .clone()
                    .unwrap_or_else(|| old.classification.clone()),
                row_tag: new.row_tag.clone().or_else(|| old.row_tag.clone()),
                last_updated: Some(now),
                version: next(old.version),
                ..old.clone()
            }),
            ..Default::default()
        });
    }
    if let (Some(old), Some(new)) = (&current.json_classifier, &request.json_classifier) {
        return Ok(Classifier {
            json_classifier: Some(JsonClassifier {
                json_path: new
                    .json_path
                    .clone()
                    .unwrap_or_else(|| old.json_path.clone()),
                last_updated: Some(now),
                version: next(old.version),
                ..old.clone()
            }),
            ..Default::default()
        });
    }
    match (current.csv_classifier, request.csv_classifier) {
        (Some(old), Some(new)) => Ok(Classifier {
            csv_classifier: Some(CsvClassifier {
                delimiter: new.delimiter.or(old.delimiter),
                quote_symbol: new.quote_symbol.or(old.quote_symbol),
                contains_header: new.contains_header.or(old.contains_header),
                header: new.header.or(old.header),
                disable_value_trimming: new.disable_value_trimming.or(old.disable_value_trimming),
                allow_single_column: new.allow_single_column.or(old.allow_single_column),
                custom_datatype_configured: new
                    .custom_datatype_configured
                    .or(old.custom_datatype_configured),
                custom_datatypes: new.custom_datatypes.or(old.custom_datatypes),
                serde: new.serde.or(old.serde),
                last_updated: Some(now),
                version: next(old.version),
                name: old.name,
                creation_time: old.creation_time,
            }),
            ..Default::default()
        }),
        _ => Err(Error::InvalidInput(
            "The type of a classifier cannot be changed".to_owned(),
        )),
    }
}
