"""The words of reports, found: an index of our own of every two neighbouring characters, kept up behind the ingester's back.

Chinese has no spaces, and neither database cuts it into words. A text is stored as its pairs of neighbouring characters, each
at its place (小区油烟: 小区 区油 油烟 烟), so a word of any length is a row of pairs that follow each other, and is found
exactly as it is written; letters and digits likewise. Triggers on `reports` mark what changed (`0005`), `index_pending` takes
the marks up.

What is indexed is what may be read: the scrubbed texts, without the names that any report of the case gives.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, delete, func, literal, select, text
from sqlalchemy.orm import Session

from casework.masking import scrub
from db.database import Database
from db.models import Report, SearchPending, VaultReport
from db.vault import Vault

# A run of letters, digits or Chinese characters; whatever stands between two runs parts them.
_RUN: Final = re.compile(r"[^\W_]+")
# PostgreSQL knows no place of a word beyond 16,383.
LONGEST_TEXT: Final = 8_000
LONGEST_QUERY: Final = 100
INDEX_LOCK: Final = 0x776F726473  # "words"
# At once, so that on SQLite, where this is the only writer meanwhile, no event waits for long.
PORTION: Final = 25
# On PostgreSQL every report has a word of its era as well: so many reports, by their ids.
ERA: Final = 16_384
ERAS_AT_FIRST: Final = 4

_REPORT: Final = Report.__table__.c
_MARK: Final = SearchPending.__table__.c
_VAULT: Final = VaultReport.__table__.c
_TOLD: Final = select(_REPORT.id, _REPORT.case_id, _REPORT.title, _REPORT.content, _REPORT.result, _REPORT.address)


class Sought(NamedTuple):
    """What somebody looks for: `words` anywhere in a report, `place` in its address; either may be empty."""

    words: str = ""
    place: str = ""


class _Texts(NamedTuple):
    """What a report says, as it may be read; `said` is everything but the place."""

    report_id: int
    said: str
    place: str


def pending(session: Session, most: int) -> int:
    """How many changes of reports are not searchable yet, counted no further than `most`."""
    marks = select(_MARK.id).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(marks)) or 0


def index_portion(database: Database, vault: Vault) -> bool:
    """Index some of what is not searchable yet; whether there is more.

    What is to be written is read before the write lock is taken, and written if it is still so: else it is read again next time.
    """
    with database.read() as session:
        marked = _marked(session, PORTION)
        if not marked:
            return False
        by_case = _of_their_cases(session, marked)
        texts = list(_readable(session, vault, marked, by_case))
    read = {row.id: row for rows in by_case.values() for row in rows}
    with database.write() as session:
        _hold(session)
        if all(row == read[row.id] for row in session.execute(_TOLD.where(among(session, _REPORT.id, _ids(texts))))):
            _write(session, texts)
            _take_away(session, marked)
    return len(marked) == PORTION


def index_pending(session: Session, vault: Vault, limit: int) -> int:
    """Take up to `limit` marks and make their reports searchable as they are now; how many marks there were.

    What was marked last comes first: after an upgrade new reports need not wait for a million old ones. The vault tells the
    names that must not be found in a case of several reports, each of which may name the others' people.
    """
    _hold(session)
    marked = _marked(session, limit)
    if marked:
        _write(session, list(_readable(session, vault, marked, _of_their_cases(session, marked))))
        _take_away(session, marked)
    return len(marked)


def _hold(session: Session) -> None:
    """Of two at once, the slower would write what is old."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_HOLD, {"key": INDEX_LOCK})


def _marked(session: Session, limit: int) -> dict[int, int]:
    """The newest marks, and the report of each."""
    marks = select(_MARK.id, _MARK.report_id).order_by(_MARK.id.desc()).limit(limit)
    return {row.id: row.report_id for row in session.execute(marks)}


def _take_away(session: Session, marked: Mapping[int, int]) -> None:
    session.execute(delete(SearchPending).where(among(session, _MARK.id, list(marked))))


def found(session: Session, sought: Sought, most: int, *, still_open: bool) -> list[int]:
    """The ids of the newest `most` reports that match, newest first; with `still_open` only those of open cases."""
    dialect = session.get_bind().dialect.name
    asked = _match(dialect, sought)
    if asked is None:
        return []
    if still_open:
        return list(session.scalars(_FOUND_STILL_OPEN[dialect], {"sought": asked, "most": most}))
    if dialect == "sqlite":
        return list(session.scalars(_FOUND_ON_SQLITE, {"sought": asked, "most": most}))
    return _found_by_era(session, asked, most)


def _found_by_era(session: Session, asked: str, most: int) -> list[int]:
    """PostgreSQL's index has no order: of a frequent word it would fetch every report. So the newest eras are asked first,
    and then as many more as seem to be needed."""
    ids: list[int] = []
    newest = (session.scalar(select(func.max(_REPORT.id))) or 0) // ERA
    left, many = newest, ERAS_AT_FIRST
    while left >= 0 and len(ids) < most:
        eras = " | ".join(f"'#{era}'" for era in range(max(0, left - many + 1), left + 1))
        ids += session.scalars(_FOUND_ON_POSTGRESQL, {"sought": f"{asked} & ({eras})", "most": most - len(ids)})
        left -= many
        missing = (newest - left) * (most - len(ids)) // max(1, len(ids)) + 1
        many = min(2 * many, missing)
    return ids


def among(session: Session, column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """Whether a column is one of many ids, which are handed over as one value."""
    if session.get_bind().dialect.name == "sqlite":
        listed = func.json_each(orjson.dumps(ids).decode()).table_valued("value")
        return column.in_(select(listed.c.value))  # type: ignore[no-any-return]
    return column == any_(literal(list(ids), ARRAY(BigInteger)))  # type: ignore[no-any-return]


def _match(dialect: str, sought: Sought) -> str | None:
    """What the index of `dialect` is asked; none when there is not one letter, digit or character to look for."""
    words, place = _runs(sought.words[:LONGEST_QUERY]), _runs(sought.place[:LONGEST_QUERY])
    if not words and not place:
        return None
    if dialect == "sqlite":
        parts = [_fts5(run) for run in words] + [f"place : {_fts5(run)}" for run in place]
        return " AND ".join(parts)
    return " & ".join([_tsquery(run, "") for run in words] + [_tsquery(run, "A") for run in place])


def _fts5(run: str) -> str:
    return f'"{run}" *' if len(run) == 1 else f'"{" ".join(_pairs(run)[:-1])}"'


def _tsquery(run: str, label: str) -> str:
    """A phrase of PostgreSQL's; the places have label A."""
    if len(run) == 1:
        return f"'{run}':*{label}"
    mark = f":{label}" if label else ""
    return "(" + " <-> ".join(f"'{pair}'{mark}" for pair in _pairs(run)[:-1]) + ")"


def _runs(words: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", words).casefold())


def _pairs(run: str) -> list[str]:
    """油烟扰: 油烟 烟扰 扰. The last one, alone, parts a run from the next, and lets every single character be found."""
    return [run[place : place + 2] for place in range(len(run))]


def _all_pairs(words: str) -> list[str]:
    return [pair for run in _runs(words[:LONGEST_TEXT]) for pair in _pairs(run)]


def _ids(texts: Sequence[_Texts]) -> list[int]:
    return [each.report_id for each in texts]


def _of_their_cases(session: Session, marked: Mapping[int, int]) -> dict[int, list[Any]]:
    """The marked reports and those that are in one case with them, by case."""
    of_them = among(session, _REPORT.id, sorted(set(marked.values())))
    case_ids = sorted(set(session.scalars(select(_REPORT.case_id).where(of_them))))
    by_case: dict[int, list[Any]] = {}
    for row in session.execute(_TOLD.where(among(session, _REPORT.case_id, case_ids))):
        by_case.setdefault(row.case_id, []).append(row)
    return by_case


def _readable(
    session: Session, vault: Vault, marked: Mapping[int, int], by_case: Mapping[int, list[Any]]
) -> Iterator[_Texts]:
    """The texts of the marked reports, and of those in one case with them that tell a name which a marked one gives: of a flood
    the others stand in the index as they should."""
    fresh = set(marked.values())
    names = _names(session, vault, [row.id for rows in by_case.values() if len(rows) > 1 for row in rows])
    for rows in by_case.values():
        hidden = tuple(dict.fromkeys(name for row in rows for name in names.get(row.id, ())))
        told = [name for row in rows if row.id in fresh for name in names.get(row.id, ()) if len(name) > 1]
        for row in rows:
            said = "\n".join((row.title, row.content, row.result))
            if row.id in fresh or any(name in said or name in row.address for name in told):
                yield _Texts(row.id, scrub(said, hidden), scrub(row.address, hidden))


def _names(session: Session, vault: Vault, report_ids: Sequence[int]) -> dict[int, list[str]]:
    """Whom each report names. One that stands alone was scrubbed of its own names when it was written."""
    if not report_ids:
        return {}
    sealed = select(_VAULT.report_id, _VAULT.sealed).where(among(session, _VAULT.report_id, report_ids))
    return {
        report_id: [person.name for person in vault.open_report(each)[0] if person.name]
        for report_id, each in session.execute(sealed)
    }


def _write(session: Session, texts: Sequence[_Texts]) -> None:
    """Put reports into the index, in place of what it had of them."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.executemany("DELETE FROM report_words WHERE rowid = ?", [(each.report_id,) for each in texts])
        cursor.executemany(
            "INSERT INTO report_words (rowid, said, place) VALUES (?, ?, ?)",
            [(each.report_id, " ".join(_all_pairs(each.said)), " ".join(_all_pairs(each.place))) for each in texts],
        )
        return
    rows = [{"report_id": each.report_id, "words": _tsvector(each)} for each in texts]
    connection.execute(_PUT, {"rows": orjson.dumps(rows).decode()})


def _tsvector(texts: _Texts) -> str:
    """The era, and every pair with its places, as PostgreSQL reads a tsvector."""
    places: dict[str, list[str]] = {}
    said = _all_pairs(texts.said)
    for number, pair in enumerate(said, 1):
        places.setdefault(pair, []).append(str(number))
    for number, pair in enumerate(_all_pairs(texts.place), len(said) + 1):
        places.setdefault(pair, []).append(f"{number}A")
    told = (f"'{pair}':{','.join(numbers)}" for pair, numbers in places.items())
    return " ".join((f"'#{texts.report_id // ERA}'", *told))


_HOLD: Final = text("SELECT pg_advisory_xact_lock(:key)")
_PUT: Final = text(
    "INSERT INTO report_words (report_id, words)"
    " SELECT report_id, words::tsvector FROM json_to_recordset(CAST(:rows AS json)) AS new(report_id bigint, words text)"
    " ON CONFLICT (report_id) DO UPDATE SET words = EXCLUDED.words"
)
_FOUND_ON_SQLITE: Final = text(
    "SELECT rowid FROM report_words WHERE report_words MATCH :sought ORDER BY rowid DESC LIMIT :most"
)
_FOUND_ON_POSTGRESQL: Final = text(
    "SELECT report_id FROM report_words WHERE words @@ CAST(:sought AS tsquery) ORDER BY report_id DESC LIMIT :most"
)
# The plus keeps SQLite from asking its index once for every open case, and the CTE PostgreSQL from asking for each report
# that has the words whether its case is open.
_FOUND_STILL_OPEN: Final = {
    "sqlite": text(
        "SELECT rowid FROM report_words WHERE report_words MATCH :sought AND +rowid IN"
        " (SELECT reports.id FROM cases JOIN reports ON reports.case_id = cases.id WHERE cases.ended = 0)"
        " ORDER BY rowid DESC LIMIT :most"
    ),
    "postgresql": text(
        "WITH still AS MATERIALIZED"
        " (SELECT reports.id FROM cases JOIN reports ON reports.case_id = cases.id WHERE NOT cases.ended)"
        " SELECT report_id FROM report_words JOIN still ON still.id = report_id"
        " WHERE words @@ CAST(:sought AS tsquery) ORDER BY report_id DESC LIMIT :most"
    ),
}
