"""The meeting over the review: it puts scenes on the walls, charges units with matters, and settles objections.

A browser says what it wants of which period, and is told what came of it with the whole panel drawn anew. Rights, sight and
versions are asked again by `db.meetings` and `db.acts`, in the transaction that writes.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from dash import ClientsideFunction, Dash, Input, Output, State
from dash.development.base_component import Component
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from casework.contested import change_of
from casework.errors import Refused
from casework.moves import SettleObjection
from casework.review import BadKey, DecisionState, ObjectionState, PeriodName, Review
from casework.roles import Right, Role
from casework.scoring import Standing
from dashboard import notices
from dashboard.asking import Asking, asking
from dashboard.callbacks import in_thread
from dashboard.components import meeting_lists, meeting_panel, review_words
from dashboard.components.case_refusals import said
from dashboard.components.drawing import nodes
from dashboard.components.meeting_lists import Agenda, Matter
from dashboard.components.review_ask import EXPORT, language_search
from dashboard.components.review_words import Telling
from dashboard.components.scenes import SCENES, Scene
from dashboard.exports import minutes as paper
from dashboard.exports.pack import Pack
from dashboard.live.remote import HELD_FOR
from dashboard.machine import Machine
from dashboard.reviewing import Reviews
from dashboard.words import language_of, mark
from dashboard.workplace import Workplace
from db import acts, audit, meetings
from db.accounts import names_of_logins
from db.acts import Desk
from db.meetings import Charge, Held
from db.queries import casefile, wall
from db.queries.casefile import Staff
from db.queries.contested import contested
from db.queries.review import ReviewRules

SEARCH: Final = State("address", "search")
MINUTES_PATH: Final = EXPORT + "{period}/minutes.docx"
WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MOST_TEXT: Final = 500


class Ask(NamedTuple):
    """What a browser asks for: `do` what, of the review of that name with that fingerprint, with these texts."""

    n: int
    do: str
    name: PeriodName
    fingerprint: str
    fields: Mapping[str, str]

    def number(self, field: str) -> int:
        """A field that is a number; raises `Refused` where it is none."""
        text = self.fields.get(field, "")
        if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - of a row's id
            raise Refused("fill in what the form asks for")
        return int(text)


@dataclass(frozen=True, slots=True)
class Room:
    """Where a meeting is held: what all of them share, and who asks."""

    workplace: Workplace
    machine: Machine
    reviews: Reviews
    who: Asking
    telling: Telling

    @property
    def desk(self) -> Desk:
        return Desk(self.who.account, self.workplace.county, self.workplace.rules, self.workplace.vault)


def register(app: Dash, workplace: Workplace, machine: Machine, reviews: Reviews) -> None:
    app.clientside_callback(ClientsideFunction("meeting", "told"), Input("meeting-told", "data"))  # type: ignore[no-untyped-call]

    @app.callback(Output("review-meeting-panel", "children"), Input("review-meeting-panel", "id"), SEARCH)
    @in_thread
    def stand_by(_: str, search: str | None) -> Component | None:
        return panel(workplace, machine, asking(), search)

    @app.callback(Output("meeting-told", "data"), Input("meeting-ask", "data"), SEARCH, prevent_initial_call=True)
    @in_thread
    def meet(told: object, search: str | None) -> dict[str, Any]:
        return answered(room_of(workplace, machine, reviews, asking(), search), told)

    async def minutes(period: str, request: Request) -> Response:
        search = language_search(f"?lang={request.query_params.get('lang', '')}")
        room = room_of(workplace, machine, reviews, asking(), search)
        return await asyncio.to_thread(take_minutes, room, period)

    app.server.add_api_route(MINUTES_PATH, minutes, methods=["GET"], include_in_schema=False, response_model=None)


def panel(workplace: Workplace, machine: Machine, who: Asking, search: str | None) -> Component | None:
    """The panel; none for who holds no meetings."""
    if not who.account.may(Right.MEET):
        return None
    words = workplace.languages[language_of(search, workplace.languages)]
    return meeting_panel.panel(who.account, workplace.county, machine.plan, words)


def room_of(workplace: Workplace, machine: Machine, reviews: Reviews, who: Asking, search: str | None) -> Room:
    words = workplace.languages[language_of(search, workplace.languages)]
    telling = Telling(workplace.county, words, who.sight, language_search(search))
    return Room(workplace, machine, reviews, who, telling)


def asked(told: object) -> Ask:
    """`{"n", "do", "name", "fingerprint", "fields"}`. Raises `Refused` for what names no period."""
    given = told if isinstance(told, Mapping) else {}
    fields, n = given.get("fields"), given.get("n")
    try:
        name = PeriodName.parse(str(given.get("name")))
    except BadKey:
        raise Refused("there is no such period") from None
    texts = fields if isinstance(fields, Mapping) else {}
    return Ask(
        n if isinstance(n, int) else 0,
        str(given.get("do")),
        name,
        str(given.get("fingerprint")),
        {str(key): value[:MOST_TEXT] for key, value in texts.items() if isinstance(value, str)},
    )


def answered(room: Room, told: object) -> dict[str, Any]:
    """What came of it: `kind` is "done", "refused" or, where nothing was to be done, "told"; with the panel as it is now."""
    room.who.must(Right.MEET)
    ask = asked(told)
    try:
        sentence = _DO[ask.do](room, ask) if ask.do in _DO else ""
        kind = "done" if ask.do in _DO else "told"
    except Refused as refusal:
        with room.workplace.database.read() as session:
            names = names_of_logins(session)
        sentence, kind = said(refusal, room.workplace.county, names, room.telling.words), "refused"
    agenda, stage = read(room, ask._replace(fingerprint="") if kind == "done" else ask)
    drawn = meeting_lists.drawn(agenda, room.workplace.rules.calendar, room.telling)
    return {
        "n": ask.n,
        "do": ask.do,
        "kind": kind,
        "sentence": sentence,
        "held": str(agenda.held.period) if agenda.held is not None else "",
        "counts": meeting_lists.counts(agenda),
        "drawn": {name: nodes(parts) for name, parts in drawn._asdict().items()},
        "stage": stage,
        "walls": room.machine.walls(),
    }


def read(room: Room, ask: Ask) -> tuple[Agenda, dict[str, object] | None]:
    """All that the panel tells, and what is held on the walls."""
    workplace, at = room.workplace, room.workplace.clock.now()
    review = room.reviews.shown(ask.name, None, ask.fingerprint)
    with workplace.database.read() as session:
        now = meetings.meeting_now(session)
        others = {each.id: each for each in meetings.decisions_of(session, ask.name.before())}
        others |= {each.id: each for each in meetings.open_decisions(session)}
        stage = wall.stage(session, at)
        agenda = Agenda(
            name=ask.name,
            at=at,
            held=now,
            last=meetings.last_meeting(session, ask.name),
            decided=meetings.decisions_of(session, ask.name),
            earlier=[each for each in others.values() if each.meeting != str(ask.name)],
            matters=_matters(room, review, session, at),
            staff=_staff(room, session),
            names=names_of_logins(session),
        )
    return agenda, meeting_lists.told_stage(stage.scene, stage.until) if stage is not None else None


def _matters(room: Room, review: Review, session: Any, at: datetime) -> tuple[Matter, ...]:
    places = ReviewRules(room.workplace.rules, room.workplace.county).places
    return tuple(
        Matter(each, change_of(review, each.span, places))
        for each in contested(session, review.name.period(at), room.who.sight)
    )


def _staff(room: Room, session: Any) -> list[Staff]:
    """Who may approve what the meeting settles: a leader does so in their own name."""
    account = room.who.account
    if account.role is Role.LEADER:
        return [Staff(account.login, account.name)]
    return casefile.approvers(session)


def _begin(room: Room, ask: Ask) -> str:
    with room.workplace.database.write() as session:
        meetings.begin(session, room.desk, ask.name, room.workplace.clock.now())
    return room.telling.words[mark("The meeting has begun.")]


def _end(room: Room, _: Ask) -> str:
    with room.workplace.database.write() as session:
        meetings.end(session, room.desk, room.workplace.clock.now())
    return room.telling.words[mark("The meeting has ended. Its minutes can be taken.")]


def _show(room: Room, ask: Ask) -> str:
    """`scene`: one of the walls' plan, or nothing to let them turn."""
    scene, at, words = ask.fields.get("scene", ""), room.workplace.clock.now(), room.telling.words
    if scene and scene not in {turn.scene.value for turn in room.machine.plan}:
        raise Refused("fill in what the form asks for")
    with room.workplace.database.write() as session:
        meetings.show(session, room.desk, scene or None, at + HELD_FOR, at)
    if not scene:
        return words[mark("The walls turn by themselves again.")]
    return words[mark("On the walls: {scene}")].format(scene=words[SCENES[Scene(scene)]])


def _decide(room: Room, ask: Ask) -> str:
    """`unit`, `day` (YYYY-MM-DD, to its end), `matter`, and `case` if any; in the meeting only, whose minutes tell it."""
    fields, words = ask.fields, room.telling.words
    if not fields.get("unit"):
        raise Refused("choose a unit")
    charge = Charge(
        fields["unit"],
        fields.get("matter", ""),
        room.workplace.rules.calendar.end_of(_day(fields.get("day", ""))),
        fields.get("case", "").strip().upper() or None,
    )
    with room.workplace.database.write() as session:
        held = meetings.meeting_now(session)
        if held is None or held.period != ask.name:
            raise Refused("begin the meeting first")
        meetings.decide(session, room.desk, ask.name, charge, room.workplace.clock.now())
    unit = room.workplace.county.unit_name(charge.unit_code)
    due = review_words.minute(charge.due_at, words, deadline=True)
    return words[mark("Recorded: {unit}, by {due}")].format(unit=unit, due=due)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("choose a deadline") from None


def _settle(room: Room, ask: Ask) -> str:
    """`decision`: its number; `to`: what becomes of it."""
    to = ask.fields.get("to", "")
    if to not in set(DecisionState):
        raise Refused("fill in what the form asks for")
    with room.workplace.database.write() as session:
        at = room.workplace.clock.now()
        meetings.settle(session, room.desk, ask.number("decision"), DecisionState(to), at)
    return room.telling.words[_SETTLED[DecisionState(to)]]


def _object(room: Room, ask: Ask) -> str:
    """`case`, `span`, `version` that was seen, `to`, `reason`, `approver`: what becomes of an objection."""
    fields, words, at = ask.fields, room.telling.words, room.workplace.clock.now()
    to, login = fields.get("to", ""), fields.get("approver", "")
    if to not in (ObjectionState.UPHELD, ObjectionState.REFUSED):
        raise Refused("fill in what the form asks for")
    with room.workplace.database.write() as session:
        if login not in {each.login for each in _staff(room, session)}:
            raise Refused("who approved it is required: an account or a unit's code, without spaces")
        case_id = acts.case_id_of(session, fields.get("case", ""), room.who.sight)
        move = SettleObjection(
            by=room.who.account.login,
            at=at,
            reason=" ".join(fields.get("reason", "").split()),
            span=ask.number("span"),
            upheld=to == ObjectionState.UPHELD,
            approver=login,
        )
        acts.act_as(session, room.desk, case_id, move, at, ask.number("version"))
    return words[mark("Upheld; the score is reckoned without it.") if move.upheld else mark("Refused; it counts.")]


_SETTLED: Final[Mapping[DecisionState, str]] = {
    DecisionState.OPEN: mark("Marked as not done."),
    DecisionState.DONE: mark("Marked as done."),
    DecisionState.WITHDRAWN: mark("Taken back."),
}
_DO: Final[Mapping[str, Callable[[Room, Ask], str]]] = {
    "begin": _begin,
    "end": _end,
    "show": _show,
    "decide": _decide,
    "settle": _settle,
    "object": _object,
}


def take_minutes(room: Room, period: str) -> Response:
    """The minutes of the last meeting about a period: 403 without the right, 404 where there is no such period or meeting.

    That they are taken away is written down first.
    """
    account = room.who.account
    if not (account.may(Right.EXPORT) and account.may(Right.MEET)):
        return HTMLResponse(notices.NOT_YOURS, 403)
    try:
        name = PeriodName.parse(period)
    except BadKey:
        return HTMLResponse(notices.NOT_FOUND, 404)
    workplace = room.workplace
    with workplace.database.read() as session:
        held = meetings.last_meeting(session, name)
    if held is None:
        return HTMLResponse(notices.NOT_FOUND, 404)
    review, at = room.reviews.read(name), workplace.clock.now()
    with workplace.database.read() as session:
        names = names_of_logins(session)
        told = _meeting(held, meetings.scenes_shown(session, held), names, room)
        decisions = [
            each._replace(made_by=names.get(each.made_by, each.made_by))
            for each in meeting_lists.standing(meetings.decisions_of(session, name))
            if _within(each.made_at, held)
        ]
        matters = _matters(room, review, session, at)
    with workplace.database.write() as session:
        detail = {"what": "minutes", "period": str(name), "format": "docx", "fingerprint": review.fingerprint}
        audit.record(session, workplace.vault, account, audit.Deed.EXPORTED, at, detail=detail)
    language = language_of(room.telling.search, workplace.languages)
    pack = Pack(review, room.telling, language, workplace.centre_name, account.name, at)
    made = paper.minutes(pack, told, decisions, [_settled(each) for each in matters if _was_settled(each, held)])
    headers = {
        "content-disposition": f"attachment; filename=\"minutes-{name}.docx\"; filename*=UTF-8''"
        + quote(paper.file_name(pack, told)),
        "cache-control": "no-store",
        "x-fingerprint": review.fingerprint,
    }
    return Response(made, media_type=WORD, headers=headers)


def _meeting(held: Held, scenes: tuple[str, ...], names: Mapping[str, str], room: Room) -> paper.Held:
    words = room.telling.words
    shown = tuple(words[SCENES[Scene(each)]] for each in scenes if each in set(Scene))
    return paper.Held(held.began_at, held.ended_at, names.get(held.began_by, held.began_by), shown)


def _within(at: datetime, held: Held) -> bool:
    return held.began_at <= at and (held.ended_at is None or at <= held.ended_at)


def _was_settled(matter: Matter, held: Held) -> bool:
    at = matter.contested.objection.settled_at
    return at is not None and matter.contested.objection.state is not ObjectionState.OPEN and _within(at, held)


def _settled(matter: Matter) -> paper.Settled:
    """What was refused changed nothing: the points it counts in, twice."""
    objection, change = matter.contested.objection, matter.change
    if change is None:
        return paper.Settled(objection, "", None, None)
    after = change.left_out if objection.state is ObjectionState.UPHELD else change.counted
    return paper.Settled(objection, change.township, _points(change.counted), _points(after))


def _points(standing: Standing) -> float | None:
    return standing.score.points if standing.score is not None else None
