"""The import rule that says which third parties a room may use."""

from grimp import ImportGraph

from scripts.import_contracts import ThirdParties


def graph_where(importer: str, imported: str) -> ImportGraph:
    graph = ImportGraph()
    for module in ("eaa", "eaa.engine", "eaa.engine.host", "eaa.kit", importer):
        graph.add_module(module)
    graph.add_module(imported, is_squashed=not imported.startswith("eaa"))
    graph.add_import(importer=importer, imported=imported)
    return graph


def is_kept(importer: str, imported: str, **options: object) -> bool:
    contract = ThirdParties(
        name="a room",
        session_options={"root_packages": ["eaa"]},
        contract_options={"modules": ["eaa.engine"], "allowed": ["msgspec"], **options},
    )
    return contract.check(graph_where(importer, imported), verbose=False).kept


def test_the_standard_library_our_own_package_and_named_third_parties_are_allowed() -> None:
    assert is_kept("eaa.engine.loop", "json")
    assert is_kept("eaa.engine.loop", "eaa.kit")
    assert is_kept("eaa.engine.loop", "msgspec")


def test_any_other_third_party_is_not() -> None:
    assert not is_kept("eaa.engine.loop", "sqlalchemy")


def test_a_module_that_another_contract_looks_after_is_passed_over() -> None:
    assert is_kept("eaa.engine.host.main", "pytest", except_modules=["eaa.engine.host"])


def test_code_that_travels_alone_may_not_use_our_own_package() -> None:
    assert is_kept("eaa.engine.host.main", "eaa.engine.host", modules=["eaa.engine.host"], alone="true")
    assert not is_kept("eaa.engine.host.main", "eaa.kit", modules=["eaa.engine.host"], alone="true")
