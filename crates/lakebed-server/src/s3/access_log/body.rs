use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::entry::Answered;

/// The body of an answer, which writes the log when it has been sent, or is given up.
pub(super) struct Counted {
    body: Body,
    sent: u64,
    answered: Option<Answered>,
}

impl Counted {
    pub(super) fn new(body: Body, answered: Answered) -> Self {
        Self {
            body,
            sent: 0,
            answered: Some(answered),
        }
    }
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.sent += data.len() as u64;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(answered) = self.answered.take() {
            answered.write(self.sent);
        }
    }
}
