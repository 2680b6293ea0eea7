"""The command as an operator meets it: killed with -9 at any moment, run again."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from citychain.chain.addressbook import AddressBook
from citychain.chain.deploy import steps
from citychain.chain.deployed import check_deployment
from citychain.chain.keystore import load_or_create
from citychain.chain.plan import Plan, PlanInvalid, load
from citychain.chain.rpc import Rpc

from .conftest import ETHER, make_plan

SEED = 20170401


def toml(plan: Plan) -> str:
    """The plan as an operator writes it."""
    quoted = json.dumps
    lines = [f"{name} = {quoted(getattr(plan, name))}" for name in ("council_name", "council_web_page", "guardian")]
    for name, council in (("council", plan.council), ("recovery", plan.recovery)):
        lines += [f"[{name}]", f"officers = {quoted(council.officers)}", f"delay = {council.delay}"]
    lines += ["[kinds]", *(f"{kind} = {quoted(above)}" for kind, above in plan.kinds.items())]
    for number in plan.numbers:
        lines += ["[[numbers]]", f"name = {quoted(number.name)}", f"unit = {quoted(number.unit)}"]
        lines += [f"value = {number.value}", f"min = {number.min}", f"max = {number.max}"]
    return "\n".join(lines)


@pytest.fixture
def command(rpc: Rpc, home: Path) -> tuple[list[str], dict[str, str]]:
    """The command line and its environment; the deployer has ether."""
    (home / "plan.toml").write_text(toml(make_plan()))
    rpc.call("anvil_setBalance", load_or_create(home / "keys", "deployer").address, hex(1000 * ETHER))
    environment = {**os.environ, "CITYCHAIN_HOME": str(home), "CITYCHAIN_RPC_URL": rpc.url}
    return [sys.executable, "-m", "citychain", "deploy"], environment


def test_plan_file_is_the_plan(home: Path, plan: Plan) -> None:
    (home / "plan.toml").write_text(toml(plan))
    assert load(home / "plan.toml") == plan
    (home / "plan.toml").write_text(toml(plan) + "\nnonsense = 1")
    with pytest.raises(PlanInvalid):
        load(home / "plan.toml")


def test_command_killed_at_any_moment_ends_with_one_city(
    rpc: Rpc, home: Path, command: tuple[list[str], dict[str, str]]
) -> None:
    line, environment = command
    draw, kills = random.Random(SEED), 0
    rpc.call("evm_setAutomine", False)  # the node makes blocks on its own time, not the command's
    rpc.call("evm_setIntervalMining", 1)
    while True:
        running = subprocess.Popen([*line, str(home / "plan.toml")], env=environment, stdout=-3, stderr=-3)
        try:
            status = running.wait(draw.uniform(0.6, 2.0) if kills < 5 else 60)
            break
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            kills += 1
    assert status == 0
    assert kills > 0  # how many depends on how far each came: the steps that a kill left done are not done again
    deployer = load_or_create(home / "keys", "deployer").address
    assert rpc.nonce(deployer) == len(steps(make_plan(), deployer))
    check_deployment(AddressBook.load(), rpc)


def test_command_says_what_runs_and_checks_it(rpc: Rpc, home: Path, command: tuple[list[str], dict[str, str]]) -> None:
    line, environment = command

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*line, *arguments], env=environment, capture_output=True, text=True, check=False)

    done = run(str(home / "plan.toml"), "--json")
    book = AddressBook.load()
    assert json.loads(done.stdout) == {entry.key: entry.address for entry in book.entries}
    assert run("--check").returncode == 0
    rpc.call("anvil_setCode", book.address("Titles"), "0x00")
    assert run("--check").returncode == 1
    assert run().returncode == 2
