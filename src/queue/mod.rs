//! What is known of a job queue: what its compute environments offer, and how it schedules.
//!
//! It is stated in `flowbatch.toml`, or was read from the account; the rules
//! are the same. A fact that is not known makes the rules that need it silent.

mod account;
mod instances;

use std::collections::HashMap;

pub use account::{Account, Environment, Found};
pub use instances::{
    Arch, BUNDLES, InstanceType, RESERVED_MEMORY, Selection, families, named, select, table,
    table_date,
};

use crate::check::form;
use crate::source::Span;

/// Something known of a queue.
#[derive(Clone, Debug)]
pub struct Fact<T> {
    /// What.
    pub value: T,
    /// Where it is stated; `None` for what the account answered.
    pub origin: Option<Span>,
}

impl<T> Fact<T> {
    /// What the account answered.
    #[must_use]
    pub fn answered(value: T) -> Self {
        Self {
            value,
            origin: None,
        }
    }
}

/// What is known of a queue. Of several compute environments, a queue offers what any of them does.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// Its name or ARN.
    pub name: String,
    /// Where the name stands.
    pub origin: Option<Span>,
    /// `ec2` or `fargate`.
    pub platform: Option<Fact<&'static str>>,
    /// The instance types that its compute environments may launch, at least one; `None` if one of
    /// them is not known.
    pub instances: Option<Fact<Vec<&'static InstanceType>>>,
    /// The largest `maxvCpus` of its compute environments.
    pub max_vcpus: Option<Fact<i64>>,
    /// Whether it allocates by `BEST_FIT`, which never exceeds `maxvCpus` with On-Demand instances.
    pub best_fit: Option<Fact<bool>>,
    /// Whether all its capacity is Spot.
    pub spot: Option<Fact<bool>>,
    /// Whether it has a scheduling policy.
    pub fair_share: Option<Fact<bool>>,
    /// The kinds of AMI that its instances run.
    pub images: Option<Fact<Vec<ImageType>>>,
    /// The swap that its instances have.
    pub swap: Option<Fact<Swap>>,
    /// What its subnets reach.
    pub subnets: Option<Fact<Subnets>>,
    /// Whether something about it could not be read, so that nothing follows from what is missing.
    pub incomplete: bool,
    /// What the account says of it, if that was asked.
    pub account: Option<Account>,
}

/// Declares an enumeration with the words that state it.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every word, and what it states.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$variant),)*];
        }
    };
}

words! {
    /// A kind of AMI, as `ec2Configuration.imageType` names it (CreateComputeEnvironment).
    ImageType {
        /// Amazon Linux, which is no longer offered.
        Al1 = "ECS_AL1",
        /// Amazon Linux 2.
        Al2 = "ECS_AL2",
        /// Amazon Linux 2 with NVIDIA's driver.
        Al2Nvidia = "ECS_AL2_NVIDIA",
        /// Amazon Linux 2023; the default since January 2026.
        Al2023 = "ECS_AL2023",
        /// Amazon Linux 2023 with NVIDIA's driver.
        Al2023Nvidia = "ECS_AL2023_NVIDIA",
    }
}

impl ImageType {
    /// Whether it is Amazon Linux 2023, whose cgroups have no swappiness.
    #[must_use]
    pub fn is_al2023(self) -> bool {
        matches!(self, Self::Al2023 | Self::Al2023Nvidia)
    }
}

words! {
    /// What subnets reach.
    Subnets {
        /// An internet gateway: what has a public address reaches the internet.
        Public = "public",
        /// A NAT gateway: everything reaches the internet.
        PrivateNat = "private-nat",
        /// Neither: only VPC endpoints are reached.
        Isolated = "isolated",
    }
}

/// The swap of instances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Swap {
    /// None, as on the AMIs that AWS provides.
    None,
    /// Some.
    Some,
    /// So many MiB.
    Mib(i64),
}

/// The queues of which something is known, to be found by name or ARN.
#[derive(Clone, Debug, Default)]
pub struct Queues {
    list: Vec<Queue>,
    by_name: HashMap<String, usize>,
}

impl Queues {
    /// Adds a queue; of two with one name, the first is found.
    pub fn push(&mut self, queue: Queue) {
        let place = self.list.len();
        self.by_name.entry(queue.name.clone()).or_insert(place);
        self.list.push(queue);
    }

    /// All of them, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Queue> {
        self.list.iter()
    }

    /// The queue that a job names, by name or ARN: the one that is called exactly so, else the one
    /// called like the last segment of the ARN.
    #[must_use]
    pub fn find(&self, queue: &str) -> Option<&Queue> {
        let called = |name: &str| self.by_name.get(name).and_then(|&at| self.list.get(at));
        called(queue).or_else(|| called(form::queue_name(queue)))
    }
}
