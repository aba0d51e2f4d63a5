"""The real ingester with the comparison of reports (`python -m bench.matched on`), or without it (`off`)."""

import sys
from collections.abc import Sequence

import run
from db.matching import CHORE, Matcher
from feeds.upkeep import Chore


def main(wanted: str) -> None:
    """`run.py ingest`, with its other chores as they are."""
    usual = run._chores

    def chores(parts: run.Parts) -> Sequence[Chore]:
        others = [chore for chore in usual(parts) if chore.name != CHORE]
        return [*others, Chore(CHORE, Matcher(parts.rules).portion)] if wanted == "on" else others

    run._chores = chores
    sys.argv = [sys.argv[0], "ingest"]
    run.main()


if __name__ == "__main__":
    main(sys.argv[1])
