"""The spans behind a review's numbers, one row each, as the pack lists them (明细): codes, clocks and what each counts for.

Scoped by sight: what is out of it is not there, while the review's counts stay the county's.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.clocks import longest_answer
from casework.indicators import Indicator, Tally, UnitSpan, outcomes
from casework.review import ObjectionState, Review
from casework.roles import Sight
from casework.weighing import KINDS, Group
from db.models import Case
from db.queries.as_of import seen_at
from db.queries.performance import spans_of_period
from db.queries.review import ReviewRules
from db.queries.sight import in_sight

AT_ONCE: Final = 10_000


class SpanLine(NamedTuple):
    """A span that counts for something in the period: for the numerators `good` and the denominators `all`. One that is
    `excluded` counts for none of the numbers, and only in those told "with the excluded". `case_code` and `category` may be
    empty: see `spans_behind`."""

    case_code: str
    span: int
    unit_code: str
    township: str | None
    category: str
    feed: str
    assigned_at: datetime
    sign_due_at: datetime
    signed_at: datetime | None
    contact_due_at: datetime
    contacted_at: datetime | None
    finish_due_at: datetime
    finished_at: datetime | None
    ended_at: datetime | None
    paused_seconds: int
    excluded: bool
    objection: ObjectionState | None
    good: frozenset[Indicator]
    all: frozenset[Indicator]


class _Counted(NamedTuple):
    span: UnitSpan
    good: frozenset[Indicator]
    all: frozenset[Indicator]


class Behind(NamedTuple):
    """The `lines` in sight, and how each category and feed did: the county's counts, the excluded left out."""

    lines: list[SpanLine]
    kinds: Mapping[Group, Mapping[Indicator, Tally]]


def spans_behind(session: Session, workings: ReviewRules, review: Review, sight: Sight) -> Behind:
    """Those of the review's numbers that the sight has, as the journal told them at the review's position: by case and number.

    As in `db.queries.review.cases_behind`, a span of one of the sight's own units in a protected case that it does not see any
    more is a row that names nothing.
    """
    period, visits, local = review.period, review.rules.visits, workings.places.local
    answered = longest_answer(workings.rules.clocks.each)
    counted: list[_Counted] = []
    for span in seen_at(session, review.position).spans(spans_of_period(session, period.start, period.end, answered)):
        found = outcomes(span, period, visits, span.unit_code in local)
        if found:
            good = frozenset(each.indicator for each in found if each.good)
            counted.append(_Counted(span, good, frozenset(each.indicator for each in found if each.total)))
    codes = _codes(session, {span.case_id for span, _, _ in counted}, sight)
    lines = []
    for span, good, whole in counted:
        code = codes.get(span.case_id)
        if code is not None:
            lines.append(_line(code, span, good, whole))
        elif span.unit_code in sight.units:
            lines.append(_line("", span._replace(category="", township=None), good, whole))
    return Behind(sorted(lines, key=lambda line: (line.case_code, line.assigned_at, line.span)), _kinds(counted))


def _kinds(counted: Iterable[_Counted]) -> dict[Group, Mapping[Indicator, Tally]]:
    good_of: defaultdict[Group, Counter[Indicator]] = defaultdict(Counter)
    all_of: defaultdict[Group, Counter[Indicator]] = defaultdict(Counter)
    for span, good, whole in counted:
        for by in () if span.excluded else KINDS:
            group = (by, getattr(span, by.value))
            good_of[group].update(good)
            all_of[group].update(whole)
    return {
        group: {each: Tally(good_of[group][each], whole[each]) for each in Indicator} for group, whole in all_of.items()
    }


def seen_codes(session: Session, codes: Collection[str], sight: Sight) -> frozenset[str]:
    """Those of these case codes that are in sight."""
    wanted = sorted(codes)
    found: list[str] = []
    for first in range(0, len(wanted), AT_ONCE):
        found += session.scalars(
            select(Case.code).where(Case.code.in_(wanted[first : first + AT_ONCE]), in_sight(sight))
        )
    return frozenset(found)


def _codes(session: Session, case_ids: Iterable[int], sight: Sight) -> dict[int, str]:
    """The codes of those in sight, by id."""
    wanted = sorted(case_ids)
    codes: dict[int, str] = {}
    for first in range(0, len(wanted), AT_ONCE):
        asked = select(Case.id, Case.code).where(Case.id.in_(wanted[first : first + AT_ONCE]), in_sight(sight))
        codes.update((case_id, code) for case_id, code in session.execute(asked))
    return codes


def _line(code: str, span: UnitSpan, good: frozenset[Indicator], whole: frozenset[Indicator]) -> SpanLine:
    return SpanLine(
        case_code=code,
        span=span.number,
        unit_code=span.unit_code,
        township=span.township,
        category=span.category,
        feed=span.feed,
        assigned_at=span.assigned_at,
        sign_due_at=span.sign_due_at,
        signed_at=span.signed_at,
        contact_due_at=span.contact_due_at,
        contacted_at=span.contacted_at,
        finish_due_at=span.finish_due_at,
        finished_at=span.finished_at,
        ended_at=span.ended_at,
        paused_seconds=span.paused_seconds,
        excluded=span.excluded,
        objection=ObjectionState(span.objection) if span.objection is not None else None,
        good=good,
        all=whole,
    )
