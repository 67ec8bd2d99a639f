//! Trino's functions where DataFusion has none of that name, or one that means something else.
//!
//! Knows DataFusion and nothing else of this crate. Functions that are another one's synonym or
//! shorthand are rewritten in the AST ([`rewrite`]); the others are functions of their own, one
//! file each.

mod aggregate;
pub(crate) mod array;
mod binary;
mod bitwise;
mod comparison;
mod compiled;
mod conditional;
mod conversion;
mod datetime;
pub(crate) mod decimal;
mod foreign;
mod geospatial;
mod ip_address;
mod json;
mod lambda;
mod map;
mod math;
mod now;
mod regexp;
mod rewrite;
pub(crate) mod scalar;
mod sketch;
mod string;
mod teradata;
mod url;
mod uuid;

use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF};

pub(crate) use comparison::like_pattern::backslash_escapes;
pub(crate) use conversion::cast::{cast, cast_array, has_cast};
pub(crate) use datetime::interval;
pub(crate) use foreign::is_foreign;
pub(crate) use lambda::takes_lambdas;
pub(crate) use math::abs::abs;
pub(crate) use math::ceil::{ceiling, floor};
pub(crate) use now::Now;
pub(crate) use rewrite::{call, rewrite, whole_number};

/// The scalar functions of their own, to be registered with a session.
pub(crate) fn scalar_functions() -> Vec<ScalarUDF> {
    let mut functions = vec![
        aggregate::listagg::udf(),
        bitwise::bit_count::udf(),
        comparison::like_pattern::udf(),
        conversion::format::udf(),
        conversion::format_number::udf(),
        conversion::typeof_::udf(),
        datetime::date_add::udf(),
        datetime::date_diff::udf(),
        datetime::date_trunc::udf(),
        datetime::last_day_of_month::udf(),
        json::is_json_scalar::udf(),
        json::json_array_contains::udf(),
        json::json_array_get::udf(),
        json::json_array_length::udf(),
        json::json_format::udf(),
        json::json_parse::udf(),
        regexp::regexp_count::udf(),
        regexp::regexp_like::udf(),
        regexp::regexp_position::udf(),
        regexp::regexp_replace::udf(),
        regexp::regexp_split::udf(),
        uuid::udf(),
    ];
    functions.extend([
        array::cardinality::array_join(),
        array::combinations::udf(),
        array::constructor::udf(),
        array::element_at::udf(),
        array::ngrams::udf(),
        array::repeat::udf(),
        array::sequence::udf(),
        ip_address::contains::overload(array::contains::contains()).udf(),
        map::constructor::udf(),
    ]);
    functions.extend(array::concat::udfs());
    functions.extend(array::contains::udfs());
    functions.extend(array::sets::udfs());
    functions.extend(array::slice::udfs());
    functions.extend(array::sort::udfs());
    functions.extend(map::from_entries::udfs());
    functions.extend(bitwise::logic::udfs());
    functions.extend(bitwise::shift::udfs());
    functions.extend([
        math::abs::udf(),
        math::cosine_similarity::udf(),
        math::negate::udf(),
        math::round::udf(),
        math::sign::udf(),
        math::truncate::udf(),
        math::width_bucket::udf(),
    ]);
    functions.extend(math::base::udfs());
    functions.extend(math::ceil::udfs());
    functions.extend(math::constants::udfs());
    functions.extend(math::elementary::udfs());
    functions.extend(math::is_nan::udfs());
    functions.extend(math::probability::udfs());
    functions.extend(math::random::udfs());
    functions.extend(math::wilson_interval::udfs());
    functions.extend([
        string::concat_ws::udf(),
        string::length::udf(),
        string::luhn_check::udf(),
        string::normalize::udf(),
        string::replace::udf(),
        string::soundex::udf(),
        string::translate::udf(),
        string::word_stem::udf(),
    ]);
    functions.extend(json::json_extract::udfs());
    functions.extend(regexp::regexp_extract::udfs());
    functions.extend(string::case::udfs());
    functions.extend(string::chr::udfs());
    functions.extend(string::distance::udfs());
    functions.extend(string::pad::udfs());
    functions.extend(string::split::udfs());
    functions.extend(string::split_to_map::udfs());
    functions.extend(string::strpos::udfs());
    functions.extend(string::substr::udfs());
    functions.extend(string::trim::udfs());
    functions.extend(string::utf8::udfs());
    functions.extend(binary::base::udfs());
    functions.extend(binary::big_endian::udfs());
    functions.extend(binary::hash::udfs());
    functions.extend(binary::hex::udfs());
    functions.extend(binary::hmac::udfs());
    functions.extend(binary::ieee754::udfs());
    functions.extend(conversion::cast::varchar_udfs());
    functions.extend(datetime::date_format::udfs());
    functions.extend(datetime::duration::udfs());
    functions.extend(datetime::field::udfs());
    functions.extend(datetime::format_datetime::udfs());
    functions.extend(datetime::interval::udfs());
    functions.extend(datetime::iso8601::udfs());
    functions.extend(datetime::timezone::udfs());
    functions.extend(datetime::unixtime::udfs());
    functions.extend(binary::spooky_hash::udfs());
    functions.extend(comparison::greatest::udfs());
    functions.extend(conversion::parse_data_size::udfs());
    functions.extend(teradata::index::udfs());
    functions.extend(teradata::to_char::udfs());
    functions.extend(geospatial::udfs());
    functions.extend(sketch::udfs());
    functions.extend(url::encode::udfs());
    functions.extend(url::extract::udfs());
    functions
}

/// The functions that take functions, to be registered with a session.
pub(crate) fn higher_order_functions() -> Vec<HigherOrderUDF> {
    let mut functions = lambda::udfs();
    functions.extend([conditional::try_::udf(), regexp::regexp_replace_by::udf()]);
    functions
}

/// The aggregate functions of their own, to be registered with a session.
pub(crate) fn aggregate_functions() -> Vec<AggregateUDF> {
    let mut functions = vec![
        aggregate::approx_distinct::udaf(),
        aggregate::approx_most_frequent::udaf(),
        aggregate::approx_percentile::udaf(),
        aggregate::avg::udaf(),
        aggregate::checksum::udaf(),
        aggregate::entropy::udaf(),
        aggregate::geometric_mean::udaf(),
        aggregate::histogram::udaf(),
        aggregate::numeric_histogram::udaf(),
        aggregate::sum::udaf(),
    ];
    functions.extend(aggregate::bitwise::udafs());
    functions.extend(aggregate::extremes::udafs());
    functions.extend(aggregate::map_agg::udafs());
    functions.extend(aggregate::moments::udafs());
    functions.extend(geospatial::udafs());
    functions.extend(sketch::udafs());
    functions
}
