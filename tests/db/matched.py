"""A centre whose reports are compared, for tests: records of one matter and of others, and what is known of each two."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from casework.evidence import facts_of
from casework.likeness import Sign
from casework.roles import Account, Role
from config.county import load_county
from db import match_rows
from db.acts import Desk
from db.inbox import Recorder
from db.matching import Matcher
from db.models import Match
from tests.db.centre import Centre
from tests.records import CONFIG, NOW, VAULT, Feed, call, message, order

HOTLINE, POLICE = Feed.HOTLINE12345, Feed.POLICE110
COUNTY = load_county(CONFIG / "county.toml")
HERE, THERE = COUNTY.townships[:2]
CENTRE_UNIT = COUNTY.units[0].code
HOME = "云川县城关镇新华路123号锦绣家园3号楼"
ANOTHER_HOME = "云川县城关镇滨河路5号滨河小区7号楼"
CALLED = "报警人称楼下烧烤店没有装油烟净化器，烟气往楼上窜"
WHY = "同一电话"


def told(number: int, **changes: Any) -> dict[str, Any]:
    """The hotline's order of that number: fumes at home, from one phone."""
    return order(**{"orderNum": f"DH{number}", "address": HOME, **changes})


def also(number: int, **changes: Any) -> dict[str, Any]:
    """The police's slip about the same, an hour later, from the same phone."""
    heard = {
        "afdz": HOME,
        "bjdh": "19900001234",
        "bjnr": "小区楼下饭店油烟直排扰民，要求处理",
        "bjsj": "2026-11-20 09:00:00",
    }
    return call(jjdbh=f"J{number}", **heard | changes)


class Known(NamedTuple):
    """A row of `matches`."""

    a: str
    b: str
    state: str


class Matching(Centre):
    """`match` compares all that waits."""

    def __init__(self, database: Any, recorder: Recorder) -> None:
        super().__init__(database, recorder)
        self.matcher = Matcher(recorder.rules, self.now)
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def match(self, at: datetime = NOW, limit: int = 100) -> int:
        """How many reports were looked at, in all steps until nothing waits."""
        self.at, looked = at, 0
        while done := self.matcher.step(self.database, limit):
            looked += done
        self.check()
        return looked

    def tell(self, records: Mapping[Feed, list[dict[str, Any]]]) -> None:
        """Many records in one transaction."""
        with self.writing() as session:
            told = [
                message(feed, each, f"m{next(self._numbers)}", next(self._numbers))
                for feed in records
                for each in records[feed]
            ]
            self.recorder.record(session, told)

    def known(self) -> list[Known]:
        with self.database.read() as session:
            found = select(Match).order_by(Match.feed_a, Match.source_id_a, Match.feed_b, Match.source_id_b)
            return [Known(row.source_id_a, row.source_id_b, row.state) for row in session.scalars(found)]

    def row(self, one: str, other: str) -> Match:
        """The row of two reports, by their sources' numbers in the order of the table."""
        with self.database.read() as session:
            return session.scalars(select(Match).where(Match.source_id_a == one, Match.source_id_b == other)).one()

    def signs(self, one: str, other: str) -> set[Sign]:
        return {fact.sign for fact in facts_of(self.row(one, other).evidence)}

    def keys(self, report: str) -> int:
        """How many reports are in one case with it."""
        return len(self.state(self.case_of(report)).threads)


def account(role: Role = Role.OPERATOR, unit: str = CENTRE_UNIT, login: str = "li.wei", number: int = 1) -> Account:
    return Account(number, login, "李伟", role, unit)


def desk(centre: Centre, who: Account | None = None) -> Desk:
    return Desk(who or account(), COUNTY, centre.rules, VAULT)


State = match_rows.State
