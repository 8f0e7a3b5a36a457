"""Providers that everybody knows: their addresses, formats and the usual names of their keys.

Source: the providers' own references, checked 2026-11.
"""

from collections.abc import Mapping
from types import MappingProxyType

from eaa.domain.model import Dialect, Provider


def _house(name: str, dialect: Dialect, base_url: str, key_environment: str | None) -> Provider:
    return Provider(name=name, dialect=dialect, base_url=base_url, key_environment=key_environment)


HOUSES: Mapping[str, Provider] = MappingProxyType(
    {
        house.name: house
        for house in (
            _house("openai", Dialect.OPENAI, "https://api.openai.com/v1", "OPENAI_API_KEY"),
            _house("anthropic", Dialect.ANTHROPIC, "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
            _house("gemini", Dialect.GEMINI, "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY"),
            _house("openrouter", Dialect.OPENAI, "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
            _house("deepseek", Dialect.OPENAI, "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
            _house("groq", Dialect.OPENAI, "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
            _house("mistral", Dialect.OPENAI, "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
            _house("ollama", Dialect.OPENAI, "http://127.0.0.1:11434/v1", None),
        )
    }
)
