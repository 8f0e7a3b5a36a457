from eaa.engine.llm.answers.code_blocks import CodeBlock, code_blocks


def test_blocks_come_in_their_order_with_language_and_info() -> None:
    text = "Here:\n```Python title=app.py\nx = 1\n```\nand\n~~~\nplain\n~~~\n"

    assert code_blocks(text) == (
        CodeBlock("python", "Python title=app.py", "x = 1\n", is_closed=True),
        CodeBlock("", "", "plain\n", is_closed=True),
    )


def test_a_shorter_fence_inside_is_code() -> None:
    text = "````markdown\n```python\nx\n```\n````\n"

    (block,) = code_blocks(text)

    assert block.code == "```python\nx\n```\n"


def test_a_block_that_the_answer_did_not_finish_says_so() -> None:
    (block,) = code_blocks("```\nhalf a li")

    assert (block.code, block.is_closed) == ("half a li\n", False)


def test_the_indent_of_the_fence_is_taken_off() -> None:
    (block,) = code_blocks("  ```\n  a\n    b\n c\n  ```")

    assert block.code == "a\n  b\nc\n"


def test_backticks_within_a_line_open_nothing() -> None:
    assert code_blocks("``` not `a` fence\nx\n") == ()
