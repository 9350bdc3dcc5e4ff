"""Forged messages to a server in class mode, and their content."""

from random import Random

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from dashboard import guard
from mlcl_core.bench import forged_messages
from mlcl_core.bench.faults_class import SHARES, faults_class


@pytest.mark.slow
def test_nothing_that_a_viewer_sends_acts() -> None:
    """A real server, a small seeded sample of each kind; before and after it a message of the teacher acts."""
    numbers = faults_class(tries=24, seed=12)
    assert sum(numbers["tries"].values()) == 24
    assert set(numbers["tries"]) == set(SHARES)
    assert numbers["acted"] == []
    assert numbers["tracebacks"] == 0
    assert numbers["answers"]


def test_every_field_of_a_widget_is_forged() -> None:
    """All fields of the protocol except Arrow tables, which no widget takes; equal seeds, equal messages."""
    fields = {field.name for field in WidgetState.DESCRIPTOR.fields} - {"id", "arrow_value"}
    assert set(forged_messages.FIELDS) == fields
    widgets = 70 * [("a", "slider"), ("b", "bidi_component"), ("c", "something new")]
    made = [forged_messages.states(Random(3), widgets) for _ in range(2)]
    assert [one.SerializeToString() for one in made[0]] == [one.SerializeToString() for one in made[1]]
    assert {one.WhichOneof("value") for one in made[0]} == fields


def test_of_what_a_browser_may_ask_a_class_takes_what_pages_need() -> None:
    """Of all kinds of messages and operations of the protocol, four are accepted."""
    kinds = set()
    for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields:
        message = BackMsg()
        if field.name == "backend_operation_request":
            payload = message.backend_operation_request.DESCRIPTOR.oneofs_by_name["payload"]
            for one in payload.fields:
                message = BackMsg()
                getattr(message.backend_operation_request, one.name).SetInParent()
                kinds.add(guard.kind_of(message))
            continue
        if field.message_type is None:
            setattr(message, field.name, True)
        else:
            getattr(message, field.name).SetInParent()
        kinds.add(guard.kind_of(message))
    assert kinds >= guard.ACCEPTED
    assert {"clear_cache", "load_git_info", "install_skills", "file_urls_request", "set_run_on_save"} <= kinds
    assert guard.kind_of(BackMsg()) == "None"
