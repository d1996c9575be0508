//! Image, command, environment, user.

chapter! { "Image, command, environment and user";
    "image-required": RefusedAtRegister, Live,
    "Every container has an image: “ECS Container Image must be provided.”",
    source: "cdk-preflight jd-container-type-requires-props; Batch API ContainerProperties.image",
    Construction("`batch/definition.rs` writes it always; without one there is a default, and a warning");

    "image-charset-len": RefusedAtRegister, Documented,
    "An image has at most 255 characters, letters, digits and `_-:./#`; a digest, `@sha256:` and 64 \
     hexadecimal digits, is not counted.",
    source: "Batch API ContainerProperties.image; ECS API ContainerDefinition.image",
    Codes[values::OPTION_FORM];

    "image-reference-grammar": Fails, Documented,
    "An image is a reference as Docker reads it, `[host[:port]/]path[:tag][@digest]`, its path in \
     lower case. Nothing else can be pulled.",
    source: "Docker distribution/reference; Batch API ContainerProperties.image",
    Codes[values::OPTION_FORM],
    because: "no registry can have such an image";

    "image-ecr-form": Fails, Documented,
    "An image in ECR is written with its registry, `ACCOUNT.dkr.ecr.REGION.amazonaws.com/repository`, \
     one in the public ECR as `public.ecr.aws/alias/repository`.",
    source: "Batch API ContainerProperties.image",
    Codes[values::ECR_IMAGE];

    "image-latest-tag": Lint, Documented,
    "Without a tag, or with `latest`, an image may change between the attempts of a job and between \
     the children of an array.",
    source: "Docker reference of docker run",
    Codes[values::FLOATING_IMAGE];

    "image-arch": Fails, Documented,
    "The image is built for the architecture of the queue's instances: otherwise “exec format error”.",
    source: "Batch API ContainerProperties.image, CreateJobQueue.computeEnvironmentOrder",
    Codes[queue::QUEUE_ARCHITECTURE]
    Plan("the architecture of each queue's instance types, beside the one that the name of the image tells, as `:1-arm64` does")
    Account("the architecture of an image whose name does not tell: `docker manifest inspect --verbose IMAGE`");

    "no-entrypoint": Fails, Documented,
    "A container definition has no `entryPoint`: `command` is what Docker calls CMD, and follows the \
     ENTRYPOINT of the image.",
    source: "Batch API ContainerProperties.command",
    Construction("no `entryPoint` can be written")
    OutOfScope("whether an image has an ENTRYPOINT is not known without it; [the language](language.md) says what follows");

    "command-override-nonempty": RefusedAtSubmit, Live,
    "A command that a submission overrides has no empty string: “Command cannot be empty”.",
    source: "boto/boto3#3612; Batch API ContainerOverrides.command",
    Construction("`batch/plan.rs` overrides no command");

    "command-omit-vs-empty": Ignored, ThirdParty,
    "An empty `command` is as none: the image's own runs.",
    source: "Terraform",
    Construction("`run []` writes no `command`");

    "env-name-required": RefusedAtRegister, Live,
    "“Environment variable name is required.”",
    source: "cdk-preflight jd-env-name-required",
    Codes[names::RESERVED_VARIABLE];

    "env-reserved-prefix": Ignored, Live,
    "A variable whose name begins with `AWS_BATCH` is not the user's to set: it has been accepted, and \
     the job did not see it.",
    source: "Batch API KeyValuePair; azavea/raster-foundry#2525; azavea/raster-vision#926; mbta/tile-server#33",
    Codes[names::RESERVED_VARIABLE],
    because: "a job without a variable that it was given fails later, and another name is at hand";

    "env-empty-value": Ignored, ThirdParty,
    "A variable with an empty value is dropped.",
    source: "Terraform",
    Codes[values::EMPTY_VALUE]
    Construction("`batch/definition.rs` writes no empty values; scripts `export` what is empty");

    "env-duplicate-name": Fails, Unverified,
    "A name stands once in the environment, secrets included; which one of two would count is not \
     known.",
    source: "ECS API ContainerDefinition.secrets",
    Codes[names::DUPLICATE_VARIABLE]
    Construction("`check/variables.rs` knows every variable that is written"),
    because: "one of the two would be lost";

    "env-order": Ignored, ThirdParty,
    "The service may answer the environment in another order.",
    source: "Terraform",
    Plan("the environment of each registered definition, whatever its order");

    "env-no-secrets": Lint, Documented,
    "Credentials do not belong into the environment in plain text.",
    source: "Batch API ContainerProperties.environment",
    Codes[secrets::PLAIN_SECRET, secrets::SECRET_BY_NAME],
    because: "whoever may call DescribeJobDefinitions reads them, in every revision";

    "user-format": Fails, Documented,
    "`user` is a user or `user:group`, each a name or a number.",
    source: "Batch API TaskContainerProperties.user; ECS API ContainerDefinition.user",
    Codes[values::OPTION_FORM],
    because: "Docker starts no container with such a user";

    "privileged-fargate": RefusedAtRegister, Live,
    "“Fargate requires that the ‘privileged’ setting be ‘false’ at the container level.”",
    source: "cdk-preflight jd-fargate-privileged",
    Codes[platform::FARGATE_OPTION];

    "readonly-rootfs-writable": Fails, Documented,
    "With a read-only root file system a command can write only to what is mounted.",
    source: "Batch API ContainerProperties.readonlyRootFilesystem",
    Codes[storage::NOTHING_WRITABLE],
    because: "a job that writes nothing works";

    "windows-forbidden-fields": RefusedAtRegister, Documented,
    "Windows containers have no `linuxParameters`, `privileged`, `user`, `ulimits`, \
     `readonlyRootFilesystem` and EFS volumes.",
    source: "Batch API RuntimePlatform.operatingSystemFamily",
    Construction("no option makes a Windows job, and `raw` cannot set `runtimePlatform`");
}
