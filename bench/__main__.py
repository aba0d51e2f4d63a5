"""`python -m bench [PART …]`: measures, prints, and judges nothing but exactness. Timings are told beside their targets."""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import (
    desk,
    desk_actions,
    fanout,
    history,
    latency,
    matching,
    matching_rate,
    memory,
    path,
    review,
    screen,
    soak,
)
from bench.figures import Figure, table
from bench.installation import Ground, Kind
from bench.stand import Options, Stand


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is measured on each database; what knows none (`anywhere`) once."""

    title: Callable[[Stand], str]
    measure: Callable[[Stand, Kind], list[Figure]]
    anywhere: bool = False


PARTS = {
    "path": Part(path.title, path.measure),
    "latency": Part(latency.title, latency.measure),
    "screen": Part(screen.title, screen.measure),
    "fanout": Part(fanout.title, fanout.measure),
    "memory": Part(memory.title, memory.measure),
    "history": Part(history.title, history.measure),
    "desk_actions": Part(desk_actions.title, desk_actions.measure),
    "desk": Part(desk.title, desk.measure),
    "review": Part(review.title, review.measure),
    "soak": Part(soak.title, soak.measure),
    "matching_rate": Part(matching_rate.title, matching_rate.measure),
    "matching": Part(matching.title, matching.measure, anywhere=True),
    "labelled": Part(matching.labelled_title, matching.measure_labelled, anywhere=True),
}
# Measured when nothing else is asked for; a soak takes as long as it is given, and how well reports are matched changes only
# with the rules, what it costs the feeds with the machine (`labelled` needs data that is not in the repository).
USUAL = tuple(name for name in PARTS if name not in ("soak", "matching_rate", "matching", "labelled"))

DEFAULTS = Options()


def main(arguments: Sequence[str] | None = None) -> int:
    """0 unless a part could not be measured, or something was lost."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if strangers := set(asked.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(strangers))}")
    options = Options(asked.events, asked.naive_events, asked.rounds, asked.seconds)
    print(_machine())
    with (
        TemporaryDirectory(prefix="bihuan-bench-") as folder,
        closing(Ground(Path(folder))) as ground,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as sender,
    ):
        stand = Stand(options, ground, sender, datetime.now(UTC), _say)
        kinds = [Kind(kind) for kind in asked.database or Kind]
        results = [_measured(stand, name, kinds) for name in PARTS if name in (asked.parts or USUAL)]
    return 0 if all(results) else 1


def _measured(stand: Stand, name: str, kinds: Sequence[Kind]) -> bool:
    part, columns, complete = PARTS[name], {}, True
    for kind in kinds[:1] if part.anywhere else kinds:
        began = time.monotonic()
        try:
            columns["" if part.anywhere else str(kind)] = part.measure(stand, kind)
        except Exception as error:  # noqa: BLE001 - one part's failure leaves the others alone; it is told and counted
            complete = False
            print(f"\n{name} on {kind} FAILED: {type(error).__name__}: {error}", flush=True)
        _say(f"{kind}: {name} took {time.monotonic() - began:.0f} s")
    if columns:
        print(table(part.title(stand), columns), flush=True)
    return complete


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; {', '.join(USUAL)} if none is named"
    )
    parser.add_argument("--database", action="append", choices=[str(kind) for kind in Kind])
    parser.add_argument("--events", type=int, default=DEFAULTS.events, help="in a burst")
    parser.add_argument("--naive-events", type=int, default=DEFAULTS.naive_events)
    parser.add_argument("--rounds", type=int, default=DEFAULTS.rounds)
    parser.add_argument("--seconds", type=float, default=DEFAULTS.seconds, help="length of each timed part")
    return parser


def _machine() -> str:
    load = os.getloadavg()[0]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"{os.cpu_count()} cores, load {load:.1f} before we began, {python}, {platform.system()} {platform.machine()}"
    )


def _say(words: str) -> None:
    print(f"… {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
