"""Starts the processes of one episode by fork: ``python -m citychain.city.simulation.launcher CLOCK``.

Loading Python and Django once makes a restart take milliseconds, so that an episode has time for many. Commands come as
lines of JSON on standard input, answers go to standard output in order:

{"start": "relayer", "log": PATH, "arguments": [...]}   -> {"pid": 17}
{"reap": null}                                          -> {"ended": [[17, -9], ...]}

At the end of its input it kills what it started, and ends.
"""

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any


def main() -> None:
    # The clock first: what is imported below may take time.time by name.
    from citychain.city.simulation.stepping import Clock

    Clock(Path(sys.argv[1])).rule()
    import django

    django.setup()
    from citychain.city.simulation import jobs

    children: set[int] = set()
    for line in sys.stdin:
        asked = json.loads(line)
        if "start" in asked:
            children.add(child := _fork(jobs.JOBS[asked["start"]], asked["arguments"], asked["log"]))
            answer: dict[str, Any] = {"pid": child}
        else:
            ended = list(_ended(children))
            children -= {pid for pid, _status in ended}
            answer = {"ended": ended}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for child in children:
        os.kill(child, signal.SIGKILL)


def _ended(children: set[int]) -> list[tuple[int, int]]:
    """Process ids and exit statuses, negative for a signal."""
    ended = []
    for child in children:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            ended.append((pid, os.waitstatus_to_exitcode(status)))
    return ended


def _fork(job: Any, arguments: list[str], log: str) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for copied, number in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(copied, number)
        job(*arguments)
        status = 0
    except SystemExit as exit_:
        status = exit_.code if isinstance(exit_.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


if __name__ == "__main__":
    main()
