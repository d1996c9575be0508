"""The jobs of an account: what is accepted, and what becomes of it.

Moto accepts jobs in a disabled queue, with more than 20 or missing dependencies, of array sizes 1 and
20,000, and with overrides that are too long. Its jobs without docker end at once; here a job waits for
what it depends on, and then until it is moved (control.py) or run (containers.py).
"""

import json
import re

from moto.batch.exceptions import ClientException

from job import ENDED, Job

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$")
OVERRIDES = "Container Overrides length must be at most 8192"


class Jobs:
    """Those of an account in a region, and what becomes of them."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.all = {}

    def submit(self, request, definition, queue, lag):
        self._validate(request, definition, queue)
        job = Job(request, definition, queue, self.prefix, lag)
        self.all[job.id] = job
        if len(json.dumps(request.get("containerOverrides"), separators=(",", ":"))) > 8192:
            # Accepted, and then the job fails.
            job.move("FAILED", reason=OVERRIDES, attempts=0)
        return job

    def _validate(self, request, definition, queue):
        """What the real service refuses, and moto accepts."""
        if not NAME.match(request.get("jobName") or ""):
            raise ClientException("Job name should match valid pattern")
        if queue.state != "ENABLED":
            raise ClientException(f"Job queue {queue.name} is not in the ENABLED state.")
        size = (request.get("arrayProperties") or {}).get("size")
        if size is not None and not 2 <= size <= 10_000:
            raise ClientException("Array size must be between 2 and 10000.")
        if size is not None and definition.request["type"] == "multinode":
            raise ClientException("Array jobs cannot be multi-node parallel jobs.")
        depends = request.get("dependsOn") or []
        if len(depends) > 20:
            raise ClientException("A job can depend upon a maximum of 20 jobs.")
        for one in depends:
            if "jobId" not in one:
                if one.get("type") != "SEQUENTIAL" or size is None:
                    raise ClientException("A dependency needs a jobId, or the type SEQUENTIAL in an array job.")
                continue
            parent, index, _ = parts(one["jobId"])
            other = self.all.get(parent)
            if other is None or (index is not None and index >= (other.size or 0)):
                raise ClientException(f"Job {one['jobId']} does not exist, it cannot be depended on.")
            if one.get("type") == "N_TO_N" and other.size != size:
                raise ClientException("N_TO_N dependencies need array jobs of one size.")

    def get(self, identifier):
        """The job, and the index or node if it is of a child; `None` if there is none."""
        parent, index, node = parts(identifier.removeprefix(self.prefix))
        job = self.all.get(parent)
        if job is None or (index is not None and index >= (job.size or 0)):
            return None
        if node is not None and (job.nodes is None or node >= job.nodes["numNodes"]):
            return None
        return job, index, node

    def step(self, job, failures):
        """One state ahead; those whose name ends so fail, by the index if it is a list of them."""
        ahead = {"RUNNABLE": "STARTING", "STARTING": "RUNNING", "RUNNING": "SUCCEEDED"}
        to = ahead.get(job.base.status)
        if to is None:
            return
        how = next((how for end, how in failures.items() if job.name.endswith(end)), None)
        if to == "SUCCEEDED" and how is not None:
            how = dict(how)
            for index in how.pop("index", [None]):
                job.move("FAILED", index, **how)
        job.move(to) if job.base.status not in ENDED else None
        self.release()

    def release_one(self, job):
        if job.base.status in ("SUBMITTED", "PENDING"):
            self._release(job)

    def release(self):
        """Moves on what waits for nothing any more, and fails what waits in vain."""
        changed = True
        while changed:
            changed = False
            for job in list(self.all.values()):
                if job.base.status in ("SUBMITTED", "PENDING"):
                    changed |= self._release(job)

    def _release(self, job):
        depends = job.request.get("dependsOn") or []
        each = [one for one in depends if one.get("type") in ("N_TO_N", "SEQUENTIAL")]
        others = [self._status(one["jobId"]) for one in depends if one not in each]
        if "FAILED" in others:
            job.move("FAILED", reason="Dependent Job failed", attempts=0)
            return True
        if any(status != "SUCCEEDED" for status in others):
            changed = job.base.status != "PENDING"
            job.base.status = "PENDING"
            return changed
        whole = [one["type"] == "N_TO_N" and self.all[one["jobId"]].status == "SUCCEEDED" for one in each]
        if all(whole):
            if job.cancelled:
                job.move("FAILED", reason=job.base.reason, attempts=0)
            else:
                job.move("RUNNABLE")
            return True
        changed = job.base.status != "PENDING"
        job.base.status = "PENDING"
        waiting = [index for index in range(job.size) if job.child(index).status == "PENDING"]
        for index in waiting:
            states = []
            for one in each:
                if one["type"] == "N_TO_N":
                    states.append(self.all[one["jobId"]].child(index).status)
                elif index > 0:
                    states.append(job.child(index - 1).status)
            if "FAILED" in states:
                job.move("FAILED", index, reason="Dependent Job failed", attempts=0)
                changed = True
            elif all(status == "SUCCEEDED" for status in states):
                job.move("RUNNABLE", index)
                changed = True
        return changed

    def _status(self, identifier):
        job, index, _ = self.get(identifier)
        return job.status if index is None else job.child(index).status

    def end(self, identifier, reason, terminate):
        """CancelJob and TerminateJob, which do nothing to a job that has ended."""
        found = self.get(identifier)
        if found is None:
            return
        job, index, _ = found
        status = job.status if index is None else job.child(index).status
        if status in ENDED:
            return
        if terminate:
            job.terminated = index is None or job.terminated
            attempts = 1 if status in ("STARTING", "RUNNING") else 0
            job.move("FAILED", index, reason=reason, attempts=attempts)
        elif status in ("SUBMITTED", "PENDING") and job.size is None:
            # It ends when what it waits for has ended.
            job.cancelled = True
            job.base.reason = reason
        elif status in ("SUBMITTED", "PENDING", "RUNNABLE"):
            job.cancelled = index is None or job.cancelled
            job.move("FAILED", index, reason=reason, attempts=0)


def parts(identifier):
    """`id`, `id:index`, `id#node`."""
    match = re.fullmatch(r"([^:#]*)(?::(\d+))?(?:#(\d+))?", identifier)
    if match is None:
        return identifier, None, None
    number = lambda text: None if text is None else int(text)
    return match[1], number(match[2]), number(match[3])
