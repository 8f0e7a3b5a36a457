"""How often a run may be worked on by processes that then are gone, before it is taken for what ends them."""

MOST_TAKEOVERS = 10
"""In a row, without a step that ended: then the run itself may be what ends its processes.

Where a process dies every few seconds for other reasons, half a dozen in a row is chance.
"""
ALONE_AFTER = 3
"""So many in a row, and a run is worked on with no other beside it, in its dispatcher and by the roles: if it is what
ends its processes, it ends no other run's work any more; if it is not, it gets on."""
