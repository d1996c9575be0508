"""What is put in the place of moto's own answers, and why."""

import hashlib
import json

from moto.batch.exceptions import ClientException
from moto.batch.models import ComputeEnvironment, batch_backends
from moto.batch.responses import BatchResponse
from moto.logs.models import LogStream
from moto.logs.responses import LogsResponse

import containers
import world

STATUSES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")


def page(items, request, key, here):
    """A page of a list. Moto gives everything at once, and no nextToken."""
    most = request.get("maxResults") or 100
    if not 1 <= most <= 100:
        raise ClientException("maxResults must be between 1 and 100")
    most = min(most, here.settings["page"])
    rest = {name: value for name, value in request.items() if name not in ("nextToken", "maxResults")}
    asked = hashlib.sha256(json.dumps([key, rest], sort_keys=True).encode()).hexdigest()[:16]
    start = 0
    if request.get("nextToken"):
        token, _, number = request["nextToken"].partition("-")
        # A token belongs to the request that it was given for.
        if token != asked or not number.isdigit():
            raise ClientException("Invalid nextToken")
        start = int(number)
    out = {key: items[start : start + most]}
    if start + most < len(items):
        out["nextToken"] = f"{asked}-{start + most}"
    return out


def register_job_definition(here, backend, request):
    made = here.definitions.register(request, here.settings["definitionLag"])
    return {"jobDefinitionArn": made.arn, "jobDefinitionName": made.name, "revision": made.revision}


def deregister_job_definition(here, backend, request):
    found = here.definitions.find(request["jobDefinition"])
    if found is not None:
        found.status = "INACTIVE"
    return {}


def describe_job_definitions(here, backend, request):
    name, references = request.get("jobDefinitionName"), request.get("jobDefinitions")
    found = here.definitions.describe(name, references, request.get("status"))
    return page([one.describe() for one in found], request, "jobDefinitions", here)


def submit_job(here, backend, request):
    definition = here.definitions.find(request.get("jobDefinition") or "")
    if definition is None or not definition.seen() or definition.status != "ACTIVE":
        raise ClientException(f"Job definition {request.get('jobDefinition')} does not exist")
    queue = backend.get_job_queue(request.get("jobQueue") or "")
    if queue is None:
        raise ClientException(f"Job queue {request.get('jobQueue')} does not exist")
    job = here.jobs.submit(request, definition, queue, here.settings["jobLag"])
    job.backend = backend
    here.jobs.release_one(job)
    containers.start(here)
    return {"jobArn": job.arn, "jobId": job.id, "jobName": job.name}


def describe_jobs(here, backend, request):
    if len(request.get("jobs") or []) > 100:
        raise ClientException("Maximum number of jobs supported is 100")
    found = [here.jobs.get(identifier) for identifier in request.get("jobs") or []]
    found = [one for one in found if one is not None and one[0].seen()]
    out = {"jobs": [job.describe(index, node) for job, index, node in found]}
    if here.settings["auto"]:
        for job in {job.id: job for job, _, _ in found}.values():
            here.jobs.step(job, here.settings["fail"])
    return out


def list_jobs(here, backend, request):
    """By queue, only jobs of the asked status (RUNNING if none is), newest first; a filter has the
    status ignored, and neither gives children. Moto gives children, and of any status."""
    asked = [key for key in ("jobQueue", "arrayJobId", "multiNodeJobId") if request.get(key)]
    if len(asked) != 1:
        raise ClientException("One of jobQueue, arrayJobId and multiNodeJobId must be given")
    status = request.get("jobStatus") or "RUNNING"
    if status not in STATUSES:
        raise ClientException("Job status is not one of " + " | ".join(STATUSES))
    filters = request.get("filters") or []
    if asked != ["jobQueue"]:
        found = here.jobs.get(request[asked[0]])
        if found is None:
            return {"jobSummaryList": []}
        job = found[0]
        if asked == ["arrayJobId"]:
            rows = [job.short(index) for index in range(job.size or 0) if job.child(index).status == status]
        else:
            rows = [job.short(node=node) for node in range(job.nodes["numNodes"] if job.nodes else 0)]
            rows = [row for row in rows if row["status"] == status]
        return page(rows, request, "jobSummaryList", here)
    queue = backend.get_job_queue(request["jobQueue"])
    if queue is None:
        raise ClientException(f"Job queue {request['jobQueue']} does not exist")
    if len(filters) > 1:
        raise ClientException("Only one filter can be used at a time")
    jobs = [job for job in reversed(here.jobs.all.values()) if job.queue is queue]
    if filters:
        jobs = [job for job in jobs if matches(job, filters[0])]
    else:
        jobs = [job for job in jobs if job.status == status]
    # What a page does not reach does not count as seen; close enough, and the same every time.
    first = not request.get("nextToken")
    jobs = [job for job in jobs if (job.seen() if first else job.hidden < 0)]
    return page([job.short() for job in jobs], request, "jobSummaryList", here)


def matches(job, condition):
    name, values = condition["name"], condition["values"]
    if name in ("BEFORE_CREATED_AT", "AFTER_CREATED_AT"):
        before = job.created < int(values[0])
        return before if name == "BEFORE_CREATED_AT" else not before
    if name not in ("JOB_NAME", "JOB_DEFINITION"):
        raise ClientException(f"Unknown filter {name}")
    text = (job.name if name == "JOB_NAME" else job.definition.name).lower()
    for value in (value.lower() for value in values):
        if text.startswith(value[:-1]) if value.endswith("*") else text == value:
            return True
    return False


def terminate_job(here, backend, request):
    return end(here, request, True)


def cancel_job(here, backend, request):
    return end(here, request, False)


def end(here, request, terminate):
    for name in ("jobId", "reason"):
        if not request.get(name):
            raise ClientException(f"'{name}' is a required field (cannot be an empty string)")
    here.jobs.end(request["jobId"], request["reason"], terminate)
    here.jobs.release()
    containers.start(here)
    return {}


def describe_job_queues(here, backend, request):
    rows = []
    for row in backend.describe_job_queues(request.get("jobQueues")):
        # By ARN, whatever the queue was made with.
        row["computeEnvironmentOrder"] = [
            {**one, "computeEnvironment": backend.get_compute_environment(one["computeEnvironment"]).arn}
            for one in row["computeEnvironmentOrder"]
        ]
        row = {name: value for name, value in row.items() if value is not None}
        rows.append({"statusReason": "JobQueue Healthy", **row, **here.said.get(row["jobQueueName"], {})})
    return page(rows, request, "jobQueues", here)


def create_compute_environment(here, backend, request):
    """Moto wants roles, networks and instances, which an account of a test does not have."""
    name = request["computeEnvironmentName"]
    made = ComputeEnvironment(
        name,
        request["type"],
        request.get("state", "ENABLED"),
        request.get("computeResources"),
        request.get("serviceRole"),
        account_id=here.account,
        region_name=here.region,
    )
    backend._compute_environments[made.arn] = made
    here.environments[name] = request
    return {"computeEnvironmentArn": made.arn, "computeEnvironmentName": name}


def describe_compute_environments(here, backend, request):
    rows = []
    for row in backend.describe_compute_environments(request.get("computeEnvironments")):
        name = row["computeEnvironmentName"]
        row = {key: value for key, value in row.items() if value}
        row = {"containerOrchestrationType": "ECS", **here.environments.get(name, {}), **row}
        rows.append({**row, **here.said.get(name, {})})
    return page(rows, request, "computeEnvironments", here)


def get_log_events(self, start_time, end_time, limit, next_token, start_from_head):
    """Pages of the size that a test wants; the service's own are of 1 MB. A page may be empty though
    more follow: only a token that is the one asked with is the end."""
    settings = world.of(self.account_id, self.region).settings
    gap = (next_token or "").startswith("g")
    if settings["logGaps"] and not gap and start_from_head:
        return [], next_token, f"g{next_token or ''}"
    asked = (next_token[1:] if gap else next_token) or None
    limit = min(limit or 10_000, settings["logPage"])
    events, backward, forward = _log_events(self, start_time, end_time, limit, asked, start_from_head)
    for event in events:
        # Moto has fractions in those of containers.
        event["timestamp"] = int(event["timestamp"])
    if gap and not events:
        forward = next_token
    return events, backward, forward


_log_events = LogStream.get_log_events


def answers(function):
    """A method of moto's response class; its name is what it looks for."""

    def method(self):
        with world.LOCK:
            here = world.of(self.current_account, self.region)
            here.calls["".join(part.capitalize() for part in function.__name__.split("_"))] += 1
            backend = batch_backends[self.current_account][self.region]
            return json.dumps(function(here, backend, json.loads(self.body or "{}")))

    return method


def counted_log_events(self):
    world.of(self.current_account, self.region).calls["GetLogEvents"] += 1
    return _counted(self)


_counted = LogsResponse.get_log_events


def install():
    for function in (
        register_job_definition,
        deregister_job_definition,
        describe_job_definitions,
        submit_job,
        describe_jobs,
        list_jobs,
        terminate_job,
        cancel_job,
        describe_job_queues,
        create_compute_environment,
        describe_compute_environments,
    ):
        name = function.__name__.replace("_", "")
        assert hasattr(BatchResponse, name), name
        setattr(BatchResponse, name, answers(function))
    # Without docker moto would put a wrapper around this backend, which we do without.
    BatchResponse.batch_backend = property(lambda self: batch_backends[self.current_account][self.region])
    LogStream.get_log_events = get_log_events
    LogsResponse.get_log_events = counted_log_events
