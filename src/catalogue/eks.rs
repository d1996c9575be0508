//! Jobs on EKS.

chapter! { "EKS";
    "eks-no-container-overrides": RefusedAtSubmit, Live,
    "“Container overrides or node overrides should not be set for Batch on EKS jobs.”",
    source: "nextflow-io/nextflow#5817",
    OutOfScope("flowbatch writes no jobs for EKS");

    "eks-containers": RefusedAtRegister, Live,
    "“Containers must be provided for Batch on EKS jobs.” They are at most 10, as are init containers, \
     with names of their own.",
    source: "cdk-preflight jd-eks-containers-required; cdk-preflight jd-eks-container-name-unique; Batch API EksPodProperties",
    OutOfScope("flowbatch writes no jobs for EKS");

    "eks-resources-required": RefusedAtRegister, Live,
    "CPU and memory are requested or limited.",
    source: "cdk-preflight jd-eks-resources-required; Batch guide memory-cpu-batch-eks",
    OutOfScope("flowbatch writes no jobs for EKS");

    "eks-cpu": RefusedAtRegister, Live,
    "CPU is a multiple of 0.25, not in thousandths; what is requested is at most the limit.",
    source: "cdk-preflight jd-eks-cpu-value; cdk-preflight jd-eks-cpu-limits-ge-requests",
    OutOfScope("flowbatch writes no jobs for EKS");

    "eks-memory": RefusedAtRegister, Live,
    "Memory is a whole number with `Mi`, at least 4, requested and limited alike.",
    source: "cdk-preflight jd-eks-memory-unit; cdk-preflight jd-eks-memory-limits-eq-requests",
    OutOfScope("flowbatch writes no jobs for EKS");

    "eks-gpu": RefusedAtRegister, Live,
    "`nvidia.com/gpu` is a whole number, requested and limited alike.",
    source: "cdk-preflight jd-eks-gpu-integer; cdk-preflight jd-eks-gpu-limits-eq-requests",
    OutOfScope("flowbatch writes no jobs for EKS");

    "eks-resource-keys": RefusedAtRegister, Live,
    "Resources are `cpu`, `memory` and `nvidia.com/gpu`.",
    source: "cdk-preflight jd-eks-resource-key-unsupported",
    OutOfScope("flowbatch writes no jobs for EKS");

    "eks-enums": RefusedAtRegister, Live,
    "Policies for pulling images and for DNS, and the medium of an empty folder, are words of \
     Kubernetes; its size is in `Mi`.",
    source: "cdk-preflight jd-eks-image-pull-policy-value; cdk-preflight jd-eks-dns-policy-value",
    OutOfScope("flowbatch writes no jobs for EKS");

    "eks-volume-mounts": RefusedAtRegister, Live,
    "A mount names a volume of the pod; volumes and secrets have names as in DNS.",
    source: "cdk-preflight jd-eks-volume-mount-name-exists; Batch API EksContainerVolumeMount",
    OutOfScope("flowbatch writes no jobs for EKS");

    "eks-metadata": RefusedAtRegister, Live,
    "Namespaces, labels and annotations have the forms of Kubernetes; `default`, `kube-…` and the \
     prefixes of Kubernetes and Batch are taken.",
    source: "cdk-preflight jd-eks-metadata; cdk-preflight jd-eks-label; cdk-preflight jd-eks-annotation; Batch API EksMetadata",
    OutOfScope("flowbatch writes no jobs for EKS");

    "eks-security": RefusedAtRegister, Documented,
    "Users and groups are 0 to 2147483647; a seccomp profile is named if it is local; capabilities \
     are at most 64, without `CAP_`.",
    source: "Batch API EksPodSecurityContext, EksSeccompProfile, EksContainerLinuxCapabilities",
    OutOfScope("flowbatch writes no jobs for EKS");
}
