"""How the 110 desk's system writes a diverted call (接警单), in its own field names."""

from random import Random
from typing import Final

from casework.vocabulary import Urgency
from feeds.simulator.course import Move, MoveKind
from feeds.simulator.draw import happens
from feeds.simulator.instants import local_text
from feeds.simulator.scenery import phone
from feeds.simulator.story import Case, Record, Style

LEVELS: Final = {Urgency.CRITICAL: ("1",), Urgency.URGENT: ("2",), Urgency.ORDINARY: ("3", "3", "4")}
GRADES: Final = {5: "1", 4: "1", 3: "2", 2: "3", 1: "3"}
SAME_SPOT: Final = 0.0003
MEDIATED: Final = 0.9


def opening(rng: Random, case: Case) -> Record:
    matter, telling, place = case.matter, case.telling, case.matter.place
    code = matter.theme.codes[telling.feed]
    record: Record = {
        "jjdbh": telling.source_id,
        "gljjdbh": telling.kin,
        "xzqh": case.county.division,
        "bjsj": local_text(telling.at),
        "bjdh": telling.caller.phone,
        "bjrxm": telling.caller.name,
        "lxdh": telling.caller.phone if happens(rng, 0.8) else phone(rng),
        "afdz": place.address,
        "bjnr": case.wording.content(rng, matter, telling),
        "bjlbdm": code[:2],
        "bjxldm": code,
        "jqjb": LEVELS[matter.urgency][int(rng.random() * len(LEVELS[matter.urgency]))],
        "gxdwdm": place.township.station,
        "sfbm": "1" if matter.secret else "0",
    }
    if happens(rng, 0.95):
        record["jd"] = f"{place.lon + rng.gauss(0, SAME_SPOT):.6f}"
        record["wd"] = f"{place.lat + rng.gauss(0, SAME_SPOT):.6f}"
    return record


def changes(rng: Random, case: Case, move: Move, so_far: Record) -> Record:
    """What a move changes. `tssj` is when the slip was last pushed to a unit, also on a new dispatch and on redoing."""
    at = local_text(move.at)
    match move.kind:
        case MoveKind.REGISTERED:
            return {"jdzt": "1", "tssj": at}
        case MoveKind.DISPATCHED:
            return {"jdzt": "2", "cbdwdm": move.unit, "tssj": at}
        case MoveKind.SIGNED:
            critical = case.matter.urgency is Urgency.CRITICAL and so_far["jdzt"] == "2"
            return {"qssj": at, "jdzt": "7"} if critical else {"qssj": at}
        case MoveKind.CONTACTED:
            return {"lxsj": at}
        case MoveKind.RETURNED:
            other = case.unit_name(case.matter.place.township.centre)
            return {"jdzt": "3", "thsj": at, "thyy": case.wording.back_reason(rng, other)}
        case MoveKind.FINISHED:
            return _finished(rng, case, at, so_far)
        case MoveKind.VISITED:
            reached = {"hfsj": at, "hfjt": "1" if move.grade else "0"}
            return reached | {"myd": GRADES[move.grade]} if move.grade else reached
        case MoveKind.REDONE:
            return {"jdzt": "8", "cbdwdm": move.unit, "tssj": at}
        case MoveKind.CLOSED:
            return {"jdzt": "5"}
        case _:
            return {}


def _finished(rng: Random, case: Case, at: str, so_far: Record) -> Record:
    unit = case.unit_name(so_far["cbdwdm"])
    told: Record = {
        "jdzt": "4",
        "fksj": at,
        "jqcljgsm": case.wording.result(rng, case.matter, unit, again="fksj" in so_far),
    }
    if case.matter.theme.kind == "dispute":
        told["tjjg"] = "1" if happens(rng, MEDIATED) else "0"
    return told


STYLE: Final = Style(opening, changes, "gxsj")
