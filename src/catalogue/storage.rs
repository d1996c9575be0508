//! Volumes, EFS, the disk and the platform version of Fargate.

chapter! { "Volumes, disks and Fargate";
    "volume-name": RefusedAtRegister, Documented,
    "A volume's name has at most 255 letters, digits, `_` and `-`.",
    source: "Batch API Volume.name",
    Construction("`batch/definition.rs` makes names of paths, with `_` for everything else, and cuts them");

    "volume-name-unique": RefusedAtRegister, Unverified,
    "No two volumes have one name.",
    source: "ECS API TaskDefinition.volumes",
    Construction("`batch/definition.rs` numbers names that are taken");

    "volume-single-config": RefusedAtRegister, Live,
    "A volume is of the host, of EFS or of S3 Files: “…only one volume configuration type should be \
     used.”",
    source: "cdk-preflight jd-volume-config-exclusive",
    Construction("`batch/definition.rs` writes one of host and EFS");

    "volume-host-fargate": RefusedAtRegister, Live,
    "“host.sourcePath should not be set for volumes in Fargate.”",
    source: "cdk-preflight jd-fargate-volume-host-source-path",
    Codes[platform::FARGATE_OPTION];

    "volume-host-absolute": Fails, Documented,
    "A folder of the host is an absolute path. It is made if it is missing, and shared by all jobs of \
     the instance.",
    source: "Batch API Host.sourcePath",
    Codes[values::OPTION_FORM],
    because: "Docker mounts nothing else";

    "mountpoint-refs-volume": RefusedAtRegister, Documented,
    "A mount point names a volume of the definition, and a path in the container.",
    source: "Batch guide job_definition_parameters",
    Construction("`batch/definition.rs` writes each volume with its mount point");

    "mountpoint-path": Fails, Unverified,
    "A path in the container is absolute, and one thing is mounted there, the tmpfs included: \
     “Duplicate mount point”.",
    source: "Docker run, --volume",
    Codes[storage::MOUNT_TWICE, values::OPTION_FORM],
    because: "Docker creates no such container";

    "volume-unused": Lint, Documented,
    "A volume without a mount point has no effect.",
    source: "Batch API Volume",
    Construction("`batch/definition.rs` writes each volume with its mount point");

    "efs-fsid": RefusedAtRegister, Live,
    "A file system is `fs-` and hexadecimal digits: “EFS configuration fileSystemId is not valid: \
     nope.”",
    source: "cdk-preflight jd-efs-file-system-id-format; Batch API EFSVolumeConfiguration",
    Codes[values::OPTION_FORM];

    "efs-iam-needs-tls": RefusedAtRegister, Live,
    "“EFS IAM authorization requires TransitEncryption to be enabled.”",
    source: "cdk-preflight jd-efs-iam-transit-encryption",
    Construction("`batch/definition.rs` enables it for every file system");

    "efs-iam-needs-job-role": RefusedAtRegister, Documented,
    "A file system that is mounted with IAM needs the job's role.",
    source: "Batch API EFSAuthorizationConfig.iam",
    Codes[storage::EFS_IAM];

    "efs-ap-needs-tls": RefusedAtRegister, Live,
    "“EFS IAM access point requires TransitEncryption to be enabled.”",
    source: "cdk-preflight jd-efs-access-point-transit-encryption",
    Construction("`batch/definition.rs` enables it for every file system");

    "efs-ap-rootdir": RefusedAtRegister, Live,
    "Beside an access point the root folder is left out, or `/`.",
    source: "cdk-preflight jd-efs-access-point-root-directory",
    Codes[storage::EFS_ROOT];

    "efs-ap-id": RefusedAtRegister, Unverified,
    "An access point is `fsap-` and 17 hexadecimal digits.",
    source: "Batch guide efs-volumes",
    Codes[values::OPTION_FORM],
    because: "EFS makes no others";

    "efs-rootdir-len": RefusedAtRegister, Documented,
    "The root folder has at most 4,096 characters.",
    source: "Batch API EFSVolumeConfiguration.rootDirectory",
    Codes[values::OPTION_FORM];

    "efs-port": RefusedAtRegister, Live,
    "“TransitEncryptionPort must be a valid port number.”",
    source: "cdk-preflight jd-efs-transit-encryption-port-range",
    Construction("none is ever written; `raw` cannot set `volumes`");

    "efs-enums": RefusedAtRegister, Model,
    "Transit encryption and IAM are `ENABLED` or `DISABLED`.",
    source: "Batch API EFSTransitEncryption, EFSAuthorizationConfigIAM",
    Construction("`ENABLED` is all that is written");

    "efs-fargate-pv": RefusedAtRegister, Live,
    "“EFS is supported for Fargate platform versions 1.4.0 or later, provided 1.3.0”.",
    source: "cdk-preflight jd-fargate-efs-platform-version",
    Codes[storage::EFS_PLATFORM_VERSION];

    "efs-reachable": Fails, Unverified,
    "A file system has mount targets in the availability zones of the compute environment, open on \
     port 2049: otherwise ResourceInitializationError.",
    source: "Batch guide efs-volumes",
    Account("whether each file system has a mount target in the zones of the `subnets` in `aws batch describe-compute-environments`: `aws efs describe-mount-targets --file-system-id ID`; and whether its security groups let in port 2049: `aws efs describe-mount-target-security-groups --mount-target-id ID`");

    "s3files-arn": RefusedAtRegister, Model,
    "A volume of S3 Files has a `fileSystemArn`.",
    source: "Batch API S3FilesVolumeConfiguration",
    Construction("such volumes are never written; `raw` cannot set `volumes`");

    "ephemeral-range": RefusedAtRegister, Live,
    "“Ephemeral storage for Fargate tasks can be only between range 21 GiB to 200 GiB”. The 20 that \
     it has by default cannot be written.",
    source: "cdk-preflight jd-fargate-ephemeral-storage-range",
    Codes[values::OPTION_RANGE];

    "fargate-pv-set": RefusedAtRegister, Documented,
    "A platform version of Fargate for Linux is LATEST, 1.4.0 or 1.3.0.",
    source: "Batch guide fargate; cdk-preflight jd-fargate-efs-platform-version",
    Codes[values::OPTION_FORM];

    "fargate-assign-public-ip": Fails, Documented,
    "Without a public address a task pulls its image through a NAT gateway or VPC endpoints of its \
     subnet; without these it fails.",
    source: "Batch API NetworkConfiguration; Batch guide fargate; cfn-lint E3030",
    Construction("`batch/definition.rs` writes ENABLED, unless told otherwise")
    Codes[queue::QUEUE_NETWORK]
    Account("whether the routes of the `subnets` in `aws batch describe-compute-environments` lead to a NAT gateway: `aws ec2 describe-route-tables`; and if not, which endpoints there are: `aws ec2 describe-vpc-endpoints`; `subnets` of `[queues.NAME]` then says so");

    "runtime-os": RefusedAtRegister, Live,
    "The operating system is `LINUX` or one of four Windows Servers.",
    source: "cdk-preflight jd-runtime-platform-os-family-value",
    Construction("none is ever written; `raw` cannot set `runtimePlatform`");

    "runtime-arch": RefusedAtRegister, Live,
    "“cpuArchitecture for Fargate LINUX tasks can be only one from [X86_64, ARM64].”",
    source: "cdk-preflight jd-runtime-platform-cpu-arch-value",
    Codes[values::OPTION_FORM];

    "runtime-windows-x86": RefusedAtRegister, Live,
    "Windows runs on X86_64 only.",
    source: "cdk-preflight jd-runtime-platform-windows-x86",
    Construction("no option makes a Windows job, and `raw` cannot set `runtimePlatform`");

    "windows-no-fargate-spot": Stuck, Documented,
    "A Windows job in a queue with nothing but Fargate Spot blocks the queue.",
    source: "Batch API RuntimePlatform",
    Construction("no option makes a Windows job, and `raw` cannot set `runtimePlatform`");
}
