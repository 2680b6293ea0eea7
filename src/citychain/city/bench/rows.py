"""What a measurement says, as a row of bench.json and of docs/benchmarks.md."""

import os
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec


class Row(msgspec.Struct, frozen=True):
    """`ratio` is ours by `limit`, the peer that the goal is about; where there is one, `goal` is the least ratio.

    Otherwise `goal` is about `ours` itself: the least of a rate (unit /s), the most of anything else. `met` is null
    where nothing was to be reached.
    """

    name: str
    unit: str
    ours: float
    peers: dict[str, float]
    limit: float | None
    ratio: float | None
    goal: float | None
    met: bool | None


def row(
    name: str,
    unit: str,
    ours: Sequence[float],
    *,
    peers: Mapping[str, Sequence[float]] | None = None,
    beside: str = "",
    goal: float | None = None,
) -> Row:
    """Medians of the runs; `beside` names the peer that is the limit."""
    figure = statistics.median(ours)
    figures = {peer: statistics.median(runs) for peer, runs in (peers or {}).items()}
    limit = figures[beside] if beside else None
    ratio = figure / limit if limit else None
    at_least = ratio is not None or unit.endswith("/s")
    reached = figure if ratio is None else ratio
    met = None if goal is None else (reached >= goal if at_least else reached <= goal)
    shown = {peer: _figures(value) for peer, value in figures.items()}
    return Row(name, unit, _figures(figure), shown, limit and _figures(limit), ratio and round(ratio, 3), goal, met)


def _figures(value: float) -> float:
    """Three figures, or all before the point: more than a measurement can tell."""
    return round(value) if value >= 100 else float(f"{value:.3g}")


def machine() -> str:
    """Processor, cores, memory, and what else it has to do now."""
    lines = _lines("/proc/cpuinfo")
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    memory = [int(line.split()[1]) // 2**20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    return (
        f"{names[0] if names else 'unknown processor'}, {os.cpu_count()} cores, {memory[0] if memory else '?'} GB, "
        f"load average before the run {os.getloadavg()[0]:.1f}"
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def cells(found: Row) -> list[str]:
    """A row as text, cell by cell."""
    peers = "; ".join(f"{name} {figure:,g}" for name, figure in found.peers.items())
    goal = "" if found.goal is None else f"{'≥' if _least(found) else '≤'} {found.goal:,g}"
    met = {None: "", True: "yes", False: "no"}[found.met]
    ratio = "" if found.ratio is None else f"{found.ratio:g}"
    return [found.name, f"{found.ours:,g} {found.unit}", peers, ratio, goal, met]


def _least(found: Row) -> bool:
    return found.ratio is not None or found.unit.endswith("/s")


COLUMNS = ("what", "ours", "peers in the same run", "ratio", "goal", "met")


def page(rows: Sequence[Row], *, runs: int, machine: str, notes: str) -> str:
    """docs/benchmarks.md: the table, and below it what was written there by hand."""
    lines = [
        "# Benchmarks",
        "",
        f"Written by `citychain bench --page docs/benchmarks.md`, runs: {runs}, figures: medians. Machine: {machine}.",
        "Node, workers, portal and load generator share it. A ratio is ours by the first peer named in the row.",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|" + " --- |" * len(COLUMNS),
        *("| " + " | ".join(cells(found)) + " |" for found in rows),
        "",
    ]
    return "\n".join(lines) + notes
