//! Finding the partitions that are asked for without reading the others.

use lakebed_core::Connection;
use lakebed_wire::glue::{Partition, Segment, Table};

use super::expression::Expression;
use super::index::Search;
use super::key::{after_all_with, partition_values};
use crate::Error;
use crate::catalog::PARTITIONS;
use crate::paging::Page;

/// How many keys are looked at before partitions that cannot match are passed over.
const STRIDE: usize = 256;

/// What a partition must be like to be in the answer.
pub(super) struct Wanted<'a> {
    pub(super) expression: Option<&'a Expression>,
    pub(super) segment: Option<&'a Segment>,
}

impl Wanted<'_> {
    /// The partitions of a page and, if there are more, the first after it, with their keys.
    pub(super) fn page(
        &self,
        connection: &Connection,
        table: &Table,
        scope: &str,
        page: &Page,
    ) -> Result<Vec<(String, Partition)>, Error> {
        if self.expression.is_none() && self.segment.is_none() {
            let after = page.after.as_deref();
            return Ok(PARTITIONS.page(connection, scope, after, page.limit + 1)?);
        }
        if let Some(expression) = self.expression
            && let Some(search) = Search::plan(connection, table, scope, expression, page)?
        {
            return Ok(search.page(connection, scope, page, |key| self.includes(key))?);
        }
        let mut found = Vec::new();
        let mut after = page.after.clone();
        while found.len() <= page.limit {
            let keys = PARTITIONS.keys(connection, scope, after.as_deref(), STRIDE)?;
            let Some(last) = keys.last() else { break };
            after = Some(self.hopeless_until(last).unwrap_or_else(|| last.clone()));
            for key in keys {
                if self.includes(&key)
                    && found.len() <= page.limit
                    && let Some(partition) = PARTITIONS.get(connection, scope, &key)?
                {
                    found.push((key, partition));
                }
            }
        }
        Ok(found)
    }

    fn includes(&self, key: &str) -> bool {
        self.segment
            .is_none_or(|segment| is_in_segment(key, segment))
            && self
                .expression
                .is_none_or(|expression| expression.matches(&partition_values(key)))
    }

    /// Where the partitions end that start with the same values as this one and therefore cannot
    /// match either; none if they may.
    fn hopeless_until(&self, key: &str) -> Option<String> {
        let expression = self.expression?;
        let values = partition_values(key);
        (1..values.len())
            .map(|length| &values[..length])
            .find(|leading| !expression.matches(leading))
            .map(after_all_with)
    }
}

/// Whether a partition belongs to a segment: segments split the answer into parts that do not
/// overlap and together are the whole (FNV-1a of the key, so that it never changes).
fn is_in_segment(key: &str, segment: &Segment) -> bool {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let total = u64::try_from(segment.total_segments).unwrap_or(1).max(1);
    u64::try_from(segment.segment_number).is_ok_and(|number| hash % total == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_split_the_whole_without_overlap() {
        for number in 0..100 {
            let key = format!("2025\u{1}{number}");
            let homes = (0..4)
                .filter(|segment_number| {
                    let segment = Segment {
                        segment_number: *segment_number,
                        total_segments: 4,
                    };
                    is_in_segment(&key, &segment)
                })
                .count();
            assert_eq!(homes, 1);
        }
    }
}
