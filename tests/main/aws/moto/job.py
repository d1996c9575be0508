"""A job as the real service keeps it.

Moto's DescribeJobs lacks nodeOverrides (in nodeProperties), retryStrategy, propagateTags,
platformCapabilities and more; its jobs without docker end at once, and an array of 10,000 is 10,000
objects. A `Job` here is what the service would say of one; a test moves it on (control.py), or a
container does (containers.py). An array is one object: the status that most of its children have,
and those that differ.
"""

import copy
import time
import uuid

STATUSES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")
ENDED = ("SUCCEEDED", "FAILED")


def now():
    return int(time.time() * 1000)


class State:
    """How far a job or a child has come."""

    def __init__(self, status):
        self.status = status
        self.reason = None
        self.exit_code = None
        self.container_reason = None
        self.started = None
        self.stopped = None
        self.stream = None
        self.attempts = []

    def move(self, status, stream, reason=None, exitCode=None, containerReason=None, attempts=1):
        if status in ("STARTING", "RUNNING") or (status in ENDED and self.started is None and attempts):
            self.started = self.started or now()
            self.stream = stream
        self.status = status
        self.reason = reason
        if status in ENDED:
            self.stopped = now()
            if status == "SUCCEEDED" and exitCode is None:
                exitCode = 0
            self.exit_code = exitCode
            self.container_reason = containerReason
            for _ in range(attempts if self.started else 0):
                container = {"exitCode": exitCode, "reason": containerReason, "logStreamName": self.stream}
                container = {name: value for name, value in container.items() if value is not None}
                attempt = {"container": container, "startedAt": self.started, "stoppedAt": self.stopped}
                if reason is not None:
                    attempt["statusReason"] = reason
                self.attempts.append(attempt)


class Job:
    """One that was submitted: a single one, an array, or one of several nodes."""

    def __init__(self, request, definition, queue, prefix, lag):
        self.request = request
        self.definition = definition
        self.queue = queue
        self.id = str(uuid.uuid4())
        self.arn = f"{prefix}{self.id}"
        self.name = request["jobName"]
        self.created = now()
        self.hidden = lag
        self.cancelled = self.terminated = False
        self.size = (request.get("arrayProperties") or {}).get("size")
        self.base = State("SUBMITTED")
        self.children = {}
        self.nodes = self._nodes() if definition.request["type"] == "multinode" else None

    def seen(self):
        self.hidden -= 1
        return self.hidden < 0

    # Status.

    def child(self, index):
        """The state of a child, for reading."""
        return self.children.get(index, self.base)

    def own(self, index):
        """The state of a child that differs from the others, or of the job."""
        if index is None or self.size is None:
            return self.base
        if index not in self.children:
            self.children[index] = copy.deepcopy(self.base)
        return self.children[index]

    def summary(self):
        counts = dict.fromkeys(STATUSES, 0)
        for state in self.children.values():
            counts[state.status] += 1
        counts[self.base.status] += self.size - len(self.children)
        return counts

    @property
    def status(self):
        if self.size is None:
            return self.base.status
        counts = self.summary()
        if counts["SUBMITTED"] == self.size:
            return "SUBMITTED"
        # The parent of an array is PENDING until all of its children have ended.
        if counts["SUCCEEDED"] + counts["FAILED"] < self.size:
            return "PENDING"
        return "FAILED" if counts["FAILED"] else "SUCCEEDED"

    def stream(self, suffix=""):
        return f"{self.definition.name}/default/{self.id}{suffix}".replace(":", "-").replace("#", "-")

    def log_group(self):
        log = self.definition.container().get("logConfiguration") or {}
        return (log.get("options") or {}).get("awslogs-group", "/aws/batch/job")

    def move(self, status, index=None, **how):
        """To a status; a child of an array if an index is given, else all that have not ended."""
        if self.size is None:
            self.base.move(status, self.stream(), **how)
        elif index is not None:
            self.own(index).move(status, self.stream(f":{index}"), **how)
        else:
            # A stream for each: made from the index when a child is described.
            if self.base.status not in ENDED:
                self.base.move(status, self.stream(":{}"), **how)
            for one, state in self.children.items():
                if state.status not in ENDED:
                    state.move(status, self.stream(f":{one}"), **how)

    # What it says.

    def short(self, index=None, node=None):
        suffix = "" if index is None else f":{index}"
        suffix += "" if node is None else f"#{node}"
        state = self.base if index is None else self.child(index)
        out = {
            "jobId": self.id + suffix,
            "jobArn": self.arn + suffix,
            "jobName": self.name,
            "createdAt": self.created,
            "status": self.status if index is None else state.status,
            "jobDefinition": self.definition.arn,
        }
        if state.reason is not None:
            out["statusReason"] = state.reason
        if state.started is not None:
            out["startedAt"] = state.started
        if state.stopped is not None and out["status"] in ENDED:
            out["stoppedAt"] = state.stopped
            out["container"] = self._outcome(state)
        if self.size is not None:
            out["arrayProperties"] = {"size": self.size} if index is None else {"index": index}
        if self.nodes is not None:
            count = self.nodes["numNodes"]
            out["nodeProperties"] = {"numNodes": count, "isMainNode": node == self.nodes["mainNode"]}
            if node is not None:
                out["nodeProperties"]["nodeIndex"] = node
        return out

    @staticmethod
    def _outcome(state):
        out = {"exitCode": state.exit_code, "reason": state.container_reason}
        return {name: value for name, value in out.items() if value is not None}

    def describe(self, index=None, node=None):
        definition, request = self.definition.describe(), self.request
        state = self.base if index is None else self.child(index)
        out = self.short(index, node)
        shape = out.pop("nodeProperties", None)
        out.pop("container", None)
        attempts = copy.deepcopy(state.attempts)
        if index is not None:
            for attempt in attempts:
                if "logStreamName" in attempt["container"]:
                    attempt["container"]["logStreamName"] = self.stream(f":{index}")
        out.update(
            jobQueue=self.queue.arn,
            attempts=attempts if self.size is None or index is not None else [],
            dependsOn=request.get("dependsOn") or [],
            parameters={**definition["parameters"], **(request.get("parameters") or {})},
            tags=request.get("tags") or {},
            propagateTags=request.get("propagateTags", definition.get("propagateTags", False)),
            platformCapabilities=definition["platformCapabilities"],
            isCancelled=self.cancelled,
            isTerminated=self.terminated,
        )
        for name in ("retryStrategy", "timeout"):
            if name in request or name in definition:
                out[name] = request.get(name, definition.get(name))
        for name in ("shareIdentifier", "consumableResourceProperties"):
            if name in request:
                out[name] = request[name]
        priority = request.get("schedulingPriorityOverride", definition.get("schedulingPriority"))
        if priority is not None:
            out["schedulingPriority"] = priority
        if "containerProperties" in definition:
            out["container"] = self._container(definition, state, index)
        for name in ("ecsProperties", "eksProperties"):
            if name in definition:
                out[name] = definition[name]
        if self.nodes is not None:
            if node is None:
                out["nodeProperties"] = self.nodes
            else:
                out["container"] = self._node(node, state)
                out["nodeDetails"] = {"nodeIndex": node, "isMainNode": shape["isMainNode"]}
        if self.size is not None and index is None:
            out["arrayProperties"] = {"size": self.size, "statusSummary": self.summary()}
        return out

    def _container(self, definition, state, index):
        out = _overridden(definition["containerProperties"], self.request.get("containerOverrides"))
        out.update(self._outcome(state))
        if state.stream is not None and (self.size is None or index is not None):
            out["logStreamName"] = self.stream("" if index is None else f":{index}")
        return out

    def _node(self, node, state):
        for group in self.nodes["nodeRangeProperties"]:
            if node in _targets(group["targetNodes"], self.nodes["numNodes"]):
                out = {**group.get("container", {}), **self._outcome(state)}
        if state.stream is not None:
            out["logStreamName"] = self.stream(f"#{node}")
        return out

    def _nodes(self):
        """The properties of the nodes, with what the job overrides."""
        out = self.definition.describe()["nodeProperties"]
        overrides = self.request.get("nodeOverrides") or {}
        out["numNodes"] = overrides.get("numNodes", out["numNodes"])
        for one in overrides.get("nodePropertyOverrides") or []:
            nodes = set(_targets(one["targetNodes"], out["numNodes"]))
            for group in out["nodeRangeProperties"]:
                if nodes & set(_targets(group["targetNodes"], out["numNodes"])):
                    group["container"] = _overridden(group["container"], one.get("containerOverrides"))
        return out


def _targets(text, count):
    start, colon, end = text.partition(":")
    if not colon:
        return range(int(start), int(start) + 1)
    return range(int(start or 0), int(end or count - 1) + 1)


def _overridden(container, overrides):
    """A container with what the job overrides, as the job has it."""
    out, overrides = copy.deepcopy(container), overrides or {}
    for name in ("command", "instanceType"):
        if name in overrides:
            out[name] = overrides[name]
    for name, key in (("environment", "name"), ("resourceRequirements", "type")):
        merged = {one[key]: one for one in out.get(name) or []}
        merged.update({one[key]: one for one in overrides.get(name) or []})
        out[name] = list(merged.values())
    return out
