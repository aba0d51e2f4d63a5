"""How the 12345 platform writes a work order (工单), in its own field names."""

from random import Random
from typing import Final

from casework.vocabulary import Urgency
from feeds.simulator.course import Move, MoveKind
from feeds.simulator.draw import happens
from feeds.simulator.instants import local_text
from feeds.simulator.story import Case, Record, Style

LIGHTS: Final = {Urgency.CRITICAL: "特急", Urgency.URGENT: "紧急", Urgency.ORDINARY: "一般"}
GRADES: Final = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
UNITS: Final = {"working_day": "工作日", "day": "自然日", "hour": "小时"}
SOLVED: Final = 3
SAME_SPOT: Final = 0.0004


def opening(rng: Random, case: Case) -> Record:
    matter, telling, place = case.matter, case.telling, case.matter.place
    record: Record = {
        "orderNum": telling.source_id,
        "oldOrderNum": telling.kin,
        "callTime": local_text(telling.at),
        "sourceType": case.wording.channel(rng, telling.feed),
        "callerType": case.caller_type,
        "callerName": telling.caller.name,
        "callerPhone": telling.caller.phone,
        "pilotLight": LIGHTS[matter.urgency],
        "questionCode": matter.theme.codes[telling.feed],
        "questionName": matter.theme.path,
        "isSecret": "1" if matter.secret or case.caller_type == "举报" else "0",
        "address": place.address if happens(rng, 0.9) else place.spot,
        "areaCode": place.township.code,
        "title": case.wording.title(rng, matter),
        "majorContent": case.wording.content(rng, matter, telling),
        "isHardOrder": "0",
        "nonsenseState": "0",
    }
    if happens(rng, 0.85):
        lon, lat = place.lon + rng.gauss(0, SAME_SPOT), place.lat + rng.gauss(0, SAME_SPOT)
        record["addressPoints"] = f"{lon:.6f},{lat:.6f}"
    return record


def changes(rng: Random, case: Case, move: Move, so_far: Record) -> Record:
    """What a move changes. Counters count; `dispatchTime` is the latest dispatch, also on redoing."""
    at = local_text(move.at)
    match move.kind:
        case MoveKind.REGISTERED:
            return {"state": "待受理" if happens(rng, 0.5) else "待派遣"}
        case MoveKind.DECLINED:
            return {"state": "不予受理", "finishContent": case.wording.decline_reason(rng)}
        case MoveKind.DISPATCHED:
            return _dispatched(case, move, at)
        case MoveKind.SIGNED:
            return {"state": "待处置", "signTime": at}
        case MoveKind.CONTACTED:
            return {"contactTime": at, "isHardOrder": "1"} if case.matter.hard else {"contactTime": at}
        case MoveKind.RETURNED:
            return _returned(rng, case, at, so_far)
        case MoveKind.EXTENDED:
            return {"delayDeadlineDate": local_text(move.until), "delayReason": case.wording.delay_reason(rng)}
        case MoveKind.FINISHED:
            return _finished(rng, case, at, so_far)
        case MoveKind.VISITED:
            return _visited(at, move.grade)
        case MoveKind.REDONE:
            again = int(so_far.get("rehandleNum", 0)) + 1
            return {"state": "已派遣", "rehandleNum": again, "dispatchTime": at}
        case _:
            return {"state": "已结案"}


def _dispatched(case: Case, move: Move, at: str) -> Record:
    return {
        "state": "已派遣",
        "organizationCode": move.unit,
        "organizationName": case.unit_name(move.unit),
        "dispatchTime": at,
        "handleDays": case.allowance.amount,
        "timeUnit": UNITS[case.allowance.unit],
        "deadlineDate": local_text(case.due),
    }


def _returned(rng: Random, case: Case, at: str, so_far: Record) -> Record:
    other = case.unit_name(case.matter.place.township.centre)
    times = int(so_far.get("backNum", 0)) + 1
    return {"state": "待派遣", "backReason": case.wording.back_reason(rng, other), "backTime": at, "backNum": times}


def _finished(rng: Random, case: Case, at: str, so_far: Record) -> Record:
    unit, again = so_far["organizationName"], "completeTime" in so_far
    told: Record = {
        "state": "待回访" if happens(rng, 0.6) else "已处置",
        "completeTime": at,
        "finishContent": case.wording.result(rng, case.matter, unit, again=again),
    }
    return told | {"nonsenseState": "1"} if case.matter.unreasonable else told


def _visited(at: str, grade: int) -> Record:
    told: Record = {"state": "待结案", "visitTime": at, "visitCallIsConnected": "1" if grade else "0"}
    if grade:
        told |= {"visitIsSolved": "1" if grade >= SOLVED else "0", "visitSatisfaction": GRADES[grade]}
    return told


STYLE: Final = Style(opening, changes, "updateTime")
