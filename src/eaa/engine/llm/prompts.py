"""Prompt files read, checked and filled in.

A file begins with TOML between two lines of `+++`, then the template. Templates are Jinja2, strict and sandboxed: a gap
that nobody fills is an error, and a template reaches nothing but its inputs.
"""

import json
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from jinja2 import DictLoader, StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from eaa.domain.model import Capability, Tier
from eaa.domain.model_errors import PromptInvalid
from eaa.domain.prompt import Prompt, PromptInput
from eaa.kit.bounded import bound_bytes
from eaa.kit.digest import sha256_hex
from eaa.ports.prompts import PromptFile, PromptFiles

FENCE = "+++"
LARGEST_FILE_BYTES = 256 * 1024
LARGEST_PROMPT_BYTES = 4 * 1024 * 1024
"""Of what a template makes of its inputs, all together."""
_DEFAULT_INPUT_BYTES = 64 * 1024
_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]


class _Input(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    description: str
    limit_bytes: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_PROMPT_BYTES)] = _DEFAULT_INPUT_BYTES
    required: bool = True


class _Head(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    version: Annotated[int, msgspec.Meta(ge=1)]
    description: str
    inputs: dict[_Name, _Input] = {}
    answer_schema: dict[str, Any] | None = None
    needs: frozenset[Capability] = frozenset()
    tier: Tier | None = None


_environment = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True, loader=DictLoader({})
)
_TEMPLATE_FAULTS = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError)
"""What a template may raise while it is filled in: Jinja2's own errors and those of its expressions."""


def find_prompt(name: str, *, files: PromptFiles) -> Prompt:
    """Return a prompt by its name.

    Raises:
        PromptInvalid: There is none, or its file cannot be used.
    """
    file = files.read(name)
    if file is None:
        known = ", ".join(files.names()) or "none"
        raise PromptInvalid(f"no prompt is called {name!r}", hint=f"Prompts are: {known}.")
    return read_prompt(file)


def read_prompt(file: PromptFile) -> Prompt:
    """Return what a file says.

    Raises:
        PromptInvalid: It is too large, not text, has no head, or its template and its inputs do not agree.
    """
    if len(file.content) > LARGEST_FILE_BYTES:
        raise _invalid(file, "it is larger than 256 KiB")
    try:
        text = file.content.decode()
    except UnicodeDecodeError:
        raise _invalid(file, "it is not UTF-8") from None
    head, body = _split(file, text)
    prompt = Prompt(
        name=file.name,
        version=head.version,
        description=head.description,
        inputs=tuple(
            PromptInput(name, said.description, said.limit_bytes, said.required) for name, said in head.inputs.items()
        ),
        answer_schema_json=None if head.answer_schema is None else json.dumps(head.answer_schema),
        needs=head.needs,
        tier=head.tier,
        body=body,
        sha256=sha256_hex(file.content),
        source=file.source,
    )
    _check_gaps(file, prompt)
    return prompt


def render(prompt: Prompt, values: Mapping[str, str]) -> str:
    """Return the prompt with its gaps filled in, every value cut to its limit. Inputs that may be left out are empty.

    Raises:
        PromptInvalid: A value is missing or unknown, the template fails, or the whole is larger than 4 MiB.
    """
    known = {one.name: one for one in prompt.inputs}
    unknown = sorted(set(values) - set(known))
    missing = [one.name for one in prompt.inputs if one.is_required and one.name not in values]
    if unknown or missing:
        words = [f"needs {', '.join(missing)}"] if missing else []
        words += [f"knows no {', '.join(unknown)}"] if unknown else []
        raise PromptInvalid(
            f"prompt {prompt.name} {' and '.join(words)}", hint=f"Its inputs are: {', '.join(known) or 'none'}."
        )
    filled = {name: bound_bytes(values.get(name, ""), limit_bytes=one.limit_bytes) for name, one in known.items()}
    try:
        text = _template(prompt.body).render(filled)
    except _TEMPLATE_FAULTS as error:
        raise PromptInvalid(f"prompt {prompt.name} cannot be filled in: {error}") from error
    if len(text.encode(errors="replace")) > LARGEST_PROMPT_BYTES:
        raise PromptInvalid(f"prompt {prompt.name} becomes larger than 4 MiB", hint="Lower the limits of its inputs.")
    return text.strip()


@lru_cache(maxsize=256)
def _template(body: str) -> Template:
    return _environment.from_string(body)


def _split(file: PromptFile, text: str) -> tuple[_Head, str]:
    first, _, rest = text.partition("\n")
    toml, fence, body = rest.partition(f"\n{FENCE}\n")
    if first.strip() != FENCE or not fence:
        raise _invalid(file, f"it does not begin with TOML between two lines of {FENCE}")
    try:
        return msgspec.convert(tomllib.loads(toml), _Head), body
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _invalid(file, f"its head cannot be used: {error}") from error


def _check_gaps(file: PromptFile, prompt: Prompt) -> None:
    try:
        gaps = meta.find_undeclared_variables(_environment.parse(prompt.body))
    except TemplateError as error:
        raise _invalid(file, f"its template is broken: {error}") from error
    names = {one.name for one in prompt.inputs}
    if gaps - names:
        raise _invalid(file, f"its template uses {', '.join(sorted(gaps - names))}, which are not inputs")
    if names - gaps:
        raise _invalid(file, f"its template does not use {', '.join(sorted(names - gaps))}")


def _invalid(file: PromptFile, because: str) -> PromptInvalid:
    place = file.name if file.source == "shipped" else file.source
    return PromptInvalid(f"prompt {place}: {because}", hint="`eaa prompts show NAME` shows how a prompt looks.")
