"""docs/tutorial.md is run from its first block to its last, and prints what it shows."""

import re
import subprocess
import sys
from pathlib import Path

from .city import City

PAGE = (Path(__file__).parent.parent / "docs" / "tutorial.md").read_text()
BLOCKS = re.findall(r"^```(python|text)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_tutorial_prints_what_it_shows(city: City) -> None:
    """In a process without settings: the client needs none."""
    assert [kind for kind, _text in BLOCKS] == ["python", "text"] * (len(BLOCKS) // 2)
    script = "".join(text for kind, text in BLOCKS if kind == "python").replace("http://localhost:8000", city.url)
    command, environment = [sys.executable, "-"], {"PATH": "", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        command, input=script, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "".join(text for kind, text in BLOCKS if kind == "text")
