//! The file in a form, as a body.

use futures::stream::{self, StreamExt};
use http_body::Frame;
use http_body_util::StreamBody;

use super::form_data::FormData;
use super::policy::LengthRange;
use crate::s3::body::{BodyFault, Watch};

/// The rest of the part that `form` has come to, which must be as long as `allowed` says. What is
/// wrong with it `watch` is told.
pub(super) fn file_body(form: FormData, allowed: Option<LengthRange>, watch: Watch) -> s3s::Body {
    let reader = Reader {
        form,
        allowed,
        sent: 0,
    };
    let pieces = stream::try_unfold(reader, move |mut reader| {
        let watch = watch.clone();
        async move {
            let next = reader.next().await;
            if let Err(fault) = &next {
                watch.note(fault.clone());
            }
            Ok::<_, BodyFault>(next?.map(|piece| (Frame::data(piece), reader)))
        }
    });
    s3s::Body::http_body_unsync(StreamBody::new(pieces.boxed()))
}

struct Reader {
    form: FormData,
    allowed: Option<LengthRange>,
    sent: u64,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<bytes::Bytes>, BodyFault> {
        let piece = self.form.chunk().await.map_err(|_| BodyFault::Incomplete)?;
        self.sent += piece.as_ref().map_or(0, bytes::Bytes::len) as u64;
        match self.allowed {
            Some(LengthRange { most, .. }) if self.sent > most => Err(BodyFault::TooLarge { most }),
            Some(LengthRange { least, .. }) if piece.is_none() && self.sent < least => {
                Err(BodyFault::TooSmall {
                    least,
                    sent: self.sent,
                })
            }
            _ => Ok(piece),
        }
    }
}
