"""What the meeting's panel tells: whether it is held, what was decided and what became of it, and the objections. Pure.

Drawn by a script (`assets/drawing.js`), anew after everything that is done.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from dash import html
from dash.development.base_component import Component

from casework.calendar import ONE_DAY, SHANGHAI, Calendar, local_day
from casework.contested import Change
from casework.review import By, Decision, DecisionState, ObjectionState, PeriodName
from casework.scoring import Standing
from dashboard.components import review_numbers as numbers
from dashboard.components import review_words
from dashboard.components.attributes import attributes
from dashboard.components.review_ask import EXPORT, address
from dashboard.components.review_lists import case_link
from dashboard.components.review_parts import nothing
from dashboard.components.review_words import Telling
from dashboard.live.frames import epoch_ms
from dashboard.words import Words, mark
from db.meetings import Held
from db.queries.casefile import Staff
from db.queries.contested import Contested

FRIDAY: Final = 5  # of the ISO week
WORKING_DAYS: Final = 3
"""[default] The nearest deadline that is offered."""
WHY_UPHELD: Final = (mark("The facts are as told"), mark("Beyond the unit's means"), mark("The data were wrong"))
WHY_REFUSED: Final = (mark("The facts are otherwise"), mark("The unit could have done it"), mark("No proof was given"))


class Matter(NamedTuple):
    """An objection before the meeting, and what it is worth in the review that is looked at."""

    contested: Contested
    change: Change | None


class Agenda(NamedTuple):
    """All that the panel tells. `held`: the meeting that is held now, about whichever period; `last`: the last one about this
    period; `earlier`: decisions of other meetings that are open or of the period before."""

    name: PeriodName
    at: datetime
    held: Held | None
    last: Held | None
    decided: Sequence[Decision]
    earlier: Sequence[Decision]
    matters: Sequence[Matter]
    staff: Sequence[Staff]
    names: Mapping[str, str]


class Drawn(NamedTuple):
    """By room."""

    state: list[Component]
    days: list[Component]
    decided: list[Component]
    earlier: list[Component]
    objections: list[Component]


def drawn(agenda: Agenda, calendar: Calendar, telling: Telling) -> Drawn:
    return Drawn(
        list(state(agenda, telling)),
        days(agenda.at, calendar, telling.words),
        decided(agenda, telling),
        earlier(agenda, telling),
        objections(agenda, telling),
    )


def counts(agenda: Agenda) -> dict[str, int]:
    """How much is in each list that waits for somebody; of this meeting's decisions all."""
    return {
        "decided": len(standing(agenda.decided)),
        "earlier": sum(each.state is DecisionState.OPEN for each in agenda.earlier),
        "objections": sum(each.contested.objection.state is ObjectionState.OPEN for each in agenda.matters),
    }


def standing(decisions: Sequence[Decision]) -> list[Decision]:
    """Without those that were withdrawn."""
    return [each for each in decisions if each.state is not DecisionState.WITHDRAWN]


def state(agenda: Agenda, telling: Telling) -> Iterator[Component]:
    """Whether the meeting is held, with what begins or ends it, and its minutes."""
    words, held = telling.words, agenda.held
    about_this = held is not None and held.period == agenda.name
    told = html.P(_held(agenda, telling), **attributes(data_held="yes" if held is not None else "no"))
    yield told
    if held is not None and not about_this:
        name = str(held.period)
        yield html.A(
            words[mark("Go there")],
            href=address(held.period, None, telling.search),
            className="button review-go",
            **attributes(data_name=name, data_as_of=""),
        )
    if held is not None:
        yield html.Button(
            words[mark("End the meeting")],
            id="meeting-end",
            type="button",
            **attributes(data_sure=words[mark("Tap again to end it")]),
        )
    else:
        yield html.Button(words[mark("Begin the meeting")], id="meeting-begin", type="button", className="main")
    if agenda.last is not None:
        yield html.A(
            words[mark("Minutes (Word)")],
            href=address(agenda.name, None, telling.search, EXPORT, "/minutes.docx"),
            id="meeting-minutes",
            className="button",
            download="",
        )


def _held(agenda: Agenda, telling: Telling) -> str:
    words, held, last = telling.words, agenda.held, agenda.last
    if held is not None and held.period != agenda.name:
        sentence = mark("The meeting about {period} is being held.")
        return words[sentence].format(period=review_words.period_name(held.period, words))
    if held is not None:
        who = agenda.names.get(held.began_by, held.began_by)
        sentence = mark("Meeting since {time}, led by {who}")
        return words[sentence].format(time=f"{held.began_at.astimezone(SHANGHAI):%H:%M}", who=who)
    if last is not None:
        return words[mark("Held on {time}")].format(time=review_words.minute(last.began_at, words))
    return words[mark("No meeting has been held about this period.")]


def days(at: datetime, calendar: Calendar, words: Words) -> list[Component]:
    """Deadlines to choose from, each with its day; a Friday that is over or today is not this week's any more."""
    soon = local_day(calendar.due_after(at, WORKING_DAYS, "working_day", "meeting").at - timedelta(microseconds=1))
    this = local_day(at) + ONE_DAY * (FRIDAY - local_day(at).isoweekday())
    offered = [(words[mark("{n} working days")].format(n=WORKING_DAYS), soon)]
    if this > local_day(at):
        offered.append((words[mark("This Friday")], this))
    offered.append((words[mark("Next Friday")], this + 7 * ONE_DAY))
    return [_day(name, day, words) for name, day in offered]


def _day(name: str, day: date, words: Words) -> Component:
    told = words[review_words.DAY_FORM].format(month=day.month, day=day.day)
    return html.Button(
        [name, html.Small(told, className="figures")],
        type="button",
        **attributes(data_day=day.isoformat(), aria_pressed="false"),
    )


def decided(agenda: Agenda, telling: Telling) -> list[Component]:
    """What this period's meeting charged units with; each can be taken back."""
    told = standing(agenda.decided)
    if not told:
        return [nothing(telling.words[mark("Nothing has been decided yet.")])]
    return [html.Ul([_decision(each, agenda, telling, undo=True) for each in told], className="meeting-list")]


def earlier(agenda: Agenda, telling: Telling) -> list[Component]:
    """What earlier meetings charged units with, the open ones first; each can be marked as done, or as not done after all."""
    told = sorted(standing(agenda.earlier), key=lambda each: (each.state is not DecisionState.OPEN, each.due_at))
    if not told:
        return [nothing(telling.words[mark("Nothing of earlier meetings is open.")])]
    return [html.Ul([_decision(each, agenda, telling, undo=False) for each in told], className="meeting-list")]


def _decision(decision: Decision, agenda: Agenda, telling: Telling, *, undo: bool) -> Component:
    words, late = telling.words, decision.late_by(agenda.at)
    due = words[mark("due {time}")].format(time=review_words.minute(decision.due_at, words, deadline=True))
    overdue = words[mark("{span} late")].format(span=numbers.lateness(late, words)) if late is not None else ""
    more = [decision.meeting, due, words[review_words.DECISIONS[decision.state]], overdue]
    to, label = _next(decision, words, undo=undo)
    return html.Li(
        [
            html.Div(
                [
                    html.B(telling.name(By.UNIT, decision.unit_code)),
                    html.Span(decision.matter, className="meeting-what"),
                    html.Span(
                        " · ".join(filter(None, more)), className="figures quiet" if late is None else "figures late"
                    ),
                    case_link(decision.case_code, telling) if decision.case_code else None,
                ],
                className="meeting-told",
            ),
            html.Button(
                label,
                type="button",
                **attributes(
                    data_decision=str(decision.id), data_to=to.value, aria_label=f"{label}: {decision.matter}"
                ),
            ),
        ]
    )


def _next(decision: Decision, words: Words, *, undo: bool) -> tuple[DecisionState, str]:
    """What its button makes of it."""
    if undo:
        return DecisionState.WITHDRAWN, words[mark("Undo")]
    if decision.state is DecisionState.OPEN:
        return DecisionState.DONE, words[mark("It is done")]
    return DecisionState.OPEN, words[mark("Not done after all")]


def objections(agenda: Agenda, telling: Telling) -> list[Component]:
    """What units contest, the open ones first, with what upholding it would change; what was settled may be settled anew."""
    told = sorted(
        agenda.matters,
        key=lambda each: (
            each.contested.objection.state is not ObjectionState.OPEN,
            each.contested.objection.asked_at,
        ),
    )
    if not told:
        return [nothing(telling.words[mark("No unit contests anything.")])]
    return [html.Ul([_matter(each, agenda, telling) for each in told], className="meeting-list")]


def _matter(matter: Matter, agenda: Agenda, telling: Telling) -> Component:
    words, objection = telling.words, matter.contested.objection
    when = words[mark("asked {time}")].format(time=review_words.minute(objection.asked_at, words))
    state = words[review_words.OBJECTIONS[objection.state]]
    return html.Li(
        [
            html.Div(
                [
                    html.B(telling.name(By.UNIT, objection.unit_code)),
                    html.Span(objection.reason if telling.sight.texts else "", className="meeting-what"),
                    html.Span(f"{when} · {state}", className="figures quiet"),
                    html.Span(changed(matter, telling), className="meeting-change figures"),
                    case_link(objection.case_code, telling),
                ],
                className="meeting-told",
            ),
            *(_settle(each, matter, words) for each in (ObjectionState.UPHELD, ObjectionState.REFUSED)),
            *(_settling(each, agenda.staff, words) for each in (ObjectionState.UPHELD, ObjectionState.REFUSED)),
        ],
        **attributes(
            data_case=objection.case_code,
            data_span=str(objection.span),
            data_version=str(matter.contested.version),
        ),
    )


def _settle(to: ObjectionState, matter: Matter, words: Words) -> Component | None:
    """The button of one of the two answers; none for the one that stands."""
    objection = matter.contested.objection
    if objection.state is to:
        return None
    label = words[mark("Uphold") if to is ObjectionState.UPHELD else mark("Do not uphold")]
    return html.Button(
        label,
        type="button",
        **attributes(data_settle=to.value, aria_expanded="false", aria_label=f"{label}: {objection.case_code}"),
    )


def _settling(to: ObjectionState, staff: Sequence[Staff], words: Words) -> Component:
    """Why, by whose word, and the button that confirms it; the script puts a field for the reason into its room."""
    upheld = to is ObjectionState.UPHELD
    whys = [
        html.Button(words[why], type="button", **attributes(data_why=words[why]))
        for why in (WHY_UPHELD if upheld else WHY_REFUSED)
    ]
    who = [
        html.Button(
            words[mark("approved by {who}")].format(who=each.name),
            type="button",
            **attributes(data_approver=each.login, aria_pressed="true" if number == 0 else "false"),
        )
        for number, each in enumerate(staff)
    ]
    confirm = words[mark("Confirm: upheld") if upheld else mark("Confirm: refused")]
    return html.Div(
        [
            html.Div([*whys, *(who if len(who) > 1 else ())], className="meeting-whys"),
            html.Div(className="meeting-why", **attributes(data_label=words[mark("Reason")])),
            html.Button(confirm, type="button", className="main", **attributes(data_confirm=to.value)),
        ],
        className="meeting-settling",
        hidden=True,
        **attributes(data_settling=to.value, data_approver=staff[0].login if staff else ""),
    )


def changed(matter: Matter, telling: Telling) -> str:
    """ "如采纳：红旗镇 93.6 → 94.0，第 4 名 → 第 3 名"; what it was before and after, once it is settled."""
    words, change, state = telling.words, matter.change, matter.contested.objection.state
    if change is None:
        return words[mark("It counts for no township in this period.")]
    before, after = change.counted, change.left_out
    name = telling.name(By.TOWNSHIP, change.township)
    if before.score is None and after.score is None:
        return words[mark("{unit} is not ranked either way.")].format(unit=name)
    pair = {"unit": name, "before": _points(before), "after": _points(after)}
    pair |= {"rank": _rank(before, words), "rank_after": _rank(after, words)}
    sentence = (
        mark("Upheld: {unit} {before} → {after}, {rank} → {rank_after}")
        if state is ObjectionState.UPHELD
        else mark("If upheld: {unit} {before} → {after}, {rank} → {rank_after}")
    )
    return words[sentence].format(**pair)


def _points(standing: Standing) -> str:
    return numbers.points(standing.score.points if standing.score is not None else None)


def _rank(standing: Standing, words: Words) -> str:
    if standing.rank is None:
        return words[mark("unranked")]
    return words[mark("rank {n}")].format(n=standing.rank)


def told_stage(scene: str, until: datetime) -> dict[str, object]:
    """What is held on the walls, for the script."""
    return {"scene": scene, "until": epoch_ms(until)}
