pub(super) mod contains;
