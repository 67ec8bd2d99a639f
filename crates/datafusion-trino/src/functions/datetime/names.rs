//! The names of months and weekdays.

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// One of the names, or its first `letters`, in any case.
pub(super) fn read_name<'a>(
    text: &'a str,
    names: &[&str],
    letters: usize,
) -> Option<(usize, &'a str)> {
    names.iter().enumerate().find_map(|(position, name)| {
        let name = name.get(..letters).unwrap_or(name);
        let read = text.get(..name.len())?;
        read.eq_ignore_ascii_case(name)
            .then(|| (position, &text[name.len()..]))
    })
}
