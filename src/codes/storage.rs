//! Volumes, mounts, tmpfs, swap.

codes! { "storage";
    /// One path of the container mounted twice
    MOUNT_TWICE: "mount-twice", Error,
    explain: "\
A path in the container holds one thing: a host volume, an EFS volume, the tmpfs or a device. With \
two at the same path the container would not start: “Duplicate mount point”, says Docker. A slash at \
the end makes no other path of it.

Give one of them another path. Where none is written, a host volume has the path that it has on \
the host, an EFS volume is at /mnt/ and its id, and the tmpfs at /metaflow_temp.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(host_volumes=["/mnt/scratch:/data"], efs_volumes=["fs-0123abcd:/data"])
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(host_volumes=["/mnt/scratch:/scratch"], efs_volumes=["fs-0123abcd:/data"])
  step start {
    run "python train.py"
  }
}
"#;

    /// A tmpfs with a size that is turned off
    TMPFS_OFF: "tmpfs-off", Advice,
    explain: "\
A `tmpfs_size` alone mounts a tmpfs. `use_tmpfs=false` beside it, or in a stronger layer, turns it \
off again: nothing is mounted, and the size changes nothing.

Remove `use_tmpfs=false` to have the tmpfs, or the size to have none. A size in a stronger layer \
wins over the switch: a flow may say `use_tmpfs=false`, and a step of it `tmpfs_size=2GiB`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(use_tmpfs=false, tmpfs_size=2GiB)
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(tmpfs_size=2GiB)
  step start {
    run "python train.py"
  }
}
"#;

    /// Shared memory or a tmpfs that the memory cannot hold
    LARGER_THAN_MEMORY: "larger-than-memory", Warning,
    explain: "\
What is written to /dev/shm or to a tmpfs counts toward the memory of the container. AWS Batch \
takes any size, but a job that fills more than its `memory` is killed (OutOfMemoryError) long \
before the disk seems full. That is how Docker counts; what AWS Batch makes of it is not \
documented, so this is a warning. So `shared_memory` is at most `memory`, and `tmpfs_size` less: the \
program needs some memory beside its files.

Ask for more `memory`, or for a smaller size. A tmpfs without a `tmpfs_size` has half of the \
memory.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(memory=4GiB, shared_memory=8GiB)
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(memory=16GiB, shared_memory=8GiB)
  step start {
    run "python train.py"
  }
}
"#;

    /// Swap without swappiness
    DEFAULT_SWAPPINESS: "default-swappiness", Advice,
    explain: "\
AWS documents that `swappiness` is 60 where only `max_swap` is written. In fact AWS Batch refuses \
such a definition: “When container specified swap memory, swappiness value is required.” So \
flowbatch writes the documented 60 into it.

Write the value that you want: 0 swaps only when nothing else is left, 100 at every opportunity. \
The instances need swap of their own as well. The AMIs that are optimized for ECS have none, and \
containers on Amazon Linux 2023 do not know swappiness.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(max_swap=8GiB)
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(max_swap=8GiB, swappiness=60)
  step start {
    run "python train.py"
  }
}
"#;

    /// An EFS access point with another root folder
    EFS_ROOT: "efs-root", Error,
    explain: "\
An access point of EFS shows a part of the file system, from a folder that is a property of the \
access point. AWS Batch refuses a `root` beside it, unless it is \"/\", which is the folder of the \
access point.

Remove `root`, or remove `access_point` to mount a folder of the file system directly. For another \
folder with the same rights, create another access point.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(efs_volumes=[{
    id = "fs-0123abcd",
    access_point = "fsap-0123456789abcdef0",
    root = "/churn",
  }])
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(efs_volumes=[{
    id = "fs-0123abcd",
    access_point = "fsap-0123456789abcdef0",
  }])
  step start {
    run "python train.py"
  }
}
"#;

    /// EFS mounted with a role that the job does not have
    EFS_IAM: "efs-iam", Error,
    explain: "\
`iam = true` mounts the file system with the job's role, so that the policy of the file system can \
tell jobs apart. That is `iam_role`, not `execution_role`, and this job has none.

Write `iam_role`, with a role that has elasticfilesystem:ClientMount and, to write, \
elasticfilesystem:ClientWrite. Or remove `iam`: then EFS takes the job for an anonymous client.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(efs_volumes=[{ id = "fs-0123abcd", path = "/data", iam = true }])
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="ec2",
  iam_role="arn:aws:iam::123456789012:role/churn-task",
)
flow Example {
  @batch(efs_volumes=[{ id = "fs-0123abcd", path = "/data", iam = true }])
  step start {
    run "python train.py"
  }
}
"#;

    /// A read-only root file system, and nothing to write to
    NOTHING_WRITABLE: "nothing-writable", Advice,
    explain: "\
With `readonly_root_filesystem=true` a job can write only to what is mounted, and to /dev/shm. \
This step mounts nothing that it could write to. Many programs need a folder for temporary files, \
usually /tmp, and stop without one: a shell for here-documents, `mktemp`, Python's `tempfile`.

On EC2, write `use_tmpfs=true`: it mounts a tmpfs of half the memory, and TMPDIR names it. On \
Fargate, which has no tmpfs, mount an EFS volume. A folder that the image declares with `VOLUME` \
can be written too, which flowbatch does not see; silence the advice then, or for a program that \
writes nothing.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(readonly_root_filesystem=true)
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(readonly_root_filesystem=true, use_tmpfs=true)
  step start {
    run "python train.py"
  }
}
"#;

    /// EFS on a Fargate platform version without it
    EFS_PLATFORM_VERSION: "efs-platform-version", Error,
    explain: "\
“EFS is supported for Fargate platform versions 1.4.0 or later, provided 1.3.0”, says AWS Batch, \
and does not register the definition.

Write \"1.4.0\" or \"LATEST\", or leave `platform_version` out, which means the latest too.",
    failing: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="fargate",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @batch(platform_version="1.3.0", efs_volumes=["fs-0123abcd:/data"])
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="fargate",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @batch(platform_version="1.4.0", efs_volumes=["fs-0123abcd:/data"])
  step start {
    run "python train.py"
  }
}
"#;
}
