import pytest
from hypothesis import given
from hypothesis import strategies as st

from eaa.engine.llm.safety.secrets import find_secrets, without_secrets

LETTERS = "AbCdEf0123456789" * 4
FORMS = {
    "GitHub token": "ghp_" + LETTERS[:36],
    "GitLab token": "glpat-" + LETTERS[:20],
    "AWS access key": "AKIA" + "QWERTYUIOP234567",
    "Slack token": "xoxb-" + "1234567890-" * 3,
    "Anthropic key": "sk-ant-" + LETTERS[:30],
    "OpenAI key": "sk-proj-" + LETTERS[:40],
    "Google key": "AIza" + LETTERS[:35],
    "npm token": "npm_" + LETTERS[:36],
    "JSON web token": f"eyJ{LETTERS[:12]}.eyJ{LETTERS[:20]}.{LETTERS[:20]}",
    "private key": "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----",
}


@pytest.mark.parametrize("what", FORMS)
def test_a_secret_is_known_by_its_form(what: str) -> None:
    text = f"Use {FORMS[what]} here."

    found = find_secrets(text)

    assert [one.what for one in found] == [what]
    assert without_secrets(text, found) == f"Use [{what} removed] here."


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgres://eaa:hunter2hunter@db.local/eaa", "hunter2hunter"),
        ("aws_secret_access_key = " + "k" * 40, "k" * 40),
        ("Authorization: Bearer " + LETTERS[:30], LETTERS[:30]),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz and the rest was cut", "b3BlbnNz"),
    ],
)
def test_only_the_secret_part_is_removed(text: str, secret: str) -> None:
    assert secret not in without_secrets(text, find_secrets(text))


@pytest.mark.parametrize(
    "text",
    [
        "git checkout 3a4f88c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7",
        "import sk_learn as sk; sk-learn is fine; risk-averse-and-very-long-hyphenated-words-are-not-keys",
        "https://example.org/path?x=1 and ssh://git@example.org/repo.git",
        "sha256:" + "0" * 64,
        "Bearer of bad news",
        "AKIA is a prefix, ghp_ too",
    ],
)
def test_innocent_texts_stay_as_they_are(text: str) -> None:
    assert find_secrets(text) == ()


def test_a_known_secret_is_found_wherever_it_stands() -> None:
    text = "s3cr3t-value in a url: http://x/?k=s3cr3t-value"

    assert without_secrets(text, find_secrets(text, values=["s3cr3t-value", "url"])) == (
        "[known secret removed] in a url: http://x/?k=[known secret removed]"
    )


@given(before=st.text(max_size=40), after=st.text(max_size=40), value=st.text("abcXYZ019_-", min_size=8, max_size=30))
def test_no_known_secret_survives(before: str, after: str, value: str) -> None:
    text = f"{before}{value}{after}{value}"

    cleaned = without_secrets(text, find_secrets(text, values=[value]))

    assert value not in cleaned.replace("[known secret removed]", "\0")
