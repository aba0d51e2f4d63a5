"""The review's pack as files: Excel and Word, the same numbers as on the screen, narrowed to what the account sees.

That it is taken away is written down before it is handed out.
"""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from dash import Dash
from fastapi import Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from casework.review import Review
from casework.roles import Right
from dashboard import notices
from dashboard.asking import Asking, asking
from dashboard.components.review_ask import EXPORT, Ask, BadAsk, asked, language_search
from dashboard.components.review_words import Telling
from dashboard.exports.pack import Pack, codes_in, file_name, narrowed, with_kinds
from dashboard.exports.pack_docx import pack_docx
from dashboard.exports.pack_xlsx import pack_xlsx
from dashboard.exports.tables import pieces
from dashboard.reviewing import Reviews
from dashboard.words import language_of
from dashboard.workplace import Workplace
from db import audit
from db.audit import Deed
from db.queries.review import ReviewRules
from db.queries.review_spans import Behind, seen_codes, spans_behind

FILE_PATH: Final = EXPORT + "{period}.{ending}"
TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
AT_ONCE: Final = 2
"""Packs that are made at the same time; a third waits, so that the walls don't."""
_TURN: Final = threading.BoundedSemaphore(AT_ONCE)


class Wanted(NamedTuple):
    """Which review (`fingerprint`: the very one on the screen, while it is kept), in which language and as which file."""

    ask: Ask
    fingerprint: str
    language: str
    ending: str


class Packed(NamedTuple):
    """A file, its name, and the fingerprint of what it tells."""

    pieces: Iterator[bytes]
    name: str
    fingerprint: str


def register(app: Dash, workplace: Workplace, reviews: Reviews) -> None:
    async def export(period: str, ending: str, request: Request) -> Response:
        return await take_away(workplace, reviews, asking(), period, ending, request.query_params)

    app.server.add_api_route(FILE_PATH, export, methods=["GET"], include_in_schema=False, response_model=None)


async def take_away(
    workplace: Workplace, reviews: Reviews, who: Asking, period: str, ending: str, query: Mapping[str, str]
) -> Response:
    """The file, or a refusal: 403 without the right, 404 for no such file, 400 with a sentence for what can't be asked.

    `query`: `as_of` as in the page's address, `lang`, and `fingerprint` of the review on the screen, whose very numbers it has
    while they are kept.
    """
    if not who.account.may(Right.EXPORT) or not who.account.may(Right.CASES):
        return HTMLResponse(notices.NOT_YOURS, 403)
    if ending not in TYPES:
        return HTMLResponse(notices.NOT_FOUND, 404)
    search = f"?lang={query.get('lang', '')}"
    language = language_of(search, workplace.languages)
    words = workplace.languages[language]
    try:
        ask = asked({"name": period, "as_of": query.get("as_of", "")}, None, workplace.clock.now())
    except BadAsk as error:
        return Response(words[str(error)], 400, media_type="text/plain; charset=utf-8")
    wanted = Wanted(ask, query.get("fingerprint", ""), language, ending)
    made = await asyncio.to_thread(pack_of, workplace, reviews, who, wanted)
    headers = {
        "content-disposition": f"attachment; filename=\"review-{ask.name}.{ending}\"; filename*=UTF-8''{quote(made.name)}",
        "cache-control": "no-store",
        "x-fingerprint": made.fingerprint,
    }
    return StreamingResponse(made.pieces, media_type=TYPES[ending], headers=headers)


def pack_of(workplace: Workplace, reviews: Reviews, who: Asking, wanted: Wanted) -> Packed:
    """Read, narrowed, written down, and made; a few seconds for a large county."""
    words, ending = workplace.languages[wanted.language], wanted.ending
    telling = Telling(workplace.county, words, who.sight, language_search(f"?lang={wanted.language}"))
    workings = ReviewRules(workplace.rules, workplace.county)
    with _TURN:
        review = reviews.shown(wanted.ask.name, wanted.ask.as_of, wanted.fingerprint)
        with workplace.database.read() as session:
            shown = narrowed(review, who.sight, seen_codes(session, codes_in(review), who.sight))
            behind = spans_behind(session, workings, review, who.sight) if ending == "xlsx" else Behind([], {})
        note(workplace, who, review, ending, len(behind.lines))
        shown, at = with_kinds(shown, behind.kinds), workplace.clock.now()
        pack = Pack(shown, telling, wanted.language, workplace.centre_name, who.account.name, at)
        made = pieces(pack_xlsx(pack, behind.lines)) if ending == "xlsx" else iter([pack_docx(pack)])
    return Packed(made, file_name(review.name, review.as_of, words, ending), review.fingerprint)


def note(workplace: Workplace, who: Asking, review: Review, ending: str, rows: int) -> None:
    """That somebody takes it away; written before anything is handed out."""
    detail = {
        "what": "review",
        "period": str(review.name),
        "format": ending,
        "fingerprint": review.fingerprint,
        "found": rows,
    }
    if review.as_of is not None:
        detail["as_of"] = review.as_of.isoformat()
    with workplace.database.write() as session:
        audit.record(session, workplace.vault, who.account, Deed.EXPORTED, workplace.clock.now(), detail=detail)
