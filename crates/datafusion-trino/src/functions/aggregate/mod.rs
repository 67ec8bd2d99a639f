pub(super) mod approx_percentile;
