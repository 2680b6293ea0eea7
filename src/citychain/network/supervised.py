"""What supervisord (PyPI: supervisor) is told about processes that belong together."""

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


def _escape(text: object) -> str:
    """supervisord expands %(names)s."""
    return str(text).replace("%", "%%")
