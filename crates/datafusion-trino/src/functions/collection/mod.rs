pub(super) mod element_at;
