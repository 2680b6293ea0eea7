"""The short trials, with real clients: minutes on two cores, so only where the clients were built on purpose."""

import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from citychain.network.consortium import clients, trials


@pytest.mark.timeout(1_800)
def test_network_of_four_bears_every_trial() -> None:
    built = clients.built(settings.CITYCHAIN_ENGINES)
    if built is None:
        pytest.skip(f"the network's clients are not built in {settings.CITYCHAIN_ENGINES} (citychain network engines)")
    with tempfile.TemporaryDirectory(prefix="cc-") as folder:
        verdicts = trials.run(list(trials.TRIALS), 1, Path(folder), built, print)
    assert [(one.trial, one.wrong, one.good) for one in verdicts] == [(name, [], True) for name in trials.TRIALS]
