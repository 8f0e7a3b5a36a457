"""Whether a model goes round in circles."""

from eaa.domain.ids import CommitId
from eaa.domain.transcript import Compacted, Entry, Interrupted, Replied, Told, ToolEnded, Voice
from eaa.engine.agent.repetition import find_circle
from tests.support.agent_world import shell
from tests.support.transcripts import OPENED

WARNED = Told(Voice.NUDGE, "again", is_about_repetition=True)


def did(command: str, text: str = "out", tree: str | None = None) -> list[Entry]:
    """Return a command and its result."""
    stored = None if tree is None else CommitId(tree)
    return [Replied(shell(command), "m", 1), ToolEnded(0, "call-0", "shell", text, tree=stored)]


def test_the_same_command_with_the_same_result_is_a_circle() -> None:
    assert find_circle([OPENED, *did("a"), *did("b"), *did("a")]).is_new
    assert not find_circle([OPENED, *did("a"), *did("a", "other")]).is_new
    assert not find_circle([OPENED, *did("a"), *did("b")]).is_new


def test_durations_and_addresses_make_no_difference() -> None:
    assert find_circle(
        [OPENED, *did("a", "1 failed in 0.12s at 0x7f3a"), *did("a", "1 failed in 0.34s at 0x7f3b")]
    ).is_new


def test_a_compaction_hides_no_circle_but_lets_a_file_be_read_once_more() -> None:
    compacted = Compacted("short", 5)

    assert not find_circle([OPENED, *did("a"), compacted, *did("a")]).is_new
    assert find_circle([OPENED, *did("a"), compacted, *did("a"), compacted, *did("a")]).is_new


def test_what_repeats_on_files_that_changed_is_no_circle() -> None:
    assert not find_circle(
        [OPENED, *did("a"), *did("edit 1", tree="t1"), *did("a"), *did("edit 2", tree="t2"), *did("a")]
    ).is_new


def test_going_back_to_files_that_were_there_before_is_no_progress() -> None:
    there = [*did("edit 1", tree="t1"), *did("a"), *did("undo", tree=OPENED.start), *did("a")]

    assert find_circle([OPENED, *did("a"), *there]).is_new


def test_the_fifth_time_is_a_circle_whatever_changed_in_between() -> None:
    entries: list[Entry] = [OPENED]
    for number in range(5):
        entries += [*did(f"edit {number}", tree=f"t{number}"), *did("a")]

    assert find_circle(entries).is_new
    assert not find_circle(entries[:-2]).is_new


def test_a_command_that_always_ends_its_process_is_a_circle() -> None:
    broken: list[Entry] = [Replied(shell("a"), "m", 1), Interrupted(0, "call-0", "shell", "undone")]

    assert find_circle([OPENED, *broken, *broken]).is_new


def test_warnings_are_counted_and_forgotten_after_progress() -> None:
    circle = [OPENED, *did("a"), *did("a"), WARNED]

    assert find_circle(circle).warnings == 1
    assert find_circle([*circle, *did("a")]).is_new
    assert find_circle([*circle, *did("edit", tree="new")]).warnings == 0
    assert find_circle([*circle, *(one for number in range(12) for one in did(f"look {number}"))]).warnings == 0
