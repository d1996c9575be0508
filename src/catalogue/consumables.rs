//! Consumable resources.

chapter! { "Consumable resources";
    "cr-max-5": RefusedAtRegister, Live,
    "“Each ConsumableResourceProperty can have at most 5 consumableResources”.",
    source: "cdk-preflight jd-consumable-resource-list-max",
    Codes[options::CONSUMABLE_RESOURCES];

    "cr-unique": RefusedAtRegister, Live,
    "“Cannot have duplicate consumableResource in consumableResourceProperties”.",
    source: "cdk-preflight jd-consumable-resource-duplicate",
    Codes[options::CONSUMABLE_RESOURCES];

    "cr-fields": RefusedAtRegister, Documented,
    "A consumable resource has a name or an ARN, and a quantity of at least 1.",
    source: "Batch API ConsumableResourceRequirement; cfn-lint",
    Codes[options::CONSUMABLE_RESOURCES];

    "cr-name": RefusedAtRegister, Live,
    "The name of a consumable resource has 1 to 128 letters, digits, `_` and `-`.",
    source: "cdk-preflight cr-name",
    Codes[options::CONSUMABLE_RESOURCES];

    "cr-quantity-total": Stuck, Documented,
    "A job that wants more than there is in all, or than is left of what is not replenished, stays \
     RUNNABLE.",
    source: "Batch guide resource-aware-scheduling-how-to-for-jobs",
    Account("how much there is of each consumable resource: `totalQuantity` and `availableQuantity` in `aws batch describe-consumable-resource --consumable-resource NAME`");

    "cr-mnp-scope": Lint, Documented,
    "A multi-node job has consumable resources in each range of nodes, others in the definition.",
    source: "Batch API NodeRangeProperty.consumableResourceProperties",
    Construction("`batch/raw.rs` puts what `raw` says of them into every range");
}
