from eaa.engine.llm.safety.innocent import InnocentTexts

TOKEN = "ghp_" + "a1B2" * 9


def test_a_text_is_innocent_each_time_and_one_with_a_secret_never() -> None:
    texts = InnocentTexts()

    assert [texts.holds("plain words", ()) for _ in range(2)] == [True, True]
    assert [texts.holds(f"token {TOKEN}", ()) for _ in range(2)] == [False, False]


def test_a_text_known_as_innocent_is_searched_again_when_a_new_secret_is_known() -> None:
    texts = InnocentTexts()
    assert texts.holds("the password is swordfish-7", ())

    assert not texts.holds("the password is swordfish-7", ("swordfish-7",))


def test_what_is_remembered_is_bounded() -> None:
    texts = InnocentTexts(most_characters=100)

    for number in range(50):
        assert texts.holds(f"text number {number:04}", ())

    assert sum(map(len, texts._texts)) <= 100
    assert texts._characters == sum(map(len, texts._texts))
