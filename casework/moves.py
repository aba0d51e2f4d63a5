"""The moves that people, the ladder and the calendar make with cases, as values.

When a kind is allowed and what it writes stand together, by theme: `assigning` (who has the case), `working` (signing, first
contact, finish), `returning`, `extending` (pauses too), `closing` (what follows a finish), `whistling`, `correcting`,
`objecting`, `urging` and `redating`. `moving` makes them.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from casework.case import BY_HAND
from casework.payloads import BULK, FOR
from casework.vocabulary import Colour, Complexity, ReminderKind, Result, Satisfaction

CODE: Final = re.compile(r"[A-Za-z0-9_.:@-]{1,64}")
"""What names an account or a unit."""
TAKE_BACK_WITHIN: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Something a person does. `by`: who (an account or a unit, never a name); `at`: when; `reason`: why, scrubbed.

    `unit_of`: the unit it is made for, where `by` is an account. `bulk`: names the whole that many moves are made as.
    """

    by: str
    at: datetime
    reason: str = ""
    report: str | None = None
    unit_of: str | None = None
    bulk: int | None = None

    @property
    def acting(self) -> str:
        """Whose move it is: the account's unit, or whoever makes it."""
        return self.unit_of or self.by


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(Move):
    """受理: take the case up."""

    complexity: Complexity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline(Move):
    """不予受理, with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Move):
    """交办: give it to a unit, or from one unit to another (then with a reason)."""

    unit: str
    unit_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(Move):
    """撤销: undo an assignment soon after it was made, if nothing else has happened to the report; with `bulk`, one of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign(Move):
    """签收, by the holder, or by the co-handler `unit` (接哨); a co-handler that names no unit means itself."""

    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Move):
    """The citizen was spoken to, by the holder or the co-handler `unit`."""

    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Move):
    """退单: a first one in time goes back at once; a second is asked of the county centre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantReturn(Move):
    """The county centre takes the case back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseReturn(Move):
    """The county centre leaves it where it is, with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Move):
    """中止: the finish clock stands still; reason and approver required."""

    approver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Continue(Move):
    """The work goes on, with the time that was left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskExtension(Move):
    """延期: ask for `amount` more of the rule's unit (working days), before the deadline."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantExtension(Move):
    """The centre approves what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseExtension(Move):
    """The centre refuses it, with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish(Move):
    """办结 by the holder, or the part of the co-handler `unit` (办哨)."""

    result: Result | None = None
    mediated: bool | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve(Move):
    """The review finds the finish in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Move):
    """驳回: the unit goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVisit(Move):
    """回访: whether the citizen was reached, and what they said."""

    reached: bool
    solved: bool | None = None
    satisfaction: Satisfaction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redo(Move):
    """重办: the same unit begins another round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Move):
    """办结归档, after a visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Move):
    """再诉 without a new report: a closed case goes to its last unit again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whistle(Move):
    """吹哨: call departments in beside the holder; each gets a span and clocks of its own."""

    units: tuple[str, ...]
    whistle: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Allot(Move):
    """分哨: the department says which office comes; one that names no unit means itself."""

    unit: str | None = None
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversee(Move):
    """督哨: the centre has looked after a department's part."""

    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Move):
    """评哨: the caller rates a department's part, 1 to 5; a rating that is there is changed with a reason."""

    unit: str
    rating: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Classify(Move):
    """How complex a dispute is; its deadline follows, then with a reason."""

    complexity: Complexity


@dataclass(frozen=True, slots=True, kw_only=True)
class SetColour(Move):
    """A person raises or lowers the risk colour, with a reason."""

    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkUnreasonable(Move):
    """不合理诉求: what units did about it scores nobody any more; reason and approver required."""

    approver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest(Move):
    """考核申诉: the unit, or its township, contests that the span `span` is scored; with a reason, once."""

    span: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleObjection(Move):
    """The centre decides about an objection, with a reason and an approver; it may decide otherwise later.

    `upheld`: the span scores nobody any more.
    """

    span: int
    upheld: bool
    approver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(Move):
    """提级: the level above takes charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind(Move):
    """A step of the ladder, or a person's own urging (催办, 督办)."""

    kind: ReminderKind
    unit: str
    step: str = BY_HAND


@dataclass(frozen=True, slots=True, kw_only=True)
class Redate(Move):
    """Count again what rested on an unpublished calendar."""


def told_by(move: Move) -> dict[str, Any]:
    """What every entry a move writes tells of it."""
    told = {"reason": move.reason or None, FOR: move.unit_of, BULK: move.bulk}
    return {name: value for name, value in told.items() if value is not None}
