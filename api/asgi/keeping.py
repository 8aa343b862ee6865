"""Answers kept in memory as long as what they were made from is served."""

from collections import OrderedDict

Question = tuple[bytes, bytes]
"""The answer's tag, which holds the versions of all it was made from, and the query as it came."""

OVERHEAD_BYTES = 400
"""What an entry takes beside its body."""


class KeptAnswers:
    """The bodies used last. most_bytes: of all together; 0 keeps none.

    Shops are asked the same over and over: a body that is at hand costs a microsecond. Nothing is
    ever stale, since a new version is a new question; answers to old ones are the first to go.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._bodies: OrderedDict[Question, bytes] = OrderedDict()

    def get(self, question: Question) -> bytes | None:
        body = self._bodies.get(question)
        if body is not None:
            self._bodies.move_to_end(question)
        return body

    def keep(self, question: Question, body: bytes) -> bytes:
        """The body. One that would take more than a sixteenth of the room is not kept."""
        size = _size(question, body)
        if size * 16 <= self._most and question not in self._bodies:
            self._bodies[question] = body
            self._bytes += size
            while self._bytes > self._most:
                self._bytes -= _size(*self._bodies.popitem(last=False))
        return body

    def __len__(self) -> int:
        return len(self._bodies)


def _size(question: Question, body: bytes) -> int:
    return len(body) + len(question[0]) + len(question[1]) + OVERHEAD_BYTES
