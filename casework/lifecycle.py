"""The life of a case: `decide` turns a command into journal entries, `evolve` folds an entry into the case. Both are pure."""

from casework.case import Case
from casework.decision import Decision
from casework.evolve import evolve, fold
from casework.joining import Merge, Split, merge, split
from casework.moves import Move
from casework.moving import moved
from casework.receiving import Receive, received
from casework.rules import Rules

__all__ = ["Decision", "Merge", "Move", "Receive", "Rules", "Split", "decide", "evolve", "fold", "merge", "split"]


def decide(case: Case, command: Receive | Move, rules: Rules) -> Decision:
    """What the command means for the case. Raises `Refused` for a move that is not allowed."""
    if isinstance(command, Receive):
        return received(case, command, rules)
    return moved(case, command, rules)
