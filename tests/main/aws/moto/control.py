"""The tests' own calls: POST /shim/VERB, with the account and region in the body."""

import world
from moto.batch.models import batch_backends

import containers
from job import now


def settings(here, **values):
    unknown = values.keys() - here.settings.keys()
    assert not unknown, unknown
    here.settings.update(values)
    return here.settings


def calls(here):
    """How often each operation was called."""
    return dict(here.calls)


def all_jobs(here):
    """Every job, also a second of one name: the request, and what DescribeJobs would say."""
    return [{"request": job.request, "job": job.describe()} for job in here.jobs.all.values()]


def definitions(here):
    return [one.describe() for one in here.definitions.all]


def say(here, name, **values):
    """Has a queue or compute environment say something else of itself, such as its status."""
    here.said.setdefault(name, {}).update(values)
    return here.said[name]


def move(here, job, to, index=None, log=None, **how):
    """Moves a job, by id or unique name, or the child of an array, to a status."""
    found = [one for one in here.jobs.all.values() if job in (one.id, one.name)]
    assert len(found) == 1, f"{len(found)} jobs {job}"
    job = found[0]
    job.move(to, index, **how)
    if log is not None:
        stream = job.stream("" if index is None else f":{index}")
        logs = batch_backends[here.account][here.region].logs_backend
        logs.ensure_log_group(job.log_group())
        logs.ensure_log_stream(job.log_group(), stream)
        begin = now()
        events = [line if isinstance(line, dict) else {"timestamp": begin, "message": line} for line in log]
        logs.put_log_events(job.log_group(), stream, events)
    here.jobs.release()
    containers.start(here)
    return job.describe()


VERBS = {
    "settings": settings,
    "calls": calls,
    "jobs": all_jobs,
    "definitions": definitions,
    "say": say,
    "move": move,
}


def handle(verb, body):
    here = world.of(body.pop("account"), body.pop("region"))
    with world.LOCK:
        return VERBS[verb](here, **body)
