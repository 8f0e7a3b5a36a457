"""What belongs to a machine and its people leaves a record."""

import base64

from eaa.engine.redaction import Redactor

TOKEN = "ghp_" + "a" * 36


def test_secrets_go_by_value_and_by_form() -> None:
    redactor = Redactor(secrets=("correct-horse-battery",))

    assert redactor.text("pass: correct-horse-battery") == "pass: [known secret removed]"
    assert redactor.text(f"token {TOKEN}") == "token [GitHub token removed]"
    assert redactor.replaced == 2


def test_a_folder_inside_another_one_has_a_mark_of_its_own() -> None:
    redactor = Redactor(places=(("/home/alice", "<home>"), ("/home/alice/shop/", "<repository>")))

    assert redactor.text("/home/alice/shop/a.py and /home/alice/.eaa") == "<repository>/a.py and <home>/.eaa"
    assert redactor.text("/home/alice2/shop and /home/alice-old") == "/home/alice2/shop and /home/alice-old"


def test_names_go_as_whole_words_and_names_that_tell_nobody_stay() -> None:
    redactor = Redactor(names=("alice", "root", "al"))

    assert redactor.text("alice@host, alice's malice, root, al") == "<name>@host, <name>'s malice, root, al"


def test_doing_it_again_changes_nothing() -> None:
    redactor = Redactor(secrets=("correct-horse-battery",), places=(("/home/alice", "<home>"),), names=("alice",))
    once = redactor.text(f"/home/alice {TOKEN} alice correct-horse-battery")

    assert redactor.text(once) == once


def test_files_in_a_record_are_cleaned_as_texts_and_pictures_stay() -> None:
    redactor = Redactor()
    text, picture = f"KEY = '{TOKEN}'\n".encode(), b"\x89PNG\xff\xfe"

    def clean(content: bytes) -> bytes:
        file = {"path": "a", "content": base64.b64encode(content).decode(), "mode": "100644"}
        cleaned = redactor.value({"changes": [file]})
        return base64.b64decode(cleaned["changes"][0]["content"])  # type: ignore[index]

    assert clean(text) == b"KEY = '[GitHub token removed]'\n"
    assert clean(picture) == picture
