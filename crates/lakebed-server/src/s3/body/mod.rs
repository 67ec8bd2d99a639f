//! The bytes of S3 requests on their way in: unwrapped from `aws-chunked`, checked against what
//! the headers promise, never held whole.

mod aws_chunked;
mod checked;

pub(super) use checked::{BodyFault, CheckedBody, Trailers, Watch};
