//! Which rule types there are, and what each takes. Source: "DQDL rule type reference".

/// What a condition may compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operands {
    Number,
    Text,
    Date,
    Duration,
    Size,
}

/// Whether a rule ends in a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expects {
    Nothing,
    Condition(&'static [Operands]),
    /// Judged by a condition or by the rows it names.
    Optional(&'static [Operands]),
}

/// What follows a rule type's name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature {
    /// Least and most parameters.
    pub(super) parameters: (usize, usize),
    pub(super) expects: Expects,
    pub(super) filter: bool,
    pub(super) threshold: bool,
}

const MANY: usize = usize::MAX;

macro_rules! rule_types {
    ($($name:ident),* $(,)?) => {
        /// The rule types, by the names DQDL gives them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum RuleType {
            $($name,)*
        }

        impl RuleType {
            /// The rule type of a name; case matters.
            pub(super) fn named(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(Self::$name),)*
                    _ => None,
                }
            }

            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

rule_types! {
    AggregateMatch, AllStatistics, ColumnCorrelation, ColumnCount, ColumnDataType, ColumnExists,
    ColumnLength, ColumnNamesMatchPattern, ColumnValues, Completeness, CustomSql, DataFreshness,
    DatasetMatch, DetectAnomalies, DistinctValuesCount, Entropy, FileFreshness, FileMatch, FileSize,
    FileUniqueness, IsComplete, IsPrimaryKey, IsUnique, Mean, ReferentialIntegrity, RowCount,
    RowCountMatch, SchemaMatch, StandardDeviation, Sum, UniqueValueRatio, Uniqueness, Variance,
}

impl RuleType {
    pub(super) fn signature(self) -> Signature {
        use Expects::{Condition, Nothing, Optional};
        use Operands::{Date, Duration, Number, Size, Text};
        let (parameters, expects, filter, threshold) = match self {
            Self::RowCount => ((0, 0), Condition(&[Number]), true, false),
            Self::ColumnCount => ((0, 0), Condition(&[Number]), false, false),
            Self::RowCountMatch | Self::SchemaMatch => ((1, 1), Condition(&[Number]), false, false),
            Self::Completeness
            | Self::Mean
            | Self::Sum
            | Self::StandardDeviation
            | Self::Variance
            | Self::Entropy
            | Self::DistinctValuesCount
            | Self::UniqueValueRatio
            | Self::ColumnLength => ((1, 1), Condition(&[Number]), true, false),
            Self::Uniqueness => ((1, MANY), Condition(&[Number]), true, false),
            Self::ColumnCorrelation => ((2, 2), Condition(&[Number]), true, false),
            Self::IsComplete => ((1, 1), Nothing, true, false),
            Self::IsUnique | Self::IsPrimaryKey => ((1, MANY), Nothing, true, false),
            Self::ColumnExists | Self::ColumnNamesMatchPattern => ((1, 1), Nothing, false, false),
            Self::ColumnDataType => ((1, 1), Condition(&[Text]), true, true),
            Self::ColumnValues => ((1, 1), Condition(&[Text, Number, Date]), true, true),
            Self::DataFreshness => ((1, 1), Condition(&[Duration]), true, false),
            Self::CustomSql => ((1, 1), Optional(&[Number]), false, true),
            Self::ReferentialIntegrity | Self::AggregateMatch => {
                ((2, 2), Condition(&[Number]), false, false)
            }
            Self::DatasetMatch => ((2, 3), Condition(&[Number]), false, false),
            Self::DetectAnomalies => ((1, MANY), Nothing, false, false),
            Self::AllStatistics => ((1, 1), Nothing, false, false),
            Self::FileMatch => ((0, 2), Optional(&[Text]), false, false),
            Self::FileUniqueness => ((0, 1), Condition(&[Number]), false, false),
            Self::FileFreshness => ((0, 1), Condition(&[Date]), false, true),
            Self::FileSize => ((0, 1), Condition(&[Size]), false, true),
        };
        Signature {
            parameters,
            expects,
            filter,
            threshold,
        }
    }

    /// Whether the type stands in `Analyzers`: those that measure something.
    pub(super) fn is_analyzer(self) -> bool {
        self == Self::AllStatistics || self.signature().expects != Expects::Nothing
    }

    /// The rule type that `DetectAnomalies` watches under a name.
    pub(crate) fn measured(name: &str) -> Option<Self> {
        let rule_type = Self::named(if name == "CustomSQL" {
            "CustomSql"
        } else {
            name
        })?;
        matches!(
            rule_type,
            Self::RowCount
                | Self::Completeness
                | Self::Uniqueness
                | Self::Mean
                | Self::Sum
                | Self::StandardDeviation
                | Self::Entropy
                | Self::DistinctValuesCount
                | Self::UniqueValueRatio
                | Self::ColumnLength
                | Self::ColumnValues
                | Self::ColumnCorrelation
                | Self::CustomSql
                | Self::ColumnCount
        )
        .then_some(rule_type)
    }

    /// Whether the type may have `with key = "value"`.
    pub(super) fn takes_tags(self) -> bool {
        matches!(
            self,
            Self::FileFreshness
                | Self::FileMatch
                | Self::FileSize
                | Self::FileUniqueness
                | Self::ColumnDataType
                | Self::ColumnValues
        )
    }
}
