//! What becomes of a request's body that nobody read to its end.
//!
//! A request can be refused before its body has arrived. If the connection were closed then,
//! clients that are still sending would see a broken connection instead of the refusal.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use http_body::{Frame, SizeHint};
use tokio::sync::oneshot;

/// How much of a body is read only to be dropped, in bytes.
const MOST_DRAINED: u64 = 64 * 1024 * 1024;

/// How long that may take.
const LONGEST_DRAIN: Duration = Duration::from_secs(10);

/// A body that is handed back when it is dropped before its end.
struct Watched {
    body: Body,
    ended: bool,
    hand_back: Option<oneshot::Sender<Body>>,
}

/// Where the rest of a body is found once its reader is done.
pub(crate) struct Leftover(oneshot::Receiver<Body>);

/// Watches whether `body` is read to its end.
pub(crate) fn watch(body: Body) -> (Body, Leftover) {
    let (hand_back, leftover) = oneshot::channel();
    let ended = http_body::Body::is_end_stream(&body);
    (
        Body::new(Watched {
            body,
            ended,
            hand_back: Some(hand_back),
        }),
        Leftover(leftover),
    )
}

impl Leftover {
    /// Reads the rest and drops it, while the answer is on its way.
    pub(crate) fn drain(mut self) {
        let Ok(rest) = self.0.try_recv() else { return };
        tokio::spawn(tokio::time::timeout(LONGEST_DRAIN, async move {
            let mut drained = 0;
            let mut pieces = rest.into_data_stream();
            while let Some(Ok(piece)) = pieces.next().await {
                drained += piece.len() as u64;
                if drained > MOST_DRAINED {
                    return;
                }
            }
        }));
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.ended = true;
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

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.ended
            && !http_body::Body::is_end_stream(&self.body)
            && let Some(hand_back) = self.hand_back.take()
        {
            let _ = hand_back.send(std::mem::take(&mut self.body));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn an_unread_body_is_handed_back() {
        let (body, mut leftover) = watch(Body::from("unread"));
        drop(body);
        let rest = leftover.0.try_recv().unwrap();
        assert_eq!(rest.collect().await.unwrap().to_bytes(), "unread");
    }

    #[tokio::test]
    async fn nothing_is_left_of_a_body_that_was_read() {
        let (body, mut leftover) = watch(Body::from("read"));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "read");
        assert!(leftover.0.try_recv().is_err());
    }
}
