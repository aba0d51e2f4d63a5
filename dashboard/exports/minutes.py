"""The minutes of a review's meeting as a Word file: what was shown, what was decided, which objections were settled.

The objections tell what they changed in the score. Knows no database: whoever holds the meeting hands all of it in.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from casework.review import By, Decision, Objection
from dashboard.components import review_numbers as numbers
from dashboard.components.review_words import OBJECTIONS, days, period_name
from dashboard.exports.lines import minute, moment
from dashboard.exports.pack import Pack, sentences
from dashboard.exports.pack_docx import begun
from dashboard.exports.papers import fitting
from dashboard.exports.sheet import Row, Sheet
from dashboard.words import Words, mark


class Held(NamedTuple):
    """A meeting. `ended_at` is `None` while it goes on; `led_by` is a name; `shown`: what the walls were put on, by name, in
    order, nothing where they turned by themselves."""

    began_at: datetime
    ended_at: datetime | None
    led_by: str
    shown: tuple[str, ...] = ()


class Settled(NamedTuple):
    """An objection that was settled, and the points of the township it counts for before and after, `None` while it has no
    rank. `township` is a code, empty for a unit of no township."""

    objection: Objection
    township: str
    before: float | None
    after: float | None


def minutes(pack: Pack, meeting: Held, decisions: Sequence[Decision], settled: Sequence[Settled]) -> bytes:
    """The minutes, of the pack's review and in its language; the same arguments give the same bytes.

    `pack.made_by` and `pack.made_at`: who has them written, and when.
    """
    words = pack.words
    sheet = begun(pack, words[mark("Minutes of the meeting")])
    sheet.heading(words[mark("The meeting")])
    sheet.sentences(_meeting(pack, meeting))
    sheet.heading(words[mark("What was looked at")])
    sheet.sentences(sentences(pack.review, pack.telling))
    _write_decisions(sheet, pack, decisions)
    _write_settled(sheet, pack, settled)
    _write_signatures(sheet, pack, meeting)
    return sheet.packed()


def file_name(pack: Pack, meeting: Held) -> str:
    """Like 会议纪要_2026-W47_20261123.docx."""
    name, day = pack.words[mark("Minutes of the meeting")], minute(meeting.began_at)[:10].replace("-", "")
    return f"{name}_{pack.review.name}_{day}.docx".replace(" ", "-")


def _meeting(pack: Pack, meeting: Held) -> list[str]:
    words, review = pack.words, pack.review
    until = minute(meeting.ended_at) if meeting.ended_at is not None else words[mark("still going on")]
    told = [
        words[mark("Held from {begin} to {end}, led by {who}.")].format(
            begin=minute(meeting.began_at), end=until, who=fitting(meeting.led_by)
        ),
        words[
            mark(
                "Shown: {period} ({days}), as of {at}; fingerprint {fingerprint}, journal position {position}, rules {rules}."
            )
        ].format(
            period=period_name(review.name, words),
            days=days(review.period, words),
            at=minute(review.period.at),
            fingerprint=review.fingerprint,
            position=review.position,
            rules=fitting(review.rules.version),
        ),
    ]
    if meeting.shown:
        told.append(words[mark("On the walls: {scenes}.")].format(scenes=words[mark(", ")].join(meeting.shown)))
    return told


def _write_decisions(sheet: Sheet, pack: Pack, decisions: Sequence[Decision]) -> None:
    words = pack.words
    sheet.heading(words[mark("What was decided")])
    if not decisions:
        sheet.sentences([words[mark("Nothing was decided in this meeting.")]])
        return
    header = [words[mark("No.")], words[mark("Unit in charge")], words[mark("Matter")], words[mark("Case")]]
    header += [words[mark("Deadline")], words[mark("Decided by")]]
    rows = [_decision(number, each, pack) for number, each in enumerate(decisions, 1)]
    sheet.figures((10, 28, 42, 34, 24, 18), header, rows, 6)


def _decision(number: int, decision: Decision, pack: Pack) -> Row:
    return (
        str(number),
        pack.telling.name(By.UNIT, decision.unit_code),
        fitting(decision.matter),
        decision.case_code or "",
        moment(decision.due_at, end_of_day=True),
        fitting(decision.made_by),
    )


def _write_settled(sheet: Sheet, pack: Pack, settled: Sequence[Settled]) -> None:
    words = pack.words
    sheet.heading(words[mark("Objections settled")])
    if not settled:
        sheet.sentences([words[mark("No objection was settled in this meeting.")]])
        return
    header = [words[mark("Case")], words[mark("Unit in charge")], words[mark("Reason")], words[mark("Decision")]]
    rows = [_settled(each, pack) for each in settled]
    sheet.figures((36, 26, 34, 26, 34), [*header, words[mark("Score")]], rows, 5)


def _settled(settled: Settled, pack: Pack) -> Row:
    objection = settled.objection
    return (
        objection.case_code,
        pack.telling.name(By.UNIT, objection.unit_code),
        fitting(objection.reason),
        pack.words[OBJECTIONS[objection.state]],
        _change(settled, pack),
    )


def _change(settled: Settled, pack: Pack) -> str:
    """红旗镇 93.6 → 94.0; the same points are told once."""
    name = pack.telling.name(By.TOWNSHIP, settled.township) if settled.township else ""
    before, after = numbers.points(settled.before), numbers.points(settled.after)
    told = before if before == after else f"{before} → {after}"
    return f"{name} {told}".strip()


def _write_signatures(sheet: Sheet, pack: Pack, meeting: Held) -> None:
    words: Words = pack.words
    sheet.signatures(
        (
            (words[mark("Led by")], fitting(meeting.led_by), words[mark("Written by")], fitting(pack.made_by)),
            (words[mark("Signature")], "", words[mark("Signature")], ""),
        )
    )
