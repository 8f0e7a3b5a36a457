"""The six roles."""

from enum import StrEnum


class RoleName(StrEnum):
    """Who does the work."""

    PM = "pm"
    SA = "sa"
    RD = "rd"
    SD = "sd"
    QA = "qa"
    SRE = "sre"
