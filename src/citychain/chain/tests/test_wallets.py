"""eth-account does not leave the interpreter open to a crash by nesting."""

import subprocess
import sys

PROGRAM = """
import sys
before = sys.getrecursionlimit()
from citychain.chain import wallets
assert sys.getrecursionlimit() == before, sys.getrecursionlimit()
import json
try:
    json.loads("[" * 100_000)
except RecursionError:
    print("refused")
"""


def test_deeply_nested_json_is_refused_after_the_import() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "refused"), done.stderr
