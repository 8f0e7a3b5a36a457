"""Personal data in texts: addresses and numbers that belong to people, each checked beyond its form where that goes."""

import re
from collections.abc import Iterator
from enum import StrEnum

from eaa.engine.llm.safety.secrets import Found


class PersonalData(StrEnum):
    """A kind of personal data that a policy can mask."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    """Payment card numbers with a right check digit."""
    IBAN = "iban"
    """Bank accounts with a right check sum."""
    IP_ADDRESS = "ip"


_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
_PHONE = re.compile(r"(?<![\w.+-])\+\d{1,3}[ .\-/]?(?:\(\d{1,5}\)[ .\-/]?)?\d(?:[ .\-/]?\d){5,13}(?![\w-])")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
_IP = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.])")
_IBAN_LENGTHS = range(15, 35)
_NOBODYS = ("127.", "0.", "10.", "192.168.", "169.254.", "255.")
"""Addresses that name no person: loopback, private networks, masks."""


def find_personal(text: str, kinds: frozenset[PersonalData]) -> Iterator[Found]:
    """Yield the personal data of some kinds in a text; what overlaps is given more than once."""
    if PersonalData.EMAIL in kinds and "@" in text:
        yield from (_found(match, PersonalData.EMAIL) for match in _EMAIL.finditer(text))
    if PersonalData.PHONE in kinds and "+" in text:
        yield from (_found(match, PersonalData.PHONE) for match in _PHONE.finditer(text))
    if PersonalData.CARD in kinds:
        yield from (_found(match, PersonalData.CARD) for match in _CARD.finditer(text) if is_card(match.group()))
    if PersonalData.IBAN in kinds:
        yield from (_found(match, PersonalData.IBAN) for match in _IBAN.finditer(text) if is_iban(match.group()))
    if PersonalData.IP_ADDRESS in kinds:
        matches = (match for match in _IP.finditer(text) if not match.group().startswith(_NOBODYS))
        yield from (_found(match, PersonalData.IP_ADDRESS) for match in matches)


def is_card(number: str) -> bool:
    """Return whether a number has a payment card's check digit. Source: ISO/IEC 7812-1, Luhn."""
    digits = [int(character) for character in number if character.isdigit()]
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2]]
    return len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Return whether a text has an account's check sum. Source: ISO 13616, mod 97."""
    compact = text.replace(" ", "")
    if len(compact) not in _IBAN_LENGTHS:
        return False
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def _found(match: re.Match[str], kind: PersonalData) -> Found:
    return Found(match.start(), match.end(), kind)
