//! IAM roles, secrets, credentials of registries.

chapter! { "Roles and secrets";
    "role-arn-form": RefusedAtRegister, ThirdParty,
    "A role is given by its ARN, `arn:aws:iam::ACCOUNT:role/NAME`, with its path if it has one.",
    source: "cfn-lint E1156; Terraform",
    Codes[values::OPTION_FORM];

    "role-passrole": RefusedAtRegister, Live,
    "Who registers a definition has `iam:PassRole` for its roles; otherwise an AccessDeniedException. \
     The name of a role alone is completed to an ARN of the account, which may not exist.",
    source: "snakemake/snakemake-executor-plugin-aws-batch#33",
    Account("whether those who submit have `iam:PassRole` for each role: `aws iam simulate-principal-policy --policy-source-arn WHO --action-names iam:PassRole --resource-arns ROLE`; and whether the role is there: `aws iam get-role --role-name NAME`");

    "role-account-match": Fails, Unverified,
    "Roles are of the account and the partition that the job runs in.",
    source: "ECS API TaskDefinition.taskRoleArn",
    Codes[options::ARN_MISMATCH]
    Account("whether the account in the ARN of each role is the one that `aws sts get-caller-identity` shows");

    "exec-role-fargate": RefusedAtRegister, Live,
    "“executionRoleArn is required for Fargate jobs.”",
    source: "cdk-preflight fargate-execution-role",
    Codes[platform::MISSING_EXECUTION_ROLE];

    "exec-role-secrets": RefusedAtRegister, Live,
    "“executionRoleArn cannot be empty when using secrets or secretOptions”.",
    source: "cdk-preflight jd-secrets-requires-execution-role",
    Codes[platform::MISSING_EXECUTION_ROLE];

    "exec-role-secret-options": RefusedAtRegister, Live,
    "Secret options of a log driver need an execution role too, with the same answer.",
    source: "cdk-preflight jd-secret-options-requires-execution-role",
    Codes[platform::MISSING_EXECUTION_ROLE];

    "exec-role-ecr-awslogs": Fails, Documented,
    "On Fargate the execution role may pull the image from ECR and write logs; on EC2 the instance \
     role does.",
    source: "Batch guide execution-IAM-role; jenkinsci/amazon-ecs-plugin#62; virtual-kubelet/virtual-kubelet#193",
    Account("whether the execution role has the managed policy `AmazonECSTaskExecutionRolePolicy`, on EC2 the instance role `AmazonEC2ContainerServiceforEC2Role`, or policies that allow as much: `aws iam list-attached-role-policies --role-name NAME`");

    "exec-role-repo-credentials": Fails, Documented,
    "The credentials of a registry are read with the execution role, which may \
     `secretsmanager:GetSecretValue`, and `kms:Decrypt` for a key of one's own.",
    source: "Batch API RepositoryCredentials; Batch guide specifying-sensitive-data",
    Codes[platform::MISSING_EXECUTION_ROLE]
    Account("whether the execution role may read the secret: `aws iam simulate-principal-policy --policy-source-arn ROLE --action-names secretsmanager:GetSecretValue --resource-arns SECRET`"),
    because: "without the role the image can never be pulled";

    "exec-role-create-group": Fails, Documented,
    "With `awslogs-create-group` the execution role may `logs:CreateLogGroup`.",
    source: "Batch guide using_awslogs",
    Account("whether the execution role may create log groups, which `AmazonECSTaskExecutionRolePolicy` alone does not allow: `aws iam simulate-principal-policy --policy-source-arn ROLE --action-names logs:CreateLogGroup`");

    "exec-role-trust": Fails, Documented,
    "Both roles trust `ecs-tasks.amazonaws.com`.",
    source: "Batch guide execution-IAM-role",
    Account("whether the `AssumeRolePolicyDocument` of each role names `ecs-tasks.amazonaws.com`: `aws iam get-role --role-name NAME`");

    "job-role-fargate-console": Lint, Documented,
    "The console's documentation demands a job role on Fargate; the API does not.",
    source: "Batch guide create-job-definition-Fargate; Batch API ContainerProperties.jobRoleArn",
    Construction("`iam_role` may be left out on either platform");

    "s3files-job-role": RefusedAtRegister, Live,
    "“A jobRoleArn/taskRoleArn is required when using s3filesVolumeConfiguration.”",
    source: "cdk-preflight jd-s3files-requires-job-role",
    Construction("such volumes are never written; `raw` cannot set `volumes`");

    "secret-required-fields": RefusedAtRegister, Model,
    "A secret has a `name` and a `valueFrom`.",
    source: "Batch API Secret",
    Construction("both are fields of `Secret` in `batch/wire.rs` that cannot be left out");

    "secret-valuefrom-forms": Fails, Documented,
    "A secret comes from the ARN of a secret of Secrets Manager, alone or with all of \
     `:key:stage:id`, of which stage and id exclude each other; or from the ARN of a parameter of \
     SSM; or, in the job's region, from its name.",
    source: "Batch guide specifying-sensitive-data-secrets, specifying-sensitive-data-parameters; Batch API Secret.valueFrom",
    Codes[values::OPTION_FORM],
    because: "the container could not be started";

    "secret-name-reserved": Ignored, Unverified,
    "A secret's name does not begin with `AWS_BATCH`, and is not that of a variable.",
    source: "Batch API KeyValuePair",
    Codes[names::RESERVED_VARIABLE, names::DUPLICATE_VARIABLE],
    because: "another name is at hand, and nothing that works is refused";

    "repo-credentials-arn": RefusedAtRegister, Model,
    "The credentials of a registry are the ARN of a secret of Secrets Manager.",
    source: "Batch API RepositoryCredentials",
    Codes[values::OPTION_FORM];
}
