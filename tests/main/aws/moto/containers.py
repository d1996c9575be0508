"""Jobs in real containers, by moto's own runner.

Moto does not set AWS_BATCH_JOB_ARRAY_INDEX, shares the environment between the children of an array,
waits for dependencies without knowing N_TO_N and SEQUENTIAL, and never fails a parent. So a container
is started here once a job or child is RUNNABLE, with an environment of its own.
"""

import copy

import moto.batch.models
from moto import settings
from moto.batch.models import Job, JobDefinition
from moto.core.models import default_user_config

import world

_running = []

# The containers call nobody: they need no network, which an engine may not have, and no address of
# this server, which moto asks Docker for.
settings.moto_network_mode = lambda: "none"
settings.get_docker_host = lambda: "http://localhost"
moto.batch.models.platform = "without host.docker.internal"


class Contained(Job):
    """A container of a job, or of a child of an array."""

    # Moto sorts its classes by the module's name.
    __module__ = "moto.batch.contained"

    def __init__(self, here, job, index):
        self.here, self.ours, self.index = here, job, index
        request = job.definition.request
        definition = JobDefinition(
            job.definition.name,
            request.get("parameters"),
            request["type"],
            copy.deepcopy(request.get("containerProperties")),
            node_properties=copy.deepcopy(request.get("nodeProperties")),
            eks_properties=None,
            tags={},
            retry_strategy=None,
            timeout=request.get("timeout"),
            backend=job.backend,
            platform_capabilities=None,
            propagate_tags=None,
        )
        suffix = "" if index is None else f":{index}"
        super().__init__(
            job.name,
            definition,
            job.queue,
            job.backend,
            log_backend=job.backend.logs_backend,
            container_overrides=copy.deepcopy(job.request.get("containerOverrides")),
            eks_properties_override=None,
            depends_on=None,
            parameters=job.request.get("parameters"),
            all_jobs={},
            timeout=job.request.get("timeout"),
            array_properties={},
            provided_job_id=job.id + suffix,
        )
        self._stream_name = job.stream(suffix)
        self._log_group = job.log_group()

    def _get_container_property(self, name, default):
        found = super()._get_container_property(name, copy.deepcopy(default))
        if name != "environment":
            return found
        found = {one["name"]: one for one in self.ours.describe(self.index)["container"]["environment"]}
        added = {
            "AWS_BATCH_JOB_ID": self.job_id,
            "AWS_BATCH_JQ_NAME": self.ours.queue.name,
            "AWS_BATCH_JOB_ATTEMPT": "1",
        }
        if self.index is not None:
            added["AWS_BATCH_JOB_ARRAY_INDEX"] = str(self.index)
            added["AWS_BATCH_JOB_ARRAY_SIZE"] = str(self.ours.size)
        return [*found.values(), *({"name": key, "value": value} for key, value in added.items())]

    def _state(self):
        return self.ours.base if self.index is None else self.ours.child(self.index)

    def _start_attempt(self):
        super()._start_attempt()
        with world.LOCK:
            if self._state().status not in ("SUCCEEDED", "FAILED"):
                self.ours.move("RUNNING", self.index)

    def _mark_stopped(self, success=True):
        if self.job_stopped:
            return
        super()._mark_stopped(success)
        with world.LOCK:
            _running.remove(self)
            if self._state().status not in ("SUCCEEDED", "FAILED"):
                how = {} if success else {"reason": "Essential container in task exited"}
                self.ours.move(self.status, self.index, exitCode=self.exit_code, **how)
            self.here.jobs.release()
            start(self.here)


def start(here):
    """Starts what can run, and stops what is to end."""
    if not default_user_config.get("batch", {}).get("use_docker", True):
        return
    for one in _running:
        if one._state().status in ("SUCCEEDED", "FAILED"):
            one.stop = True
    for job in here.jobs.all.values():
        for index in [None] if job.size is None else range(job.size):
            if job.child(index).status == "RUNNABLE":
                job.move("STARTING", index)
                contained = Contained(here, job, index)
                _running.append(contained)
                contained.start()


def kill():
    """No container outlives the tests."""
    for one in list(_running):
        name = f"{one.job_name}-{one.job_id.replace(':', '-')}"
        try:
            one.docker_client.containers.get(name).remove(force=True)
        except Exception:  # it has not begun, or is gone
            pass
