"""What a model is sent, out of the transcript."""

from hypothesis import given
from hypothesis import strategies as st

from eaa.domain.completion import Message, Speaker, ToolCall, ToolResult
from eaa.domain.transcript import Compacted, Entry, Interrupted, Resumed, Told, ToolEnded, Voice
from eaa.engine.agent.history import history_of
from tests.support.transcripts import OPENED, noted, reply

WORDS: st.SearchStrategy[Entry] = st.sampled_from(
    [Told(Voice.PERSON, "hear"), Told(Voice.NUDGE, "go"), Resumed("fresh"), Resumed("")]
)


def _answers(number: int) -> list[Entry]:
    called = f"call-{number}"
    return [ToolEnded(number, called, "read", "x"), Interrupted(number, called, "shell", "undone")]


@st.composite
def turns(draw: st.DrawFn) -> tuple[list[Entry], list[int]]:
    """Draw a transcript, and after how many entries the model was asked."""
    entries: list[Entry] = [OPENED, *draw(st.lists(WORDS, max_size=2))]
    asked = [len(entries)]
    for _ in range(draw(st.integers(1, 6))):
        calls = draw(st.integers(0, 3))
        answers = [draw(st.sampled_from(_answers(number))) for number in range(calls)]
        mixed = draw(st.permutations([*answers, *draw(st.lists(WORDS, max_size=2))]))
        entries += [reply(calls), *mixed]
        asked.append(len(entries))
    return entries, asked


@given(turns())
def test_each_prompt_begins_with_the_one_before(drawn: tuple[list[Entry], list[int]]) -> None:
    entries, asked = drawn
    before: tuple[Message, ...] = ()
    for count in asked:
        messages = history_of(noted(*entries[:count]))

        assert messages[: len(before)] == before
        before = messages


@given(turns())
def test_the_results_of_an_answer_follow_it_in_the_order_of_its_calls(drawn: tuple[list[Entry], list[int]]) -> None:
    messages = history_of(noted(*drawn[0]))

    for place, message in enumerate(messages):
        calls = [part.id for part in message.parts if isinstance(part, ToolCall)]
        if calls:
            assert [part.call_id for part in messages[place + 1].parts if isinstance(part, ToolResult)] == calls


def test_a_compaction_keeps_the_beginning_and_the_newest_exchange() -> None:
    entries = (OPENED, reply(1), ToolEnded(0, "call-0", "read", "old"), reply(1), ToolEnded(0, "call-0", "read", "new"))
    whole = history_of(noted(*entries))

    short = history_of(noted(*entries, Compacted("It was read.", kept_from=4)))

    assert short[:2] == whole[:2]
    assert "It was read." in str(short[2])
    assert short[3:] == whole[4:]


def test_a_person_is_named_as_one() -> None:
    said = history_of(noted(OPENED, Told(Voice.PERSON, "Mind the edge.")))[-1]

    assert said.speaker is Speaker.USER
    assert "A person says" in str(said)


LONG = "exit code 1\n" + "\n".join(f"line {number} of a long output" for number in range(20))


def _results(*entries: Entry) -> list[str]:
    messages = history_of(noted(OPENED, *entries))
    return [part.text for message in messages for part in message.parts if isinstance(part, ToolResult)]


def _shell(text: str, *, exit_code: int | None = 1) -> ToolEnded:
    return ToolEnded(0, "call-0", "shell", text, exit_code=exit_code)


def test_a_result_that_stands_above_is_not_said_again() -> None:
    first, second, third = _results(reply(1), _shell(LONG), reply(1), _shell(LONG), reply(1), _shell(LONG + "!"))

    assert first == LONG
    assert second.startswith("exit code 1\n[the same 20 lines as above, from shell ")
    assert third == LONG + "!"


def test_results_that_differ_in_how_long_they_took_are_the_same_and_other_numbers_are_not() -> None:
    ran = LONG + "\nRan 3 tests in {}s\ntotal {}"
    said = [ran.format("0.001", "1.5"), ran.format("0.004", "1.5"), ran.format("0.001", "2.5")]

    first, second, third = _results(*(entry for text in said for entry in (reply(1), _shell(text))))

    assert (first, third) == (said[0], said[2])
    assert "the same 22 lines" in second


def test_a_short_result_is_said_again() -> None:
    assert (
        _results(reply(1), _shell("exit code 0, no output"), reply(1), _shell("exit code 0, no output"))
        == ["exit code 0, no output"] * 2
    )


def test_what_a_compaction_took_away_is_whole_when_it_comes_again() -> None:
    entries = (reply(1), _shell(LONG), reply(1), _shell(LONG), Compacted("It failed.", kept_from=4))

    assert _results(*entries) == [LONG]
