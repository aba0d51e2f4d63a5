"""How the grid app's backend writes a grid worker's report (网格事件), in its own field names."""

from random import Random
from typing import Final

from casework.vocabulary import Urgency
from feeds.simulator.course import Move, MoveKind
from feeds.simulator.draw import happens
from feeds.simulator.instants import local_text
from feeds.simulator.matter import Matter
from feeds.simulator.settings import Kind
from feeds.simulator.story import Case, Record, Style

SORTS: Final[dict[Kind, str]] = {
    "dispute": "矛盾纠纷",
    "complaint": "问题隐患",
    "tip_off": "问题隐患",
    "hazard": "问题隐患",
    "utilities": "便民服务",
    "help": "便民服务",
    "consult": "便民服务",
    "suggestion": "便民服务",
}
LEVELS: Final = {
    Urgency.CRITICAL: ("一级",),
    Urgency.URGENT: ("二级",),
    Urgency.ORDINARY: ("三级", "四级", "四级", "五级"),
}
SAME_SPOT: Final = 0.00015
MEDIATED: Final = 0.92
SATISFIED: Final = 3


def opening(rng: Random, case: Case) -> Record:
    matter, telling, place = case.matter, case.telling, case.matter.place
    grid = f"{place.village.code}{1 + int(rng.random() * place.village.grids):02d}"
    worker, worker_phone = case.wording.grid_worker(grid)
    levels = LEVELS[matter.urgency]
    return {
        "eventCode": telling.source_id,
        "eventAcceptDate": local_text(telling.at),
        "eventSource": case.wording.channel(rng, telling.feed),
        "eventType1": SORTS[matter.theme.kind],
        "eventType2": matter.theme.codes[telling.feed],
        "eventLevel": levels[int(rng.random() * len(levels))],
        "eventAddress": place.address,
        "lng": round(place.lon + rng.gauss(0, SAME_SPOT), 6),
        "lat": round(place.lat + rng.gauss(0, SAME_SPOT), 6),
        "gridCode": grid,
        "communityCode": place.village.code,
        "streetCode": place.township.code,
        "desc": case.wording.content(rng, matter, telling),
        "involvedCount": matter.involved,
        "isGroup": 1 if matter.group else 0,
        "isUrgent": 0 if matter.urgency is Urgency.ORDINARY else 1,
        "isHard": 0,
        "reportPerson": worker,
        "reportPhone": worker_phone,
        "partyName": telling.caller.name,
        "partyPhone": telling.caller.phone,
        "riskColour": colour(matter),
    }


def colour(matter: Matter) -> str:
    if matter.group or matter.urgency is Urgency.CRITICAL:
        return "红"
    if matter.hard:
        return "橙"
    return "黄" if matter.urgency is Urgency.URGENT else "蓝"


def changes(rng: Random, case: Case, move: Move, so_far: Record) -> Record:
    """What a move changes. `distributeTime` is the latest dispatch."""
    at = local_text(move.at)
    match move.kind:
        case MoveKind.REGISTERED:
            return {"eventState": "待受理" if happens(rng, 0.6) else "待派遣"}
        case MoveKind.DECLINED:
            return {"eventState": "作废", "result": case.wording.decline_reason(rng), "endTime": at}
        case MoveKind.DISPATCHED:
            due = local_text(case.due)
            return {"eventState": "处置中", "dealDeptCode": move.unit, "distributeTime": at, "deadlineTime": due}
        case MoveKind.SIGNED:
            return {"signTime": at}
        case MoveKind.CONTACTED:
            return {"contactTime": at, "isHard": 1} if case.matter.hard else {"contactTime": at}
        case MoveKind.RETURNED:
            other = case.unit_name(case.matter.place.township.centre)
            return {"eventState": "待派遣", "backTime": at, "backReason": case.wording.back_reason(rng, other)}
        case MoveKind.FINISHED:
            return _finished(rng, case, at, so_far)
        case MoveKind.VISITED:
            return {"visitTime": at} | ({"satisfied": 1 if move.grade >= SATISFIED else 0} if move.grade else {})
        case _:
            return {"eventState": "已结案", "endTime": at}


def _finished(rng: Random, case: Case, at: str, so_far: Record) -> Record:
    unit = case.unit_name(so_far["dealDeptCode"])
    told: Record = {
        "eventState": "待核查",
        "dealTime": at,
        "result": case.wording.result(rng, case.matter, unit, again=False),
    }
    if case.matter.theme.kind == "dispute":
        told["mediationOk"] = 1 if happens(rng, MEDIATED) else 0
    return told


STYLE: Final = Style(opening, changes, "updateTime")
