"""A server that makes its faces, serves a little and then forks its workers, as Gunicorn does with --preload.

`python -m support.prefork SESSIONS_URL ROLLOUT_URL USER ROLE WORKERS THREADS REQUESTS`; each process prints one line.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from ringfence.runtime.rollout import BlockingRollout
from ringfence.runtime.sessions import BlockingSessions
from ringfence.runtime.verified import VerifiedToken

ENDPOINT = "GET /documents"


def main(sessions_url: str, rollout_url: str, user: str, role: str, *numbers: str) -> None:
    """The parent; its children leave through the end of this function too, as workers leave through the interpreter."""
    workers, threads, requests = map(int, numbers)
    sessions = BlockingSessions(sessions_url, application="prefork sessions", connections_max=2)
    rollout = BlockingRollout(rollout_url, application="prefork rollout")
    token = VerifiedToken(user, role, session="5e551011-0000-4000-8000-000000000001", legacy=True)
    answers: list[Any] = []

    def request() -> None:
        organization = sessions.context_for(token).organization
        side = rollout.read(ENDPOINT, user, legacy=lambda: "legacy", tenant=lambda: "tenant")
        answers.append((str(organization), side))

    def serve() -> None:
        def work() -> None:
            for _ in range(requests):
                request()

        at_work = [threading.Thread(target=work) for _ in range(threads)]
        for one in at_work:
            one.start()
        for one in at_work:
            one.join()

    serve()
    children: list[int] = []
    for _ in range(workers):
        child = os.fork()
        if child == 0:
            answers.clear()
            children.clear()
            break
        children.append(child)
    serve()
    print(json.dumps({"process": os.getpid(), "answers": len(answers), "kinds": sorted(set(answers))}), flush=True)
    for child in children:
        _, status = os.waitpid(child, 0)
        assert status == 0
    if children:
        request()  # the parent's connections are as they were
        print(json.dumps({"process": os.getpid(), "answers": 1, "kinds": sorted(set(answers))}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
