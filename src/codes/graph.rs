//! The graph: edges, joins, foreach.
use super::codes;

codes! { "graph";
    /// `next` names a step that the flow does not have
    UNKNOWN_STEP: "unknown-step", Error,
    explain: "", failing: "", corrected: "";

    /// A step named twice in one `next`
    DUPLICATE_TARGET: "duplicate-target", Error,
    explain: "", failing: "", corrected: "";

    /// Steps that go in a circle
    CYCLE: "cycle", Error,
    explain: "", failing: "", corrected: "";

    /// Nothing leads to a step, though the flow begins at `start`
    UNREACHABLE_STEP: "unreachable-step", Error,
    explain: "", failing: "", corrected: "";

    /// A `join` or `gather` that nothing leads to
    NOTHING_TO_JOIN: "nothing-to-join", Error,
    explain: "", failing: "", corrected: "";

    /// Several edges lead to a step that is no `join`
    MISSING_JOIN: "missing-join", Error,
    explain: "", failing: "", corrected: "";

    /// A `join` with one incoming edge
    LONELY_JOIN: "lonely-join", Warning,
    explain: "", failing: "", corrected: "";

    /// A `gather` outside every foreach
    NOTHING_TO_GATHER: "nothing-to-gather", Error,
    explain: "", failing: "", corrected: "";

    /// Edges from different scopes meet
    SCOPES_DIFFER: "scopes-differ", Error,
    explain: "", failing: "", corrected: "";

    /// A foreach leads to what cannot be its body
    FOREACH_TARGET: "foreach-target", Error,
    explain: "", failing: "", corrected: "";

    /// A foreach over something that is no list
    FOREACH_SOURCE: "foreach-source", Error,
    explain: "", failing: "", corrected: "";

    /// Items of different kinds, or of none that an item can have
    FOREACH_ITEMS: "foreach-items", Error,
    explain: "", failing: "", corrected: "";

    /// A foreach whose body runs nothing
    EMPTY_BODY: "empty-body", Error,
    explain: "", failing: "", corrected: "";

    /// A foreach over no items, or too many
    ARRAY_SIZE: "array-size", Error,
    explain: "", failing: "", corrected: "";

    /// A job that waits for more than 20 others
    TOO_MANY_DEPENDENCIES: "too-many-dependencies", Error,
    explain: "", failing: "", corrected: "";

    /// A flow that runs nothing
    NO_JOB: "no-job", Error,
    explain: "", failing: "", corrected: "";
}
