"""What the code map is made of."""

from eaa.domain.ids import TestId
from eaa.domain.kind import Kind
from eaa.domain.language import Import, Symbol, SymbolKind
from eaa.domain.test_report import Outcome, TestResult
from eaa.roles.sa.analysis import (
    components_of,
    importers_of,
    module_names,
    named_symbols,
    rank_paths,
    used_elsewhere,
)
from eaa.roles.sa.decision import decision_needed
from eaa.roles.sa.owners import owners_of
from eaa.roles.sa.sources import SourceFile


def symbol(name: str, path: str = "shop/cart.py") -> Symbol:
    """Make a public function."""
    return Symbol(path, name, SymbolKind.FUNCTION, 1, 3, f"def {name}()", is_public=not name.startswith("_"))


def source(path: str, *symbols: Symbol, imports: tuple[Import, ...] = ()) -> SourceFile:
    """Make a parsed file."""
    return SourceFile(path, b"", symbols, imports)


def test_a_common_word_is_a_symbol_only_where_it_is_written_as_code() -> None:
    files = [source("shop/cart.py", symbol("run"), symbol("read_text"), symbol("Cart"), symbol("__init__"))]

    found = named_symbols(files, frozenset({"run", "read_text", "Cart", "__init__"}), frozenset())
    as_code = named_symbols(files, frozenset(), frozenset({"run"}))

    assert [entry.qualified_name for entry in found] == ["read_text", "Cart"]
    assert [entry.qualified_name for entry in as_code] == ["run"]


def test_modules_are_named_from_their_import_roots() -> None:
    names = module_names(["src/shop/__init__.py", "src/shop/cart.py"], ["src"])

    assert names["shop"] == "src/shop/__init__.py"
    assert names["shop.cart"] == "src/shop/cart.py"


def test_importers_are_found_by_module_and_by_name() -> None:
    modules = {"shop.cart": "shop/cart.py", "shop.tax": "shop/tax.py"}
    files = [
        source("a.py", imports=(Import("a.py", 1, "shop", ("cart",)),)),
        source("b.py", imports=(Import("b.py", 1, "shop.cart", ("Cart",)),)),
    ]

    assert importers_of(["shop/cart.py", "shop/tax.py"], files, modules) == (("shop/cart.py", ("a.py", "b.py")),)


def test_paths_are_ranked_by_what_points_to_them_and_say_what() -> None:
    ranked = rank_paths(
        symbols=[symbol("total", "shop/tax.py")],
        text="cart.py is wrong",
        failing=[TestResult(TestId("t"), Outcome.RAISED, path="shop/tax.py", line=4)],
        imported_by_failing=["shop/money.py", "shop/tax.py"],
        churn={"shop/other.py": 50},
        source_paths=["shop/cart.py", "shop/tax.py", "shop/money.py", "shop/other.py"],
    )

    assert [path for path, _ in ranked] == ["shop/tax.py", "shop/cart.py", "shop/money.py"]
    assert ranked[0][1] == "line 4 raises in a failing test; defines total; imported by a failing test"


def test_churn_orders_only_equals() -> None:
    ranked = rank_paths(
        symbols=[],
        text="",
        failing=[],
        imported_by_failing=["a.py", "b.py"],
        churn={"b.py": 3},
        source_paths=["a.py", "b.py"],
    )

    assert [path for path, _ in ranked] == ["b.py", "a.py"]


def test_components_are_the_packages_below_the_import_roots() -> None:
    assert components_of(["src/shop/a.py", "src/shop/b.py", "tools/c.py", "d.py"], ["src", "."]) == (
        "shop",
        "tools",
        "d",
    )


def test_the_last_matching_rule_owns_a_path() -> None:
    rules = "# who\n* @all\n*.py @core\n/docs/ @writers\nsrc/**/gen.py\nlib/*.c @c @d\n"

    owners = dict(owners_of(["a.txt", "src/a.py", "docs/x/y.md", "src/x/gen.py", "lib/a.c", "lib/x/a.c"], rules))

    assert owners == {
        "a.txt": "@all",
        "src/a.py": "@core",
        "docs/x/y.md": "@writers",
        "lib/a.c": "@c @d",
        "lib/x/a.c": "@all",
    }


def test_a_decision_is_needed_for_components_schemas_and_dependencies() -> None:
    assert decision_needed("Fix it", ["shop"], ["shop/a.py"], kind=None) == ""
    assert "2 components" in decision_needed("Fix it", ["shop", "tax"], [], kind=None)
    assert "schema" in decision_needed("Add a migration", ["shop"], [], kind=None)
    assert "dependency" in decision_needed("Add a dependency on yaml", ["shop"], [], kind=None)


def test_a_feature_of_a_name_that_others_use_needs_a_decision_and_a_bug_of_it_none() -> None:
    used = ["total"]

    assert "interface" in decision_needed("Take a discount", ["shop"], [], kind=Kind.FEATURE, used_elsewhere=used)
    assert decision_needed("It is wrong", ["shop"], [], kind=Kind.BUG, used_elsewhere=used) == ""


def test_a_name_is_used_elsewhere_when_another_source_file_calls_it() -> None:
    symbols = [symbol("total", "shop/cart.py"), symbol("_round", "shop/cart.py"), symbol("pay", "shop/pay.py")]
    callers = [
        ("total", ["shop/cart.py:9", "shop/pay.py:3"]),
        ("_round", ["shop/pay.py:4"]),
        ("pay", ["tests/test_pay.py:1", "shop/pay.py:9"]),
    ]

    assert used_elsewhere(symbols, callers, ["shop/cart.py", "shop/pay.py"]) == ("total",)
