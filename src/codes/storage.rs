//! Volumes, mounts, tmpfs, swap.

codes! { "storage";
    /// One path of the container mounted twice
    MOUNT_TWICE: "mount-twice", Error,
    explain: "", failing: "", corrected: "";

    /// A tmpfs with a size that is turned off
    TMPFS_OFF: "tmpfs-off", Advice,
    explain: "", failing: "", corrected: "";

    /// Swap without swappiness
    DEFAULT_SWAPPINESS: "default-swappiness", Advice,
    explain: "", failing: "", corrected: "";

    /// An EFS access point with another root folder
    EFS_ROOT: "efs-root", Error,
    explain: "", failing: "", corrected: "";

    /// EFS mounted with a role that the job does not have
    EFS_IAM: "efs-iam", Error,
    explain: "", failing: "", corrected: "";

    /// EFS on a Fargate platform version without it
    EFS_PLATFORM_VERSION: "efs-platform-version", Error,
    explain: "", failing: "", corrected: "";
}
