"""Job definitions as the real service keeps them.

Moto loses schedulingPriority, nodeProperties, ecsProperties and consumableResourceProperties, takes
platformCapabilities and propagateTags of a second revision from the first, fills what the second
leaves out from the first, and does not find `name:revision`. So the request is kept, and what is
described is made from it.
"""

import copy
import re
import threading

from moto.batch.exceptions import ClientException

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$")

# What the service adds to a container that does not have it.
EMPTY = ("command", "environment", "mountPoints", "resourceRequirements", "secrets", "ulimits", "volumes")


class Definition:
    """A revision."""

    def __init__(self, request, arn, revision, lag):
        self.request = request
        self.arn = arn
        self.name = request["jobDefinitionName"]
        self.revision = revision
        self.status = "ACTIVE"
        # So many reads do not see it yet: the service is eventually consistent.
        self.hidden = lag

    def seen(self):
        self.hidden -= 1
        return self.hidden < 0

    def container(self):
        return self.request.get("containerProperties") or {}

    def describe(self):
        out = copy.deepcopy(self.request)
        out.update(
            jobDefinitionArn=self.arn,
            revision=self.revision,
            status=self.status,
            containerOrchestrationType="EKS" if "eksProperties" in out else "ECS",
        )
        out.setdefault("parameters", {})
        out.setdefault("tags", {})
        out.setdefault("platformCapabilities", ["EC2"])
        if "retryStrategy" in out:
            evaluate = out["retryStrategy"].setdefault("evaluateOnExit", [])
            for one in evaluate:
                one["action"] = one["action"].lower()
        fargate = "FARGATE" in out["platformCapabilities"]
        if "containerProperties" in out:
            _as_kept(out["containerProperties"], fargate)
        for group in (out.get("nodeProperties") or {}).get("nodeRangeProperties", []):
            if "container" in group:
                _as_kept(group["container"], fargate)
        return out


def _as_kept(container, fargate):
    """A container as the service gives it back."""
    for name in EMPTY:
        container.setdefault(name, [])
    # Variables without a value are dropped; the order is the service's own.
    kept = [one for one in container["environment"] if one.get("value") not in (None, "")]
    container["environment"] = sorted(kept, key=lambda one: one["name"], reverse=True)
    # The old members are given back as requirements.
    for old in ("vcpus", "memory"):
        if old in container:
            kind = "VCPU" if old == "vcpus" else "MEMORY"
            container["resourceRequirements"].append({"type": kind, "value": str(container.pop(old))})
    if "logConfiguration" in container:
        container["logConfiguration"].setdefault("options", {})
        container["logConfiguration"].setdefault("secretOptions", [])
    if fargate:
        container.setdefault("fargatePlatformConfiguration", {"platformVersion": "LATEST"})


class Definitions:
    """Those of an account in a region."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.all = []
        self.lock = threading.Lock()

    def register(self, request, lag):
        name = request.get("jobDefinitionName") or ""
        if not NAME.match(name):
            raise ClientException("Job definition name should match a valid pattern.")
        if request.get("type") not in ("container", "multinode"):
            raise ClientException("type must be one of container, multinode")
        if not any(key.endswith("Properties") and request[key] for key in request):
            raise ClientException("Must provide one of containerProperties, nodeProperties, ecsProperties, eksProperties")
        with self.lock:
            revision = 1 + max((one.revision for one in self.all if one.name == name), default=0)
            definition = Definition(request, f"{self.prefix}{name}:{revision}", revision, lag)
            self.all.append(definition)
        return definition

    def find(self, reference):
        """An ARN, `name:revision`, or the newest active one of a name."""
        reference = reference.removeprefix(self.prefix)
        for one in reversed(self.all):
            if reference == f"{one.name}:{one.revision}" or (reference == one.name and one.status == "ACTIVE"):
                return one
        return None

    def describe(self, name, references, status):
        if references is not None:
            if name is not None or len(references) > 100:
                raise ClientException("jobDefinitions takes up to 100 entries, and no jobDefinitionName")
            found = [self.find(one) for one in references if ":" in one]
            found = [one for one in found if one is not None]
        elif name is not None:
            # One name, without a revision.
            found = [one for one in self.all if one.name == name]
        else:
            found = list(self.all)
        return [one for one in found if status in (None, one.status) and one.seen()]
