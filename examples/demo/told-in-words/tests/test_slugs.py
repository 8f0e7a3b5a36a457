from slugs import slugify


def test_words_are_joined():
    assert slugify("Hello big World") == "hello-big-world"


def test_nothing_stays_nothing():
    assert slugify("") == ""


def test_one_word():
    assert slugify("Start") == "start"
