//! What a Spark script asks for that only a JVM has, found before it runs.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

/// A line that cannot run here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsupported {
    /// Counted from 1.
    pub(super) line: usize,
    what: &'static str,
    instead: &'static str,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the script uses {}, which needs Spark's JVM; {}",
            self.what, self.instead
        )
    }
}

/// Pattern, what it is, what to do about it.
const NEEDS: [(&str, &str, &str); 6] = [
    (
        r"\.rdd\b",
        "RDDs (.rdd)",
        "use DataFrame functions, or DynamicFrame's map and filter",
    ),
    (
        r"\.(parallelize|textFile|wholeTextFiles|sequenceFile|newAPIHadoopFile)\s*\(",
        "RDDs (SparkContext.parallelize, textFile, …)",
        "use spark.createDataFrame or spark.read",
    ),
    (
        r"\._(jvm|jsc|jdf|jsparkSession)\b",
        "Java objects (_jvm, _jsc, …)",
        "do it in Python: boto3 reaches S3 and Glue",
    ),
    (
        r#"(format\s*\(\s*["'](hudi|org\.apache\.hudi)|hoodie\.)"#,
        "Apache Hudi",
        "write Parquet",
    ),
    (
        r#"(format\s*\(\s*["']delta["']|\bfrom\s+delta\b|\bimport\s+delta\b|DeltaTable\b)"#,
        "Delta Lake",
        "write Parquet",
    ),
    (
        r"\bfrom\s+pyspark\.streaming\b|\bStreamingContext\s*\(",
        "Spark Streaming",
        "read files in batches",
    ),
];

static PATTERNS: LazyLock<Vec<(Regex, &str, &str)>> = LazyLock::new(|| {
    NEEDS
        .iter()
        .filter_map(|(pattern, what, instead)| Some((Regex::new(pattern).ok()?, *what, *instead)))
        .collect()
});

/// The first line that cannot run here; comments do not count.
pub(super) fn find_unsupported(script: &str) -> Option<Unsupported> {
    script.lines().enumerate().find_map(|(index, text)| {
        let code = without_comment(text);
        PATTERNS
            .iter()
            .find(|(pattern, ..)| pattern.is_match(code))
            .map(|(_, what, instead)| Unsupported {
                line: index + 1,
                what,
                instead,
            })
    })
}

/// A line up to its comment. A `#` after a quote may be text, and then the line stays whole.
fn without_comment(line: &str) -> &str {
    match line.split_once('#') {
        Some((code, _)) if !code.contains(['"', '\'']) => code,
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_needs_a_jvm_is_found_with_its_line() {
        let cases = [
            ("df = 1\nrows = df.rdd.map(f)", 2, "RDDs (.rdd)"),
            ("x = sc.parallelize([1])", 1, "parallelize"),
            (
                "sc._jsc.hadoopConfiguration().set('a', 'b')",
                1,
                "Java objects",
            ),
            ("df.write.format('hudi').save(p)", 1, "Hudi"),
            ("from delta.tables import DeltaTable", 1, "Delta"),
        ];
        for (script, line, what) in cases {
            let found = find_unsupported(script).unwrap();
            assert_eq!(found.line, line, "{script}");
            assert!(found.to_string().contains(what), "{script}: {found}");
        }
    }

    #[test]
    fn what_only_looks_like_it_runs() {
        for script in [
            "# df.rdd.map(f)",
            "x = 1  # was sc.parallelize([x])",
            "df.write.format('parquet').save('s3://lake/rdds/')",
            "hardware.rddl",
        ] {
            assert_eq!(find_unsupported(script), None, "{script}");
        }
    }

    #[test]
    fn every_pattern_is_one() {
        assert_eq!(PATTERNS.len(), NEEDS.len());
    }
}
