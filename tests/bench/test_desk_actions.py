"""What counts as a lost act."""

from collections import Counter

from bench.desk_actions import lost
from bench.operators import Acted


def test_an_act_is_lost_when_it_was_done_and_not_written_or_written_twice_or_refused_and_written() -> None:
    acts = [Acted("a", "done", 0.1), Acted("b", "stale", 0.1)]
    assert lost(acts, Counter(a=1, x=1)) == 0, "what others wrote is theirs"
    assert lost(acts, Counter()) == 1
    assert lost(acts, Counter(a=2)) == 1
    assert lost(acts, Counter(a=1, b=1)) == 1
