"""A model's design, held against the project."""

import pytest

from eaa.roles.sa.deciding import Design, NamedAlternative, NamedComponent, NamedInterface, decision_of

PATHS = ("shop/cart.py", "shop/pay.py")
SYMBOLS = ("total", "Cart.add")


def design(*paths: str, interfaces: tuple[str, ...] = (), diagram: str = "") -> Design:
    """Make a design with a component for each path."""
    return Design(
        components=tuple(NamedComponent("A  part\nof it", path) for path in paths),
        interfaces=tuple(NamedInterface(name, "takes a discount") for name in interfaces),
        pattern="A parameter with a default,\nas elsewhere.",
        alternatives=(NamedAlternative("A class of discounts", "nothing else needs one"),),
        risks=("Callers pass it twice.",),
        diagram=diagram,
    )


def test_what_is_there_and_what_is_new_are_told_apart() -> None:
    found = decision_of(
        design("shop/cart.py", "./shop", "shop/discounts.py", interfaces=("shop.cart.total()", "Cart.add", "rebate")),
        paths=PATHS,
        symbols=SYMBOLS,
    )

    assert found is not None
    assert [(one.path, one.is_new) for one in found.components] == [
        ("shop/cart.py", False),
        ("shop", False),
        ("shop/discounts.py", True),
    ]
    assert [(one.symbol, one.is_new) for one in found.interfaces] == [
        ("shop.cart.total()", False),
        ("Cart.add", False),
        ("rebate", True),
    ]
    assert found.components[0].name == "A part of it"
    assert found.pattern == "A parameter with a default, as elsewhere."


@pytest.mark.parametrize("path", ["/etc/passwd", "../other", ".git/hooks", "shop/../../x", "~/x", ""])
def test_a_part_outside_of_the_project_is_dropped(path: str) -> None:
    found = decision_of(design(path, "shop/pay.py"), paths=PATHS, symbols=SYMBOLS)

    assert found is not None
    assert [one.path for one in found.components] == ["shop/pay.py"]
    assert decision_of(design(path), paths=PATHS, symbols=SYMBOLS) is None


@pytest.mark.parametrize(
    ("diagram", "kept"),
    [
        ("flowchart LR\n  cart --> pay", "flowchart LR\n  cart --> pay"),
        ("```mermaid\nflowchart LR\n  a --> b\n```", "flowchart LR\n  a --> b"),
        ("A picture of a cart", ""),
        ('flowchart LR\n  click a href "javascript:alert(1)"', ""),
        ("flowchart LR\n  %%{init: {}}%%\n  a --> b", ""),
        ("", ""),
    ],
    ids=["plain", "fenced", "words", "a script", "a directive", "none"],
)
def test_only_a_diagram_that_draws_and_nothing_else_is_kept(diagram: str, kept: str) -> None:
    found = decision_of(design("shop/cart.py", diagram=diagram), paths=PATHS, symbols=SYMBOLS)

    assert found is not None
    assert found.diagram == kept
