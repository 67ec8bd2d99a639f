//! Objects uploaded in parts. The parts of an upload are files in a folder of its own until they
//! are put together.

mod complete;
mod list;
mod parts;
mod staged;
mod upload;

pub use complete::{CompleteUpload, CompletedPart};
pub use list::{ListUploads, UploadListing};
pub use parts::{CopyPart, Part, PartListing, UploadPart};
pub(crate) use staged::StagedUpload;
pub use upload::{CreateUpload, Upload};
