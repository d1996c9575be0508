//! What an account says of a queue beyond what can be stated of one: whether it is there, and
//! whether it and its compute environments are in use.

use super::{Fact, InstanceType, Queue, Queues};
use crate::check::form;

/// A queue as an account has it.
#[derive(Clone, Debug)]
pub enum Account {
    /// There is no such queue.
    Missing {
        /// Where it was looked for, such as `eu-central-1`.
        region: String,
        /// The names of the queues that are there.
        names: Vec<String>,
    },
    /// There is.
    Found(Found),
}

/// A queue that an account has.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// `ENABLED` or `DISABLED`.
    pub state: String,
    /// `VALID`, `INVALID`, `CREATING` and so on.
    pub status: String,
    /// Why it has this status.
    pub reason: Option<String>,
    /// Its compute environments, in the order in which it tries them.
    pub environments: Vec<Environment>,
}

/// A compute environment of a queue.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// `ENABLED` or `DISABLED`.
    pub state: String,
    /// `VALID`, `INVALID`, `CREATING` and so on.
    pub status: String,
    /// Why it has this status.
    pub reason: Option<String>,
    /// Whether it runs pods on EKS, which jobs for ECS cannot use.
    pub eks: bool,
    /// The words of its `instanceTypes`.
    pub instance_types: Vec<String>,
    /// Its `allocationStrategy`.
    pub strategy: Option<String>,
    /// What it offers, as a queue of its own.
    pub offers: Queue,
}

impl Environment {
    /// Whether it starts jobs.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        // UPDATING starts jobs, too.
        self.state == "ENABLED" && matches!(self.status.as_str(), "VALID" | "UPDATING")
    }
}

impl Found {
    /// Whether jobs can be submitted to it (SubmitJob, `jobQueue`).
    #[must_use]
    pub fn takes_jobs(&self) -> bool {
        // CREATING becomes VALID, and UPDATING takes jobs.
        let is_refused = matches!(self.status.as_str(), "INVALID" | "DELETING" | "DELETED");
        self.state != "DISABLED" && !is_refused
    }

    /// The compute environments that count: those that start jobs; if none does, all.
    #[must_use]
    pub fn offering(&self) -> Vec<&Environment> {
        let all = self.environments.iter();
        let ready: Vec<&Environment> = all.clone().filter(|one| one.is_ready()).collect();
        if ready.is_empty() {
            all.collect()
        } else {
            ready
        }
    }
}

impl Queue {
    /// A queue of an account: it offers what any of its compute environments does that starts
    /// jobs; if none does, what any of them would.
    #[must_use]
    pub fn found(name: &str, fair_share: bool, found: Found) -> Self {
        let offers: Vec<&Queue> = found
            .offering()
            .into_iter()
            .map(|one| &one.offers)
            .collect();
        Self {
            name: name.to_owned(),
            platform: same(&offers, |one| Some(one.platform.as_ref()?.value)),
            instances: union(&offers, |one| {
                one.instances.as_ref().map(|fact| &*fact.value)
            })
            .map(|mut types: Vec<&'static InstanceType>| {
                types.sort_by_key(|row| row.name);
                types
            })
            .map(Fact::answered),
            max_vcpus: every(&offers, |one| Some(one.max_vcpus.as_ref()?.value))
                .and_then(|all| all.into_iter().max())
                .map(Fact::answered),
            best_fit: every(&offers, |one| Some(one.best_fit.as_ref()?.value))
                .map(|all| Fact::answered(all.into_iter().all(|is| is))),
            spot: every(&offers, |one| Some(one.spot.as_ref()?.value))
                .map(|all| Fact::answered(all.into_iter().all(|is| is))),
            fair_share: Some(Fact::answered(fair_share)),
            images: union(&offers, |one| one.images.as_ref().map(|fact| &*fact.value))
                .map(Fact::answered),
            account: Some(Account::Found(found)),
            ..Self::default()
        }
    }

    /// A queue that an account does not have.
    #[must_use]
    pub fn missing(name: &str, region: &str, names: Vec<String>) -> Self {
        Self {
            name: name.to_owned(),
            account: Some(Account::Missing {
                region: region.to_owned(),
                names,
            }),
            ..Self::default()
        }
    }

    /// Whether instances with and without GPUs stand beside each other in a compute environment, as
    /// far as is known: environments of one kind each do not mix them.
    #[must_use]
    pub fn mixes_gpus(&self) -> bool {
        let mixes = |queue: &Self| {
            queue.instances.as_ref().is_none_or(|types| {
                let mut with = types.value.iter().map(|row| row.gpus_for_jobs() > 0);
                with.clone().any(|has| has) && with.any(|has| !has)
            })
        };
        match self.several().as_slice() {
            [] => mixes(self),
            several => several.iter().any(|one| mixes(&one.offers)),
        }
    }

    /// The compute environments that start jobs, where an account says that there are several.
    #[must_use]
    pub fn several(&self) -> Vec<&Environment> {
        let Some(Account::Found(found)) = &self.account else {
            return Vec::new();
        };
        let mut ready = found.offering();
        ready.retain(|one| one.is_ready());
        if ready.len() < 2 { Vec::new() } else { ready }
    }
}

/// A fact of all environments, if it is known of each.
fn every<T>(offers: &[&Queue], fact: impl Fn(&Queue) -> Option<T>) -> Option<Vec<T>> {
    let all: Option<Vec<T>> = offers.iter().map(|one| fact(one)).collect();
    all.filter(|all| !all.is_empty())
}

/// A fact that is the same in all environments.
fn same<T: PartialEq + Copy>(
    offers: &[&Queue],
    fact: impl Fn(&Queue) -> Option<T>,
) -> Option<Fact<T>> {
    let all = every(offers, fact)?;
    let first = *all.first()?;
    all.iter()
        .all(|one| *one == first)
        .then(|| Fact::answered(first))
}

/// What any environment has, each once.
fn union<T: PartialEq + Copy>(
    offers: &[&Queue],
    fact: impl for<'q> Fn(&'q Queue) -> Option<&'q [T]>,
) -> Option<Vec<T>> {
    let mut all = Vec::new();
    for one in offers {
        for item in fact(one)? {
            if !all.contains(item) {
                all.push(*item);
            }
        }
    }
    (!all.is_empty()).then_some(all)
}

impl Queues {
    /// These queues of an account, with what `stated` says of what an account is not asked for:
    /// subnets, swap, AMIs of one's own.
    #[must_use]
    pub fn completed(&self, stated: &Self) -> Self {
        let mut completed = Self::default();
        for queue in self.iter() {
            let mut queue = queue.clone();
            if let Some(stated) = stated.find(&queue.name) {
                queue.origin = stated.origin;
                queue.swap.clone_from(&stated.swap);
                queue.subnets.clone_from(&stated.subnets);
                if queue.images.is_none() {
                    queue.images.clone_from(&stated.images);
                }
            }
            completed.push(queue);
        }
        completed
    }

    /// The queue of an account that was probably meant.
    #[must_use]
    pub fn meant<'n>(queue: &str, names: &'n [String]) -> Option<&'n str> {
        let queue = form::queue_name(queue);
        crate::suggest::closest(queue, names.iter().map(String::as_str))
    }
}
