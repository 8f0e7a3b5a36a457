"""`eaa prompts …`: the prompt files that are in force, what they need, and what becomes of them."""

from pathlib import Path

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import Tone, print_facts, print_json, print_text
from eaa.domain.errors import InvalidRequest
from eaa.domain.prompt import Prompt
from eaa.engine.llm.prompts import find_prompt, render
from eaa.settings import load_settings
from eaa.wiring.llm import prompt_files


async def list_prompts(*, is_json: bool) -> int:
    """Print every prompt's name, version, source and purpose."""
    files = prompt_files(load_settings())
    prompts = [find_prompt(name, files=files) for name in files.names()]
    if is_json:
        print_json({"prompts": [_facts(prompt) for prompt in prompts]})
        return ExitCode.DONE
    print_facts([(one.name, f"version {one.version}, {one.source}: {one.description}", Tone.PLAIN) for one in prompts])
    return ExitCode.DONE


async def show_prompt(name: str, *, is_json: bool) -> int:
    """Print one prompt: its inputs, its hash and its template."""
    prompt = find_prompt(name, files=prompt_files(load_settings()))
    if is_json:
        print_json(_facts(prompt) | {"template": prompt.body})
        return ExitCode.DONE
    needs = ", ".join(sorted(prompt.needs)) or "nothing in particular"
    print_facts(
        [
            ("version", f"{prompt.version}, sha256 {prompt.sha256}", Tone.PLAIN),
            ("source", prompt.source, Tone.PLAIN),
            ("needs", f"{needs}; tier {prompt.tier or 'any'}", Tone.PLAIN),
            *((one.name, f"at most {one.limit_bytes} bytes: {one.description}", Tone.PLAIN) for one in prompt.inputs),
        ]
    )
    print_text(prompt.body)
    return ExitCode.DONE


async def render_prompt(name: str, inputs: tuple[str, ...], *, is_json: bool) -> int:
    """Print a prompt with its gaps filled in.

    Raises:
        InvalidRequest: An input is not NAME=TEXT or NAME=@FILE, or its file cannot be read.
        PromptInvalid: The prompt cannot be filled in with these.
    """
    prompt = find_prompt(name, files=prompt_files(load_settings()))
    text = render(prompt, dict(map(_input, inputs)))
    if is_json:
        print_json({"name": prompt.name, "sha256": prompt.sha256, "text": text})
    else:
        print_text(text)
    return ExitCode.DONE


def _input(said: str) -> tuple[str, str]:
    name, equals, value = said.partition("=")
    if not equals:
        raise InvalidRequest(f"{said!r} fills no gap", hint="Write NAME=TEXT, or NAME=@FILE.")
    if not value.startswith("@"):
        return name, value
    try:
        return name, Path(value[1:]).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InvalidRequest(f"{value[1:]} cannot be read: {error.strerror}", hint="Name a readable file.") from error


def _facts(prompt: Prompt) -> dict[str, object]:
    return {
        "name": prompt.name,
        "version": prompt.version,
        "description": prompt.description,
        "sha256": prompt.sha256,
        "source": prompt.source,
        "needs": sorted(prompt.needs),
        "tier": prompt.tier,
        "answer_schema": prompt.answer_schema_json,
        "inputs": [
            {
                "name": one.name,
                "description": one.description,
                "limit_bytes": one.limit_bytes,
                "is_required": one.is_required,
            }
            for one in prompt.inputs
        ],
    }
