"""What is kept for each account in each region."""

import threading
from collections import Counter

from definitions import Definitions
from jobs import Jobs

# Everything below is done by one thread at a time.
LOCK = threading.RLock()


class World:
    def __init__(self, account, region):
        self.account, self.region = account, region
        arn = f"arn:aws:batch:{region}:{account}"
        self.definitions = Definitions(f"{arn}:job-definition/")
        self.jobs = Jobs(f"{arn}:job/")
        # Requests of CreateComputeEnvironment, by name; what a test says of a queue or one of those.
        self.environments = {}
        self.said = {}
        self.calls = Counter()
        self.settings = {
            # Reads that do not see a new job or revision yet.
            "jobLag": 0,
            "definitionLag": 0,
            # Items of a page, events of a page of logs, and whether pages of logs are empty first.
            "page": 100,
            "logPage": 10_000,
            "logGaps": False,
            # Whether jobs move on each time that they are described, and which of them fail.
            "auto": False,
            "fail": {},
        }


_worlds = {}


def of(account, region):
    with LOCK:
        if (account, region) not in _worlds:
            _worlds[account, region] = World(account, region)
        return _worlds[account, region]
