pub(super) mod combinations;
pub(super) mod element_at;
mod lists;
pub(super) mod ngrams;
pub(super) mod repeat;
pub(super) mod sequence;
pub(super) mod slice;
