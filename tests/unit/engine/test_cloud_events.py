"""Events as other programs see them."""

from eaa.engine.cloud_events import cloud_event
from tests.makers import make_event


def test_a_type_of_a_later_release_is_told_without_a_version() -> None:
    assert cloud_event(make_event(event_type="run.started")).dataschema == "urn:eaa:event:run.started:1"
    assert cloud_event(make_event(event_type="run.of_tomorrow")).dataschema == "urn:eaa:event:run.of_tomorrow"
