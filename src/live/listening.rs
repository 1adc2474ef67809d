//! Somebody who listens: who he is whenever that is asked, what his subscription may cost, and where its deliveries wait to
//! be sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rules::kit::error_code::ErrorCode;

use super::{Live, Standing};
use crate::acting::Acting;
use crate::graph::Fragment;
use crate::kit::error::{Error, Result};

/// Events that are read at once, and so objects that go into one delivery at most.
pub(super) const TOGETHER: u64 = 200;

/// What a subscription may cost.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Objects that one delivery about one object returns at most, by its document.
    pub estimated: u64,
    /// Objects that a delivery may return.
    pub nodes: u64,
}

impl Budget {
    /// How many objects go into one delivery.
    pub(super) fn together(self) -> usize {
        (self.nodes / self.estimated.max(1)).clamp(1, TOGETHER) as usize
    }
}

/// A subscription that somebody asked for.
pub struct Listening {
    /// What the process shares.
    pub live: Arc<Live>,
    /// Who listens.
    pub standing: Standing,
    /// What it may cost.
    pub budget: Budget,
    request_id: String,
    delivered: Mutex<VecDeque<Result<(Fragment, usize)>>>,
}

impl Listening {
    /// Somebody listens.
    pub fn new(live: Arc<Live>, standing: Standing, budget: Budget, request_id: String) -> Self {
        Self {
            live,
            standing,
            budget,
            request_id,
            delivered: Mutex::default(),
        }
    }

    /// Id of the request that began it, for errors.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Leaves a delivery for whoever sends it, or why it can't begin.
    pub fn leave(&self, delivery: Result<(Fragment, usize)>) {
        let mut delivered = self
            .delivered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        delivered.push_back(delivery);
    }

    /// Takes the delivery that was left.
    pub fn take(&self) -> Option<Result<(Fragment, usize)>> {
        let mut delivered = self
            .delivered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        delivered.pop_front()
    }

    pub(super) fn acting(&self) -> Result<Acting> {
        (self.standing)().ok_or_else(|| {
            Error::api(
                ErrorCode::Unauthenticated,
                "the token is not valid any more: refresh it, or sign in again, and go on with `after`",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_more_comes_in_smaller_parts() {
        let together = |estimated, nodes| Budget { estimated, nodes }.together();
        assert_eq!(together(2, 50_000), 200);
        assert_eq!(together(250, 50_000), 200);
        assert_eq!(together(251, 50_000), 199);
        assert_eq!(together(50_000, 50_000), 1);
        assert_eq!(together(60_000, 50_000), 1);
        assert_eq!(together(0, 50_000), 200);
    }
}
