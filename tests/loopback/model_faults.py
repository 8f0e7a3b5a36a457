"""The faults of the loopback model server, by name."""

from dataclasses import dataclass

KINDS = (
    "server error",
    "unavailable",
    "overloaded",
    "rate limit",
    "bad key",
    "no credit",
    "forbidden",
    "unknown model",
    "context length",
    "content filter",
    "bad request",
)
"""Troubles that each dialect has a response of its own for."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one answer."""

    kind: str = ""
    """One of `KINDS`: a response instead of the answer."""
    headers: tuple[tuple[str, str], ...] = ()
    """Added to that response."""
    detail: str = ""
    """The provider's words in place of its usual ones; `{key}` is the key that it was shown."""
    wire: str = ""
    """What happens to the bytes instead; see `model_sending.py`."""


FAULTS = {
    "500": Fault("server error"),
    "503": Fault("unavailable"),
    "529": Fault("overloaded"),
    "429": Fault("rate limit"),
    "429 with seconds": Fault("rate limit", (("Retry-After", "7"),)),
    "429 with milliseconds": Fault("rate limit", (("retry-after-ms", "1500"), ("Retry-After", "2"))),
    "429 with a date": Fault(
        "rate limit",
        (("Date", "Wed, 25 Nov 2026 10:00:00 GMT"), ("Retry-After", "Wed, 25 Nov 2026 10:00:09 GMT")),
    ),
    "401": Fault("bad key"),
    "401 that shows the key": Fault("bad key", detail="The key {key} is not known. {key}"),
    "402": Fault("no credit"),
    "403": Fault("forbidden"),
    "404 model": Fault("unknown model"),
    "400": Fault("bad request"),
    "400 context length": Fault("context length"),
    "400 content filter": Fault("content filter"),
    "redirect": Fault(wire="redirect"),
    "slow headers": Fault(wire="slow headers"),
    "slow first token": Fault(wire="slow first token"),
    "stall mid-stream": Fault(wire="stall mid-stream"),
    "keep-alives for ever": Fault(wire="keep-alives for ever"),
    "cut mid-stream": Fault(wire="cut mid-stream"),
    "cut between events": Fault(wire="cut between events"),
    "ended between events": Fault(wire="ended between events"),
    "cut in headers": Fault(wire="cut in headers"),
    "malformed JSON": Fault(wire="malformed JSON"),
    "malformed event": Fault(wire="malformed event"),
    "empty answer": Fault(wire="empty answer"),
    "wrong content type": Fault(wire="wrong content type"),
    "huge answer": Fault(wire="huge answer"),
    "error inside a 200": Fault(wire="error inside a 200"),
    "broken gzip": Fault(wire="broken gzip"),
    # These are no faults: the answer must come through whole.
    "one byte a packet": Fault(wire="one byte a packet"),
    "gzip": Fault(wire="gzip"),
    "keep-alives between events": Fault(wire="keep-alives between events"),
    "no length": Fault(wire="no length"),
}
