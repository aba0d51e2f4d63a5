"""One frame for many screens: each is sent what has changed since the last frame it was sent. It must not know what is in it."""

from collections.abc import Mapping


class Edition:
    """The newest picture, cut once for all screens that have seen the same; a frame's `body` has only the parts that changed."""

    def __init__(self, seq: int, head: bytes, parts: Mapping[str, tuple[int, bytes]]) -> None:
        """`head` is the JSON object the frame begins with; `parts` are JSON, each with the number of the frame it changed in."""
        self.seq = seq
        self._head = head
        self._parts = parts
        self._cuts: dict[int, bytes] = {}

    def since(self, seq: int) -> bytes:
        """The frame for a screen that has seen everything up to `seq`; 0 for a newcomer."""
        cut = self._cuts.get(seq)
        if cut is None:
            changed = [b'"%b":%b' % (name.encode(), part) for name, (at, part) in self._parts.items() if at > seq]
            cut = self._cuts[seq] = b'%b,"body":{%b}}' % (self._head[:-1], b",".join(changed))
        return cut
