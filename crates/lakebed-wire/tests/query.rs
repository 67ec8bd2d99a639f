//! The query protocol on shapes that no service of today has all of, through the public API.
#![allow(clippy::unwrap_used)]

use lakebed_wire::protocol::query::{Form, write_answer};
use lakebed_wire::{List, Map, Member, Range, Shape, Structure, Text};
use serde_json::{Value, json};

static TEXT: Text = Text {
    min: None,
    max: None,
    pattern: None,
    values: &[],
};
static NUMBER: Range = Range {
    min: None,
    max: None,
};
static NAMES: List = List {
    min: None,
    max: None,
    flattened: false,
    member: Shape::Text(&TEXT),
};
static FLAT_NAMES: List = List {
    min: None,
    max: None,
    flattened: true,
    member: Shape::Text(&TEXT),
};
static COUNTS: Map = Map {
    min: None,
    max: None,
    key: Shape::Text(&TEXT),
    value: Shape::Integer(&NUMBER),
};
static NODE: Structure = Structure {
    members: &[
        member("Name", Shape::Text(&TEXT)),
        member("Names", Shape::List(&NAMES)),
        Member {
            location: Some("FlatName"),
            ..member("FlatNames", Shape::List(&FLAT_NAMES))
        },
        member("Counts", Shape::Map(&COUNTS)),
        member("Enabled", Shape::Boolean),
        member("When", Shape::Timestamp),
        member("Child", Shape::Structure(&NODE)),
    ],
};

const fn member(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        location: None,
        required: false,
        shape,
    }
}

fn request(form: &str) -> Value {
    Form::parse(form.as_bytes()).request(&NODE).unwrap()
}

#[test]
fn lists_maps_and_structures_are_read_from_their_flat_names() {
    let form = "Name=a+b%26c&Names.member.1=x&Names.member.2=y&FlatName.1=p&FlatName.2=q\
                &Counts.entry.1.key=k&Counts.entry.1.value=7&Enabled=true&Child.Child.Name=deep";
    assert_eq!(
        request(form),
        json!({
            "Name": "a b&c",
            "Names": ["x", "y"],
            "FlatNames": ["p", "q"],
            "Counts": {"k": 7},
            "Enabled": true,
            "Child": {"Child": {"Name": "deep"}},
        })
    );
}

#[test]
fn the_first_of_two_values_counts_and_what_was_not_sent_is_absent() {
    assert_eq!(request("Name=first&Name=second"), json!({"Name": "first"}));
    assert_eq!(request("Childish.Name=x&Version=1"), json!({}));
}

#[test]
fn a_value_that_cannot_be_read_is_named() {
    let form = Form::parse(b"Counts.entry.1.key=k&Counts.entry.1.value=many");
    let failure = form.request(&NODE).unwrap_err();
    assert_eq!(failure.code, "MalformedInput");
    assert_eq!(
        failure.message,
        "'Counts.entry.1.value' must be a whole number, got 'many'"
    );
}

#[test]
fn a_form_without_an_action_is_refused() {
    let failure = Form::parse(b"Version=1").action().unwrap_err();
    assert_eq!(
        (failure.status, failure.code.as_str()),
        (400, "MissingAction")
    );
}

#[test]
fn answers_nest_as_the_shapes_say() {
    let answer = json!({
        "Name": "a<b",
        "Names": ["x", "y"],
        "FlatNames": ["p", "q"],
        "Counts": {"k": 7},
        "Enabled": false,
        "When": 1_735_689_600,
        "Child": {"Name": null},
    });
    let written = write_answer("urn:x", "Do", Some(&NODE), &answer, "id").unwrap();
    assert_eq!(
        String::from_utf8(written.body).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><DoResponse xmlns=\"urn:x\"><DoResult>\
         <Name>a&lt;b</Name><Names><member>x</member><member>y</member></Names>\
         <FlatName>p</FlatName><FlatName>q</FlatName>\
         <Counts><entry><key>k</key><value>7</value></entry></Counts>\
         <Enabled>false</Enabled><When>2025-01-01T00:00:00.000Z</When><Child></Child>\
         </DoResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DoResponse>"
    );
}
