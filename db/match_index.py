"""Reports ready to be compared, and the index by which the ones worth comparing are found, for a whole batch at once.

The index is `match_keys`: each report under its `casework.matching.keys`, as numbers. What a report is compared by comes from
its scrubbed texts, the vault's hashes of its phones, and what its source says the matter is, kept in `match_traits`: a case's
row tells it of one of its reports only.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import ARRAY, BigInteger, String, any_, bindparam, func, literal, select, text, tuple_
from sqlalchemy.orm import Session

from casework.case import Facts
from casework.likeness import Features, Traits
from casework.matching import MatchingRules, key_number
from casework.vocabulary import Appeal, Category, EntryType, Feed
from db.models import Case, JournalEntry, MatchKey, MatchTraits, Report, ReportLink, VaultReport
from db.search import among

CACHED: Final = 4_000
_REPORT: Final = Report.__table__.c
_TRAITS: Final = MatchTraits.__table__.c
_VAULT: Final = VaultReport.__table__.c
_ENTRY: Final = JournalEntry.__table__.c
_CASE: Final = Case.__table__.c
_LINK: Final = ReportLink.__table__.c
_KEY: Final = MatchKey.__table__.c


class Under(NamedTuple):
    """A row of the index: a key, and a report that is found under it."""

    key: int
    report_id: int


FIRST: Final = Under(-1, 0)
"""Comes before every row."""


class Placed(NamedTuple):
    """Where a report stands: its case, and since which version of it."""

    id: int
    case_id: int
    version_at: datetime
    reported_at: datetime


class About(NamedTuple):
    """What a source says a report is about, as far as it is compared."""

    category: str
    appeal: str
    township: str | None
    village: str | None


class Library:
    """Reports made ready, and the newest `CACHED` of them kept: reading a text again costs more than comparing it."""

    def __init__(self) -> None:
        self._ready: OrderedDict[int, tuple[datetime, str, Traits]] = OrderedDict()

    def traits(
        self, session: Session, rules: MatchingRules, placed: Iterable[Placed], about: Mapping[int, About] | None = None
    ) -> dict[int, Traits]:
        """The traits of reports by id; `about`: of those that have just been looked up, and are made ready anew."""
        fresh = about or {}
        found, missing = dict[int, Traits](), list[int]()
        for each in placed:
            known = self._ready.get(each.id)
            if known is not None and known[:2] == (each.version_at, rules.version) and each.id not in fresh:
                self._ready.move_to_end(each.id)
                found[each.id] = known[2]
            else:
                missing.append(each.id)
        for report_id, version_at, features in _features(session, missing, fresh):
            found[report_id] = rules.traits(features)
            self._ready[report_id] = version_at, rules.version, found[report_id]
        while len(self._ready) > CACHED:
            self._ready.popitem(last=False)
        return found


def placed(session: Session, report_ids: Collection[int]) -> dict[int, Placed]:
    """Where reports stand now, by id."""
    wanted = select(_REPORT.id, _REPORT.case_id, _REPORT.version_at, _REPORT.reported_at)
    rows = session.execute(wanted.where(among(session, _REPORT.id, list(report_ids))))
    return {row.id: Placed(*row) for row in rows}


def firsts_of(session: Session, case_ids: Collection[int]) -> dict[int, int]:
    """The first report of each case."""
    wanted = select(_REPORT.case_id, func.min(_REPORT.id)).group_by(_REPORT.case_id)
    return dict(session.execute(wanted.where(among(session, _REPORT.case_id, list(case_ids)))).all())


def about(session: Session, reports: Mapping[int, Placed]) -> dict[int, About]:
    """What the sources say of these reports: from the case's row where it is of one report, else from the journal."""
    case_ids = {each.case_id for each in reports.values()}
    columns = _CASE.id, _CASE.report, _CASE.reports, _CASE.category, _CASE.appeal, _CASE.township, _CASE.village
    cases = {row.id: row for row in session.execute(select(*columns).where(among(session, _CASE.id, list(case_ids))))}
    alone = {each.id: cases[each.case_id] for each in reports.values() if cases[each.case_id].reports == 1}
    found = {report_id: About(row.category, row.appeal, row.township, row.village) for report_id, row in alone.items()}
    return found | _told_of(session, [each for each in reports.values() if each.id not in found])


def _told_of(session: Session, reports: Sequence[Placed]) -> dict[int, About]:
    """As the reports' own entries tell it: the whole when it was registered, and what was revised since."""
    found: dict[int, About] = {}
    if not reports:
        return found
    names = {
        f"{feed}:{source_id}": number for number, feed, source_id in _names(session, [each.id for each in reports])
    }
    told = (
        select(_ENTRY.report, _ENTRY.payload)
        .where(
            among(session, _ENTRY.case_id, sorted({each.case_id for each in reports})),
            _ENTRY.type.in_((EntryType.REGISTERED.value, EntryType.REVISED.value)),
            _ENTRY.report.in_(list(names)),
        )
        .order_by(_ENTRY.id)
    )
    for report, payload in session.execute(told):
        before = found.get(names[report], About(Category.OTHER, Appeal.UNKNOWN, None, None))
        found[names[report]] = before._replace(
            **{name: payload[name] for name in About._fields if name in payload and name in Facts._fields}
        )
    return found


def _names(session: Session, report_ids: Sequence[int]) -> Sequence[Any]:
    wanted = select(_REPORT.id, _REPORT.feed, _REPORT.source_id).where(among(session, _REPORT.id, report_ids))
    return session.execute(wanted).all()


def _features(
    session: Session, report_ids: Sequence[int], fresh: Mapping[int, About]
) -> Iterable[tuple[int, datetime, Features]]:
    if not report_ids:
        return
    rows = session.execute(_FEATURES.where(among(session, _REPORT.id, report_ids))).all()
    links = _links_of(session, rows)
    for row in rows:
        told = fresh.get(row.id) or About(
            row.category or Category.OTHER, row.appeal or Appeal.UNKNOWN, row.township, row.village
        )
        key = f"{row.feed}:{row.source_id}"
        features = Features(
            key=key,
            feed=Feed(row.feed),
            reported_at=row.reported_at,
            links=links.get(key, frozenset()),
            phones=frozenset(bytes(each) for each in (row.caller_hash, row.contact_hash) if each is not None),
            category=Category(told.category),
            appeal=Appeal(told.appeal),
            township=told.township,
            village=told.village,
            place=row.address,
            lon=row.lon,
            lat=row.lat,
            title=row.title,
            text=row.content,
        )
        yield row.id, row.version_at, features


def _links_of(session: Session, rows: Sequence[Any]) -> dict[str, frozenset[str]]:
    """The reports that these name, by key."""
    named = among_texts(session, _LINK.source_id, sorted({row.source_id for row in rows}))
    found: dict[str, set[str]] = {}
    wanted = select(_LINK.feed, _LINK.source_id, _LINK.target).where(_LINK.feed.in_(list(map(str, Feed))), named)
    for feed, source_id, target in session.execute(wanted):
        if source_id != target:
            found.setdefault(f"{feed}:{source_id}", set()).add(f"{feed}:{target}")
    return {key: frozenset(each) for key, each in found.items()}


def among_texts(session: Session, column: Any, texts: Sequence[str]) -> Any:
    """Whether a column is one of many texts, which are handed over as one value."""
    if session.get_bind().dialect.name == "sqlite":
        return column.in_(select(func.json_each(orjson.dumps(texts).decode()).table_valued("value").c.value))
    return column == any_(literal(list(texts), ARRAY(String)))


def newest_under(session: Session, keys: Collection[int], newest: int) -> dict[int, list[int]]:
    """The newest reports under each key, the newest first."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    listed: Any = orjson.dumps(list(keys)).decode() if sqlite else list(keys)
    found: dict[int, list[int]] = {}
    for key, report_id in session.execute(_UNDER_ON_SQLITE if sqlite else _UNDER, {"keys": listed, "newest": newest}):
        found.setdefault(key, []).append(report_id)
    return {key: sorted(ids, reverse=True) for key, ids in found.items()}


def keep(session: Session, told: Mapping[int, tuple[About, Collection[str]]]) -> None:
    """Put reports (what they are about, and their keys) into the index; keys they had before stay."""
    if not told:
        return
    pairs = sorted((key_number(key), report_id) for report_id, (_, keys) in told.items() for key in keys)
    traits = [(report_id, *each) for report_id, (each, _) in sorted(told.items())]
    if session.get_bind().dialect.name == "sqlite":
        cursor = session.connection().connection.cursor()
        cursor.executemany("INSERT OR REPLACE INTO match_traits VALUES (?, ?, ?, ?, ?)", traits)
        cursor.executemany("INSERT OR IGNORE INTO match_keys (key, report_id) VALUES (?, ?)", pairs)
        return
    session.execute(_KEEP_TRAITS, dict(zip(_TRAITS.keys(), zip(*traits, strict=True), strict=True)))
    session.execute(_KEEP, {"keys": [key for key, _ in pairs], "reports": [report_id for _, report_id in pairs]})


def outdated(session: Session, after: Under, before: datetime, most: int) -> tuple[list[Under], Under]:
    """Of the `most` keys that follow one, those of reports whose case closed before an instant; and the last key looked at.

    After the last key the first follows. What has ended stays in reach of what is reported later for as long as the rules say.
    """
    next_ones = select(_KEY.key, _KEY.report_id).where(tuple_(_KEY.key, _KEY.report_id) > after)
    looked = next_ones.order_by(_KEY.key, _KEY.report_id).limit(most).subquery().c
    wanted = (
        select(looked.key, looked.report_id, _CASE.ended & (_CASE.closed_at < before))
        .outerjoin(Report, _REPORT.id == looked.report_id)
        .outerjoin(Case, _CASE.id == _REPORT.case_id)
        .order_by(looked.key, looked.report_id)
    )
    rows = session.execute(wanted).all()
    last = Under(*rows[-1][:2]) if len(rows) == most else FIRST
    return [Under(key, report_id) for key, report_id, over in rows if over], last


def drop(session: Session, outdated: Sequence[Under]) -> None:
    """Take keys of reports out of the index."""
    session.execute(_DROP, [{"key": key, "report": report_id} for key, report_id in outdated])


_FEATURES: Final = (
    select(
        _REPORT.id,
        _REPORT.feed,
        _REPORT.source_id,
        _REPORT.version_at,
        _REPORT.reported_at,
        _REPORT.title,
        _REPORT.content,
        _REPORT.address,
        _REPORT.lon,
        _REPORT.lat,
        _VAULT.caller_hash,
        _VAULT.contact_hash,
        _TRAITS.category,
        _TRAITS.appeal,
        _TRAITS.township,
        _TRAITS.village,
    )
    .outerjoin(VaultReport, _VAULT.report_id == _REPORT.id)
    .outerjoin(MatchTraits, _TRAITS.report_id == _REPORT.id)
)
_UNDER: Final = text(
    "SELECT asked.key, found.report_id FROM unnest(:keys) AS asked(key) CROSS JOIN LATERAL"
    " (SELECT report_id FROM match_keys WHERE match_keys.key = asked.key ORDER BY report_id DESC LIMIT :newest) AS found"
).bindparams(bindparam("keys", type_=ARRAY(BigInteger)))
# SQLite has no LATERAL: from the newest-th on, whichever that is.
_UNDER_ON_SQLITE: Final = text(
    "SELECT match_keys.key, match_keys.report_id FROM json_each(:keys) AS asked JOIN match_keys"
    " ON match_keys.key = asked.value AND match_keys.report_id >= coalesce((SELECT each.report_id FROM match_keys AS each"
    " WHERE each.key = asked.value ORDER BY each.report_id DESC LIMIT 1 OFFSET :newest - 1), 0)"
)
_KEEP: Final = text(
    "INSERT INTO match_keys (key, report_id) SELECT * FROM unnest(:keys, :reports) ON CONFLICT DO NOTHING"
).bindparams(bindparam("keys", type_=ARRAY(BigInteger)), bindparam("reports", type_=ARRAY(BigInteger)))
_KEEP_TRAITS: Final = text(
    "INSERT INTO match_traits (report_id, category, appeal, township, village)"
    " SELECT * FROM unnest(:report_id, :category, :appeal, :township, :village)"
    " ON CONFLICT (report_id) DO UPDATE SET category = EXCLUDED.category, appeal = EXCLUDED.appeal,"
    " township = EXCLUDED.township, village = EXCLUDED.village"
).bindparams(
    bindparam("report_id", type_=ARRAY(BigInteger)),
    *(bindparam(name, type_=ARRAY(String)) for name in About._fields),
)
_DROP: Final = text("DELETE FROM match_keys WHERE key = :key AND report_id = :report")
