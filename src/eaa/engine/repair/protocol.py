"""What crosses the border of the sandbox: a request out, an answer back, both JSON, the answer untrusted."""

import msgspec

REPLY_BYTES = 32 * 1024 * 1024


class HostRequest(msgspec.Struct, frozen=True):
    """What the host is asked; field for field `host/request.py`."""

    root: str
    suite_root: str
    framework: str
    import_roots: tuple[str, ...]
    suspects: tuple[str, ...]
    test_paths: tuple[str, ...]
    failing: tuple[str, ...]
    passing: tuple[str, ...]
    budget_s: float
    processes: int
    memory_bytes: int


class HostRepair(msgspec.Struct, frozen=True):
    """A candidate that passed everything, as the host tells it."""

    path: str
    text: str
    diff: str
    operator: str
    line: int
    score: float
    seconds: float
    cost_s: float
    edits: int
    cluster: int
    """Repairs of one number behave the same on every input tried; 0 means it was not measured."""
    covering: int
    is_truth: bool
    """Whether the changed function answered nothing but yes and no."""
    is_settled: bool
    """Whether every likely rival on the same statement was tried."""


class HostAnswer(msgspec.Struct, frozen=True):
    """Everything the host found."""

    repairs: tuple[HostRepair, ...]
    suspects: tuple[tuple[str, int, float, str | None], ...]
    distinguishing: str | None
    inputs: int
    seen: int
    """Different calls of the changed function while the tests ran."""
    tried: int
    failing: int
    passing: int
    left_out: int
    """Tests that did not run inside the budget's share and so were not held."""
    flaky: tuple[str, ...]
    seconds: float
    mode: str
    note: str


def decode_answer(printed: bytes) -> HostAnswer | None:
    """Return the answer on the last line of what the host printed, or None when there is none."""
    lines = printed.strip().splitlines()
    try:
        return msgspec.json.decode(lines[-1], type=HostAnswer) if lines else None
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
