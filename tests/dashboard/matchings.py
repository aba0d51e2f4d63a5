"""An office whose reports are compared, for tests: an order and a slip that may be one matter."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from casework.vocabulary import Feed
from db.matching import Matcher
from db.models import Case, Match, Report
from tests.dashboard.offices import Office, county
from tests.records import call, order

HERE = county().townships[0]
SAID = "小区楼下饭店油烟直排扰民，要求处理"
HOSTILE = '<img src=x onerror="window.hit=1">'


def hear_pair(office: Office, number: int) -> tuple[int, int]:
    """An order, and a slip by another phone three days later: the ids of both cases. They are matched by `match` only."""
    office.centre.hear(
        Feed.HOTLINE12345,
        order(
            orderNum=f"DH9{number}",
            address=_home(number),
            areaCode=HERE.code,
            title="楼下油烟扰民",
            majorContent=f"{SAID}{HOSTILE}",
            callerPhone=_phone(number),
        ),
    )
    at = f"2026-11-23 09:{number:02d}:00"
    office.centre.hear(
        Feed.POLICE110, _slip(f"J9{number}", number, at, bjdh="19900009999", bjnr="饭店油烟大，影响居民休息")
    )
    return office.centre.case_of(f"hotline12345:DH9{number}"), office.centre.case_of(f"police110:J9{number}")


def hear_again(office: Office, number: int) -> None:
    """A slip J77… by the caller of that order, two hours later: one matter for certain, and joined to it."""
    at = "2026-11-20 10:00:00"
    office.centre.hear(Feed.POLICE110, _slip(f"J77{number}", number, at, bjdh=_phone(number), bjnr=SAID))
    match(office)


def _slip(jjdbh: str, number: int, at: str, **told: str) -> dict[str, Any]:
    units = {"gxdwdm": HERE.station, "cbdwdm": HERE.station}
    return call(jjdbh=jjdbh, afdz=_home(number), bjsj=at, **units, **told)


def _home(number: int) -> str:
    return f"云川县城关镇新华路{123 + 2 * number}号锦绣家园{number}号楼"


def _phone(number: int) -> str:
    return f"1990000{1000 + number}"


def match(office: Office, at: datetime | None = None) -> None:
    """Compare all that waits."""
    matcher = Matcher(office.rules, lambda: at or office.now())
    while matcher.step(office.database, 100):
        pass


def pairs(office: Office) -> dict[tuple[str, str], tuple[int, str]]:
    """Every row of `matches`: its id and state, by its reports' numbers in their sources."""
    with office.database.read() as session:
        found = session.scalars(select(Match))
        return {(each.source_id_a, each.source_id_b): (each.id, each.state) for each in found}


def pair_of(office: Office, number: int) -> int:
    return pairs(office)[(f"DH9{number}", f"J9{number}")][0]


def code(office: Office, case_id: int) -> str:
    with office.database.read() as session:
        return session.scalars(select(Case.code).where(Case.id == case_id)).one()


def case_now(office: Office, source_id: str) -> int:
    """The case a report is in now."""
    with office.database.read() as session:
        return session.scalars(select(Report.case_id).where(Report.source_id == source_id)).one()
