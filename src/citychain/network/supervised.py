"""What supervisord (PyPI: supervisor) is told about processes that belong together."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def configuration(
    *, run: Path, logs: Path, processes: Mapping[str, Sequence[str]], stopped_on_purpose: int = 0
) -> Path:
    """Writes supervisord.conf into `run` and returns its path. Processes start in the order given and stop in reverse.

    One that dies is started again, unless it ends with the status `stopped_on_purpose`: then a person must look.
    """
    lines = [
        "[supervisord]",
        f"logfile={_escape(logs / 'supervisord.log')}",
        f"pidfile={_escape(run / 'supervisord.pid')}",
        f"childlogdir={_escape(logs)}",
        "logfile_maxbytes=5MB",
        "logfile_backups=2",
    ]
    for priority, (name, command) in enumerate(processes.items(), start=1):
        lines += [
            f"[program:{name}]",
            "command=" + " ".join(f'"{_escape(part)}"' for part in command),
            f"priority={priority * 10}",
            "autorestart=unexpected",
            f"exitcodes={stopped_on_purpose}",
            "startsecs=1",
            "startretries=10",
            "stopwaitsecs=40",
            "stopasgroup=false",
            "killasgroup=true",
            f"stdout_logfile={_escape(logs / name)}.log",
            "redirect_stderr=true",
            "stdout_logfile_maxbytes=5MB",
            "stdout_logfile_backups=2",
        ]
    path = run / "supervisord.conf"
    path.write_text("\n".join(lines) + "\n")
    return path


def supervise(
    folder: Path, processes: Mapping[str, Sequence[str]], environment: Mapping[str, str], stopped_on_purpose: int = 0
) -> int:
    """Runs the processes in the foreground until SIGTERM, SIGHUP or Ctrl-C, which end them in reverse order. Returns
    the exit status. Logs are in <folder>/logs; `environment` is added to this process's own."""
    run, logs = folder / "run", folder / "logs"
    for made in (run, logs):
        made.mkdir(exist_ok=True)
    written = configuration(run=run, logs=logs, processes=processes, stopped_on_purpose=stopped_on_purpose)
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--silent", "-c", str(written)],
        start_new_session=True,
        env={**os.environ, **environment},
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.terminate())
    return 0 if supervisor.wait() in (0, -signal.SIGTERM) else 1


def _escape(text: object) -> str:
    """supervisord expands %(names)s."""
    return str(text).replace("%", "%%")
