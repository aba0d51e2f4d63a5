"""Operations, the messages that could not be understood: how many for which reason, and trying or discarding them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from dash import Dash, Input, Output, State, ctx, html

from casework.roles import Right
from dashboard.asking import Asking, asking
from dashboard.callbacks import in_thread
from dashboard.exports.lines import minute
from dashboard.machine import Machine
from dashboard.pages.ops_given import Told, rows_of, words_of
from dashboard.words import Words, mark
from dashboard.workplace import Workplace
from db.queries import ops

LETTERS_SHOWN: Final = 500
LETTERS_AT_ONCE: Final = 500  # retried or discarded by one press


def register(app: Dash, workplace: Workplace, machine: Machine) -> None:
    @app.callback(
        Output("ops-letters", "rowData"),
        Input("ops-reasons", "selectedRows"),
        Input("ops-letters-told", "children"),
        prevent_initial_call=True,
    )
    @in_thread
    def show_letters(marked: object, told: object) -> list[dict[str, Any]]:
        return read_letters(workplace, asking(), reason_of(marked))

    @app.callback(
        Output("ops-letters-told", "children"),
        Input("ops-retry-reason", "n_clicks"),
        Input("ops-discard-reason", "submit_n_clicks"),
        Input("ops-retry-marked", "n_clicks"),
        Input("ops-discard-marked", "submit_n_clicks"),
        State("ops-reasons", "selectedRows"),
        State("ops-letters", "selectedRows"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    @in_thread
    def settle(*given: Any) -> Told:
        reasons, letters, search = given[-3:]
        do, _, which = str(ctx.triggered_id).removeprefix("ops-").partition("-")
        reason = reason_of(reasons) if which == "reason" else None
        chosen = read_letters(workplace, asking(), reason) if which == "reason" else rows_of(letters)
        ids = [letter["number"] for letter in chosen if isinstance(letter.get("number"), int)][:LETTERS_AT_ONCE]
        return settle_letters(workplace, machine, asking(), do, ids, words_of(workplace, search))


def reason_of(marked: object) -> tuple[str, str] | None:
    """Feed and reason of the marked row."""
    for row in rows_of(marked):
        if isinstance(row.get("feed"), str) and isinstance(row.get("reason"), str):
            return row["feed"], row["reason"]
    return None


def read_letters(workplace: Workplace, who: Asking, reason: tuple[str, str] | None) -> list[dict[str, Any]]:
    who.must(Right.FEEDS)
    if reason is None:
        return []
    with workplace.database.read() as session:
        found = ops.letters_of(session, *reason, LETTERS_SHOWN)
    return [
        {"id": str(each.id), "number": each.id, "received": minute(each.received_at), "sequence": each.sequence}
        for each in found
    ]


def settle_letters(
    workplace: Workplace, machine: Machine, who: Asking, do: str, ids: Sequence[int], words: Words
) -> Told:
    """`do`: "retry" or "discard"."""
    who.must(Right.FEEDS)
    at, letters = workplace.clock.now(), machine.letters
    if letters is None:
        return words[mark("Messages can't be read here.")]
    if not ids:
        return words[mark("Nothing is marked.")]
    if do == "discard":
        done = letters.discard(ids, at, who.account)
        return words[mark("{n} of {all} messages discarded")].format(n=done, all=len(ids))
    tried = [letters.retry(letter_id, at, who.account) for letter_id in ids]
    why = Counter(reason for each in tried for reason in each.reasons)
    told = words[mark("{n} of {all} messages recorded")].format(n=sum(each.recorded for each in tried), all=len(ids))
    still = words[mark("still not understood: {reason} ({n})")]
    return [html.P(told), *(html.P(still.format(reason=reason, n=n)) for reason, n in why.most_common(10))]
