//! What each caller may spend in a minute: costs of operations, and mutations.
//!
//! A budget fills up again bit by bit, so who has spent his waits seconds. Pitfall: each process counts for itself; over
//! several nodes a caller has as many budgets.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use rules::vocabulary::Role;
use uuid::Uuid;

use crate::config::{self, Budget, Spender};
use crate::kit::clock::Clock;

/// How many charges lie between two times that full budgets are forgotten.
const SWEEP: usize = 4_096;

/// Whose budget is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Payer {
    /// A person, over all his sessions.
    Person(Uuid),
    /// An API key.
    Key(Uuid),
    /// Somebody who is not signed in. Of IPv6 the network, which one subscriber has whole.
    Address(IpAddr),
}

impl Payer {
    /// Whoever is not signed in, by where he comes from.
    pub fn at(address: IpAddr) -> Self {
        Self::Address(match address {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            address => address,
        })
    }
}

/// A budget that does not suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// What it has in a minute.
    pub budget: u32,
    /// Seconds after which it suffices; `None` when it never does.
    pub retry_after: Option<u64>,
}

/// The process's clock as budgets read it.
#[derive(Debug, Clone)]
struct Ticks(Arc<Clock>);

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let micros = u64::try_from(self.0.now().timestamp_micros()).unwrap_or_default();
        Nanos::new(micros.saturating_mul(1_000))
    }
}

type Limiter = RateLimiter<Payer, DashMapStateStore<Payer>, Ticks, StateInformationMiddleware>;

/// The budgets of one size.
struct Buckets {
    budget: u32,
    limiter: Limiter,
    charges: AtomicUsize,
}

impl Buckets {
    /// `None` for no limit.
    fn of(budget: u32, clock: &Arc<Clock>) -> Option<Self> {
        let quota = Quota::per_minute(NonZeroU32::new(budget)?);
        let ticks = Ticks(clock.clone());
        Some(Self {
            budget,
            limiter: RateLimiter::new(quota, DashMapStateStore::default(), ticks),
            charges: AtomicUsize::default(),
        })
    }

    /// Takes what it costs; gives what is left.
    fn charge(&self, payer: Payer, cost: u64) -> Result<u64, Spent> {
        if self.charges.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.limiter.retain_recent();
        }
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        let cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN);
        let spent = |retry_after| Spent {
            budget: self.budget,
            retry_after,
        };
        match self.limiter.check_key_n(&payer, cost) {
            Ok(Ok(left)) => Ok(left.remaining_burst_capacity().into()),
            Ok(Err(wait)) => {
                let wait = wait.wait_time_from(self.limiter.clock().now());
                Err(spent(Some(wait.as_secs() + 1)))
            }
            Err(_) => Err(spent(None)),
        }
    }
}

/// The budgets of all callers.
pub struct Budgets {
    all: u32,
    others: Vec<Budget>,
    costs: HashMap<u32, Buckets>,
    mutations: Option<Buckets>,
}

impl Budgets {
    /// Budgets of the configured sizes.
    pub fn new(limits: &config::Limits, clock: &Arc<Clock>) -> Self {
        let sizes = limits.budgets.iter().map(|other| other.cost);
        let sizes = sizes.chain([limits.budget]);
        let buckets = sizes.filter_map(|size| Some((size, Buckets::of(size, clock)?)));
        Self {
            all: limits.budget,
            others: limits.budgets.clone(),
            costs: buckets.collect(),
            mutations: Buckets::of(limits.mutations, clock),
        }
    }

    /// Takes what an operation costs at most out of its caller's budget; gives what is left, `None` when there is no limit.
    /// Of several roles the one with the largest budget counts.
    ///
    /// # Errors
    /// The budget does not suffice.
    pub fn charge(
        &self,
        payer: Payer,
        roles: impl Iterator<Item = Role>,
        cost: u64,
    ) -> Result<Option<u64>, Spent> {
        let of = |spender| {
            let mut others = self.others.iter();
            let found = others.find(|other| other.spender == spender);
            found.map(|other| other.cost)
        };
        let budget = match payer {
            Payer::Person(_) => {
                let own = roles.filter_map(|role| of(Spender::Role(role)));
                // None is the largest.
                own.max_by_key(|own| own.wrapping_sub(1))
            }
            Payer::Key(_) => of(Spender::ApiKey),
            Payer::Address(_) => of(Spender::Nobody),
        };
        let buckets = self.costs.get(&budget.unwrap_or(self.all));
        buckets
            .map(|buckets| buckets.charge(payer, cost))
            .transpose()
    }

    /// Counts a mutation.
    ///
    /// # Errors
    /// There were too many.
    pub fn count_mutation(&self, payer: Payer) -> Result<(), Spent> {
        let buckets = self.mutations.as_ref();
        buckets.map_or(Ok(()), |buckets| buckets.charge(payer, 1).map(|_| ()))
    }
}
