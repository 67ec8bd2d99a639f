//! Checks a request against its model, and says what is wrong in AWS's words.

mod constraints;
mod json_types;
mod place;
mod rendering;

use serde_json::Value;

use self::constraints::{Constraint, constraints_of, keeps};
use self::json_types::check_type;
use self::place::Place;
use self::rendering::Rendered;
use crate::{Failure, List, Map, Member, Service, Shape, Structure};

/// AWS services stop counting here.
const MOST_VIOLATIONS: usize = 10;

/// Checks that `request` keeps the constraints of `structure`. Unknown members are let through,
/// and a null is a member that was not sent.
///
/// # Errors
/// `SerializationException` where a value has the wrong JSON type; else the service's validation
/// error, which names every member that breaks a constraint, and the constraint.
pub fn validate(
    service: &Service,
    structure: &'static Structure,
    request: &Value,
) -> Result<(), Failure> {
    check_type(Shape::Structure(structure), request, &Place::Root)?;
    let mut check = Check::default();
    check.structure(structure, request, &Place::Root)?;
    if check.violations.is_empty() {
        return Ok(());
    }
    let count = check.violations.len();
    let noun = if count == 1 { "error" } else { "errors" };
    let message = format!(
        "{count} validation {noun} detected: {}",
        check.violations.join("; ")
    );
    let mut failure = Failure::new(400, service.validation_error, message);
    for (name, value) in service.validation_members {
        failure.members.insert((*name).to_owned(), (*value).into());
    }
    Err(failure)
}

/// What has been found so far.
#[derive(Default)]
struct Check {
    violations: Vec<String>,
}

impl Check {
    fn structure(
        &mut self,
        structure: &Structure,
        value: &Value,
        place: &Place<'_>,
    ) -> Result<(), Failure> {
        for Member {
            name,
            required,
            shape,
            ..
        } in structure.members
        {
            let place = Place::Member(place, name);
            match value.get(*name) {
                None | Some(Value::Null) if *required => {
                    self.violation(&Value::Null, &place, "Member must not be null");
                }
                None | Some(Value::Null) => {}
                Some(value) => {
                    check_type(*shape, value, &place)?;
                    for constraint in constraints_of(*shape) {
                        if !constraint.holds(value) {
                            self.violation(value, &place, &constraint.to_string());
                        }
                    }
                    self.inside(*shape, value, &place)?;
                }
            }
        }
        Ok(())
    }

    /// Checks what `value` holds, but not `value` itself.
    fn inside(&mut self, shape: Shape, value: &Value, place: &Place<'_>) -> Result<(), Failure> {
        match (shape, value) {
            (Shape::Structure(structure), value) => self.structure(structure, value, place),
            (Shape::List(list), Value::Array(elements)) => self.list(list, elements, value, place),
            (Shape::Map(map), Value::Object(entries)) => self.map(map, entries, value, place),
            _ => Ok(()),
        }
    }

    fn list(
        &mut self,
        list: &List,
        elements: &[Value],
        whole: &Value,
        place: &Place<'_>,
    ) -> Result<(), Failure> {
        for (index, element) in elements.iter().enumerate() {
            check_type(list.member, element, &Place::Element(place, index))?;
        }
        self.every(list.member, elements.iter(), "Member", whole, place);
        for (index, element) in elements.iter().enumerate() {
            self.inside(list.member, element, &Place::Element(place, index))?;
        }
        Ok(())
    }

    fn map(
        &mut self,
        map: &Map,
        entries: &serde_json::Map<String, Value>,
        whole: &Value,
        place: &Place<'_>,
    ) -> Result<(), Failure> {
        for (key, value) in entries {
            check_type(map.value, value, &Place::Entry(place, key))?;
        }
        let keys: Vec<Value> = entries.keys().map(|key| key.as_str().into()).collect();
        self.every(map.key, keys.iter(), "Map keys", whole, place);
        self.every(map.value, entries.values(), "Map value", whole, place);
        for (key, value) in entries {
            self.inside(map.value, value, &Place::Entry(place, key))?;
        }
        Ok(())
    }

    /// Checks values of a list or map in themselves. AWS names the whole list or map, once, and
    /// every constraint its values are under.
    fn every<'a>(
        &mut self,
        shape: Shape,
        mut values: impl Iterator<Item = &'a Value> + Clone,
        subject: &str,
        whole: &Value,
        place: &Place<'_>,
    ) {
        let has_null = values.clone().any(Value::is_null);
        if !has_null && values.all(|value| keeps(shape, value)) {
            return;
        }
        let mut wordings: Vec<String> = constraints_of(shape)
            .map(|constraint: Constraint| constraint.to_string())
            .collect();
        if has_null {
            wordings.push("Member must not be null".to_owned());
        }
        let wordings = wordings.join(", ");
        self.violation(
            whole,
            place,
            &format!("{subject} must satisfy constraint: [{wordings}]"),
        );
    }

    fn violation(&mut self, value: &Value, place: &Place<'_>, constraint: &str) {
        if self.violations.len() == MOST_VIOLATIONS {
            return;
        }
        let value = match value {
            Value::Null => "null".to_owned(),
            value => format!("'{}'", Rendered(value)),
        };
        self.violations.push(format!(
            "Value {value} at '{place}' failed to satisfy constraint: {constraint}"
        ));
    }
}
