//! EC2's instance types: what they have, and how much of it jobs get.
//!
//! Read from `instances.txt`, which says where the facts come from; not before a queue names an
//! instance type.

use std::sync::LazyLock;

/// What the table is made of.
static TEXT: &str = include_str!("instances.txt");

static TABLE: LazyLock<Vec<InstanceType>> = LazyLock::new(|| {
    let rows = TEXT.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(InstanceType::parse).collect()
});

/// A processor architecture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arch {
    /// `X86_64`
    X86,
    /// `ARM64`
    Arm,
}

impl Arch {
    /// As `runtimePlatform.cpuArchitecture` spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86 => "X86_64",
            Self::Arm => "ARM64",
        }
    }
}

/// An EC2 instance type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InstanceType {
    /// Its name, such as `g5.2xlarge`.
    pub name: &'static str,
    /// vCPUs.
    pub vcpus: i64,
    /// Memory in MiB, as EC2 lists it; jobs get less.
    pub memory: i64,
    /// Its architecture.
    pub arch: Arch,
    /// NVIDIA GPUs; 1 also for a part of one.
    pub gpus: i64,
    /// Whether its GPU is a part of one.
    pub fractional_gpu: bool,
    /// Inferentia or Trainium devices.
    pub neuron: i64,
    /// Network interfaces that can be Elastic Fabric Adapters.
    pub efa: i64,
    /// Whether it is of a previous generation, or retired in us-east-1.
    pub old: bool,
}

/// MiB that the ECS agent keeps back from jobs: `ECS_RESERVED_MEMORY` of the AMIs of AWS Batch (user
/// guide, "Reserve system memory").
pub const RESERVED_MEMORY: i64 = 32;

impl InstanceType {
    /// `g5.2xlarge 8 32768 x86_64 gpu=1`
    fn parse(line: &'static str) -> Option<Self> {
        let mut words = line.split(' ');
        let mut row = Self {
            name: words.next()?,
            vcpus: words.next()?.parse().ok()?,
            memory: words.next()?.parse().ok()?,
            arch: match words.next()? {
                "x86_64" => Arch::X86,
                "arm64" => Arch::Arm,
                _ => return None,
            },
            gpus: 0,
            fractional_gpu: false,
            neuron: 0,
            efa: 0,
            old: false,
        };
        for word in words {
            if word == "old" {
                row.old = true;
                continue;
            }
            let (key, count) = word.split_once('=')?;
            match key {
                "gpu" if count.starts_with("1/") => {
                    row.gpus = 1;
                    row.fractional_gpu = true;
                }
                "gpu" => row.gpus = count.parse().ok()?,
                "neuron" => row.neuron = count.parse().ok()?,
                "efa" => row.efa = count.parse().ok()?,
                _ => return None,
            }
        }
        Some(row)
    }

    /// What stands before the dot: `g5`.
    #[must_use]
    pub fn family(&self) -> &'static str {
        family(self.name)
    }

    /// GPUs that jobs can have: AWS Batch has AMIs with NVIDIA's driver for x86 only (`imageType` of
    /// Ec2Configuration).
    #[must_use]
    pub fn gpus_for_jobs(&self) -> i64 {
        match self.arch {
            Arch::X86 => self.gpus,
            Arch::Arm => 0,
        }
    }

    /// Memory in MiB that a job can get at the very most.
    ///
    /// Linux keeps 64 bytes about each page of 4096, a 64th of the memory, and the agent keeps
    /// [`RESERVED_MEMORY`]. What else is lost before the agent counts differs from type to type.
    #[must_use]
    pub fn memory_at_most(&self) -> i64 {
        self.memory - self.memory / 64 - RESERVED_MEMORY
    }

    /// Memory in MiB that a job gets for sure, as far as that can be said of all types.
    ///
    /// Karpenter measured 656 types in August 2023, with Bottlerocket, which keeps more than Amazon
    /// Linux: a 20th and 256 MiB less than EC2 lists was there on all but the smaller two of vt1
    /// (aws/karpenter-provider-aws, issue 5161).
    #[must_use]
    pub fn memory_for_sure(&self) -> i64 {
        self.memory - self.memory / 20 - 256 - RESERVED_MEMORY
    }
}

fn family(name: &str) -> &str {
    name.split_once('.').map_or(name, |(family, _)| family)
}

/// Every instance type, by family, then by name.
#[must_use]
pub fn table() -> &'static [InstanceType] {
    &TABLE
}

/// The day of the table, as `2026-10-27`.
#[must_use]
pub fn table_date() -> &'static str {
    let mut lines = TEXT.lines().take_while(|line| line.starts_with('#'));
    lines
        .find_map(|line| line.strip_prefix("# as of "))
        .unwrap_or_default()
}

/// The words for families that AWS Batch chooses itself, and these families (`instanceTypes` of
/// ComputeResource). `optimal` had other ones until 2025, which older environments may still have.
pub const BUNDLES: &[(&str, &[&str])] = &[
    (
        "optimal",
        &[
            "c4", "c5", "c6i", "c7i", "m4", "m5", "m6i", "r4", "r5", "r6i",
        ],
    ),
    ("default_x86_64", &["c6i", "c7i", "m6i", "r6i"]),
    ("default_arm64", &["c6g", "c7g", "m6g", "r6g"]),
];

/// What a word of `instanceTypes` selects.
pub type Selection = Vec<&'static InstanceType>;

/// The instance type of a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static InstanceType> {
    let table = table();
    let key = (family(name), name);
    let at = table
        .binary_search_by(|row| (row.family(), row.name).cmp(&key))
        .ok()?;
    table.get(at)
}

/// The instance types of a family; none if it is not known.
fn of_family(name: &str) -> &'static [InstanceType] {
    let table = table();
    let first = table.partition_point(|row| row.family() < name);
    let rest = &table[first..];
    &rest[..rest.partition_point(|row| row.family() == name)]
}

/// The families of the table, each once.
pub fn families() -> impl Iterator<Item = &'static str> {
    table()
        .chunk_by(|a, b| a.family() == b.family())
        .filter_map(|rows| rows.first())
        .map(InstanceType::family)
}

/// What an instance type, a family or a bundle selects; `None` if the table does not know it.
#[must_use]
pub fn select(word: &str) -> Option<Selection> {
    if let Some((_, families)) = BUNDLES.iter().find(|(bundle, _)| *bundle == word) {
        let selected = families.iter().flat_map(|family| of_family(family));
        return Some(selected.collect());
    }
    if word.contains('.') {
        return named(word).map(|row| vec![row]);
    }
    let selected: Selection = of_family(word).iter().collect();
    (!selected.is_empty()).then_some(selected)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_table_is_well_formed() {
        let rows = TEXT
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        for row in rows.clone() {
            assert!(InstanceType::parse(row).is_some(), "{row}");
        }
        assert_eq!(rows.count(), table().len());
        assert!(table().len() > 1_400);
        for pair in table().windows(2) {
            assert!(
                (pair[0].family(), pair[0].name) < (pair[1].family(), pair[1].name),
                "{} before {}",
                pair[0].name,
                pair[1].name
            );
        }
        for row in table() {
            assert!(
                row.vcpus > 0 && row.memory > 0 && row.name.contains('.'),
                "{row:?}"
            );
            assert!(0 < row.memory_for_sure(), "{row:?}");
            assert!(row.memory_for_sure() < row.memory_at_most(), "{row:?}");
        }
        let date: Vec<&str> = table_date().split('-').collect();
        assert_eq!(
            date.iter().map(|part| part.len()).collect::<Vec<_>>(),
            [4, 2, 2]
        );
    }

    #[test]
    fn known_facts() {
        let row = named("p4d.24xlarge").unwrap();
        assert_eq!(
            (row.vcpus, row.memory, row.gpus, row.efa),
            (96, 1_179_648, 8, 4)
        );
        assert_eq!(row.arch, Arch::X86);
        assert_eq!(named("trn1.32xlarge").unwrap().neuron, 16);
        let graviton = named("g5g.xlarge").unwrap();
        assert_eq!((graviton.gpus, graviton.gpus_for_jobs()), (1, 0));
        assert!(named("g6f.large").unwrap().fractional_gpu);
        assert!(named("g2.2xlarge").unwrap().old && !named("g6.xlarge").unwrap().old);
        for unknown in ["", ".", "g5", "g5.", "g5.3xlarge", "z9.large", "é.large"] {
            assert!(named(unknown).is_none(), "{unknown}");
        }
    }

    /// What was measured lies between the two estimates: by AWS (user guide, "Compute resource
    /// memory management"), and as instances registered with ECS.
    #[test]
    fn measured_memory() {
        for (name, registered) in [
            ("m4.large", 7985),
            ("m4.16xlarge", 257_953),
            ("c5.large", 3714),
            ("m5.xlarge", 15_586),
            ("r4.16xlarge", 491_809),
            ("m5.24xlarge", 378_665),
            ("g4dn.xlarge", 15_731),
            ("trn1.32xlarge", 507_821),
        ] {
            let row = named(name).unwrap();
            let offered = registered - RESERVED_MEMORY;
            assert!(offered <= row.memory_at_most(), "{row:?}");
            assert!(offered >= row.memory_for_sure(), "{row:?}");
        }
    }

    #[test]
    fn words_select() {
        let names = |word| -> Vec<&str> {
            let rows = select(word).unwrap_or_default();
            rows.iter().map(|row| row.name).collect()
        };
        assert_eq!(names("p4d.24xlarge"), ["p4d.24xlarge"]);
        assert_eq!(names("p4d"), ["p4d.24xlarge"]);
        assert_eq!(names("g5").len(), 8);
        assert!(names("g5").iter().all(|name| name.starts_with("g5.")));
        for unknown in ["", "g", "g5.", "x9", "optimal.large", "G5"] {
            assert!(select(unknown).is_none(), "{unknown}");
        }
        for (bundle, families) in BUNDLES {
            let rows = select(bundle).unwrap();
            let arch = rows[0].arch;
            assert!(rows.iter().all(|row| row.arch == arch), "{bundle}");
            for family in *families {
                assert!(rows.iter().any(|row| row.family() == *family), "{family}");
            }
        }
        assert!(families().count() > 150);
        assert!(families().is_sorted_by(|a, b| a < b));
    }
}
