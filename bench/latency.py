"""How long a lone event waits for its acknowledgement when events come one by one."""

from bench import sender
from bench.figures import Figure, delays
from bench.installation import Kind
from bench.stand import Stand
from bench.workload import busy_day

RATE = 150
AFTER = 1_000_000


def title(stand: Stand) -> str:
    seconds = stand.options.seconds
    return f"latency: {RATE} events a second for {seconds:g} s, one by one, three feeds; sent until acknowledged"


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    county = stand.county(kind)
    events = stand.frames(busy_day(stand.world, round(RATE * stand.options.seconds), AFTER))
    stand.say(f"{kind}: {len(events):,} events one by one")
    with county.ingesting():
        ways = stand.sender.submit(sender.paced, county.centre, events, RATE).result()
    return delays("ack", [way.acked_at - way.sent_at for way in ways], {99: "≤ 30 ms"})
