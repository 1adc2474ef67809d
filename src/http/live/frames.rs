//! What comes in over a socket, held to the size of a message before it is kept.
//!
//! A WebSocket decoder waits for the whole of a frame, however long its head says it is, so the head is read here: the
//! stream ends at one that announces too much. How much that is can change while the socket is open.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;

/// The longest head of a frame: two bytes, eight of length, four of mask.
const LONGEST: usize = 14;

/// The text of the error by which the stream ends.
pub(super) const TOO_LONG: &str = "a frame is longer than a message may be";

/// Follows the frames in a stream of bytes.
#[derive(Debug)]
pub(super) struct Heads {
    most: Rc<Cell<usize>>,
    head: [u8; LONGEST],
    read: usize,
    left: u64,
    /// Bytes of the fragments of a message so far.
    message: u64,
}

/// A frame that is longer than allowed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Heads {
    pub(super) fn new(most: Rc<Cell<usize>>) -> Self {
        Self {
            most,
            head: [0; LONGEST],
            read: 0,
            left: 0,
            message: 0,
        }
    }

    /// Reads on.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Result<(), TooLong> {
        while let Some((first, rest)) = bytes.split_first() {
            if self.left > 0 {
                let skipped = bytes
                    .len()
                    .min(usize::try_from(self.left).unwrap_or(usize::MAX));
                self.left -= skipped as u64;
                bytes = bytes.get(skipped..).unwrap_or_default();
                continue;
            }
            if let Some(place) = self.head.get_mut(self.read) {
                *place = *first;
            }
            self.read += 1;
            bytes = rest;
            if let Some(length) = self.length() {
                let [first, ..] = self.head;
                let (is_last, is_control) = (first & 0x80 != 0, first & 0x08 != 0);
                let before = if is_control { 0 } else { self.message };
                let message = before.saturating_add(length);
                if message > self.most.get() as u64 {
                    return Err(TooLong);
                }
                if !is_control {
                    self.message = if is_last { 0 } else { message };
                }
                (self.read, self.left) = (0, length);
            }
        }
        Ok(())
    }

    /// The length of the frame's content, once its head is complete.
    fn length(&self) -> Option<u64> {
        let [_, second, b2, b3, b4, b5, b6, b7, b8, b9, ..] = self.head;
        let mask = if second & 0x80 == 0 { 0 } else { 4 };
        let (wide, length) = match second & 0x7f {
            126 => (2, u64::from(u16::from_be_bytes([b2, b3]))),
            127 => (8, u64::from_be_bytes([b2, b3, b4, b5, b6, b7, b8, b9])),
            short => (0, u64::from(short)),
        };
        (self.read >= 2 && self.read == 2 + wide + mask).then_some(length)
    }
}

/// The bytes of a socket until a frame is too long.
pub(super) struct Held {
    payload: Payload,
    heads: Heads,
}

impl Held {
    /// Holds what comes in to a size.
    pub(super) fn payload(payload: Payload, most: Rc<Cell<usize>>) -> Payload {
        let held = Self {
            payload,
            heads: Heads::new(most),
        };
        Payload::Stream {
            payload: Box::pin(held),
        }
    }
}

impl Stream for Held {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.payload).poll_next(cx);
        if let Poll::Ready(Some(Ok(bytes))) = &polled
            && self.heads.read(bytes).is_err()
        {
            let error = PayloadError::Io(std::io::Error::other(TOO_LONG));
            return Poll::Ready(Some(Err(error)));
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn heads(most: usize) -> Heads {
        Heads::new(Rc::new(Cell::new(most)))
    }

    fn frame(length: usize, masked: bool) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut bytes = vec![0x81];
        match u16::try_from(length) {
            Ok(short) if short < 126 => bytes.push(mask | short as u8),
            Ok(middle) => {
                bytes.push(mask | 126);
                bytes.extend(middle.to_be_bytes());
            }
            Err(_) => {
                bytes.push(mask | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        // The content looks like heads that announce much.
        bytes.extend(vec![0xff; length + if masked { 4 } else { 0 }]);
        bytes
    }

    proptest! {
        #[test]
        fn frames_within_the_size_pass_however_they_are_cut(
            lengths in prop::collection::vec(prop_oneof![0_usize..200, 65_000..66_000_usize], 1..6),
            masked: bool,
            cut in 1_usize..5_000,
        ) {
            let bytes: Vec<u8> = lengths.iter().flat_map(|length| frame(*length, masked)).collect();
            let most = *lengths.iter().max().unwrap();
            let mut held = heads(most);
            prop_assert!(bytes.chunks(cut).all(|chunk| held.read(chunk).is_ok()));
            if most > 0 {
                let mut held = heads(most - 1);
                prop_assert!(bytes.chunks(cut).any(|chunk| held.read(chunk).is_err()));
            }
        }
    }

    #[test]
    fn a_head_that_announces_too_much_is_enough() {
        let mut heads = heads(1_000_000);
        let head = [&[0x81, 0xff][..], &u64::MAX.to_be_bytes(), &[0; 4]].concat();
        assert_eq!(heads.read(&head), Err(TooLong));
    }

    #[test]
    fn fragments_count_together_and_what_comes_between_them_does_not() {
        let fragment =
            |first: u8, length: u8| [vec![first, length], vec![0; length.into()]].concat();
        let (begun, ping, more, last) = (0x01, 0x89, 0x00, 0x80);
        let read = |heads: &mut Heads, frames: &[(u8, u8)]| {
            let frames = frames
                .iter()
                .flat_map(|(first, length)| fragment(*first, *length));
            heads.read(&frames.collect::<Vec<_>>())
        };
        let mut heads = heads(100);
        let whole = [(begun, 40), (ping, 90), (more, 30), (last, 30)];
        assert_eq!(read(&mut heads, &whole), Ok(()));
        assert_eq!(read(&mut heads, &whole), Ok(()));
        assert_eq!(read(&mut heads, &[(begun, 40), (last, 61)]), Err(TooLong));
    }

    #[test]
    fn the_size_can_grow() {
        let most = Rc::new(Cell::new(10));
        let mut heads = Heads::new(most.clone());
        assert_eq!(heads.read(&frame(10, true)), Ok(()));
        most.set(20);
        assert_eq!(heads.read(&frame(20, true)), Ok(()));
        assert_eq!(heads.read(&frame(21, true)), Err(TooLong));
    }
}
