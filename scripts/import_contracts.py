"""A contract for import-linter: a room may use only the third parties it names."""

import sys
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class ThirdParties(Contract):
    """Allows the standard library, our own package, and the named third parties; nothing else.

    Fields:
        modules: Packages to check, with everything below them. One that does not exist yet is passed over.
        except_modules: Packages below those that another contract looks after.
        allowed: Top-level names of the third parties allowed.
        alone: When true, our own package outside of the module itself is not allowed either.
    """

    modules = fields.ListField(subfield=fields.StringField())
    except_modules = fields.ListField(subfield=fields.StringField(), required=False, default=[])
    allowed = fields.ListField(subfield=fields.StringField())
    alone = fields.BooleanField(required=False, default=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - set by the interface
        """Return whether every direct import of the modules is allowed."""
        strangers = [
            (importer, imported)
            for root in self._field("modules")
            for importer in _below(graph, root)
            if not any(_is_within(importer, excepted) for excepted in self._field("except_modules"))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not self._may_import(root, imported)
        ]
        return ContractCheck(kept=not strangers, metadata={"strangers": strangers})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that is not allowed."""
        for importer, imported in check.metadata["strangers"]:
            output.print_error(f"- {importer} may not import {imported}", bold=False)
        output.new_line()

    def _may_import(self, root: str, imported: str) -> bool:
        top = imported.partition(".")[0]
        if top == self.session_options["root_packages"][0]:
            return not self._field("alone") or _is_within(imported, root)
        return top in sys.stdlib_module_names or top in self._field("allowed")

    def _field(self, name: str) -> Any:
        # import-linter replaces a field on the class by its parsed value on the instance.
        return getattr(self, name)


def _below(graph: ImportGraph, root: str) -> list[str]:
    return sorted(module for module in graph.modules if _is_within(module, root))


def _is_within(module: str, root: str) -> bool:
    return module == root or module.startswith(f"{root}.")
