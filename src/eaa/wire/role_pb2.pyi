import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CallState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALL_STATE_UNSPECIFIED: _ClassVar[CallState]
    CALL_STATE_QUEUED: _ClassVar[CallState]
    CALL_STATE_RUNNING: _ClassVar[CallState]
    CALL_STATE_DONE: _ClassVar[CallState]
    CALL_STATE_FAILED: _ClassVar[CallState]
    CALL_STATE_CANCELLED: _ClassVar[CallState]
CALL_STATE_UNSPECIFIED: CallState
CALL_STATE_QUEUED: CallState
CALL_STATE_RUNNING: CallState
CALL_STATE_DONE: CallState
CALL_STATE_FAILED: CallState
CALL_STATE_CANCELLED: CallState

class DescribeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Description(_message.Message):
    __slots__ = ("role", "version", "slot", "replicas", "limits", "waiting", "working")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    REPLICAS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    WORKING_FIELD_NUMBER: _ClassVar[int]
    role: str
    version: str
    slot: str
    replicas: _containers.RepeatedCompositeFieldContainer[Replica]
    limits: Limits
    waiting: int
    working: int
    def __init__(self, role: _Optional[str] = ..., version: _Optional[str] = ..., slot: _Optional[str] = ..., replicas: _Optional[_Iterable[_Union[Replica, _Mapping]]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., waiting: _Optional[int] = ..., working: _Optional[int] = ...) -> None: ...

class Replica(_message.Message):
    __slots__ = ("slot", "host", "is_draining")
    SLOT_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    IS_DRAINING_FIELD_NUMBER: _ClassVar[int]
    slot: str
    host: str
    is_draining: bool
    def __init__(self, slot: _Optional[str] = ..., host: _Optional[str] = ..., is_draining: _Optional[bool] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("at_once", "everywhere", "an_organisation", "starts_a_minute")
    AT_ONCE_FIELD_NUMBER: _ClassVar[int]
    EVERYWHERE_FIELD_NUMBER: _ClassVar[int]
    AN_ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    STARTS_A_MINUTE_FIELD_NUMBER: _ClassVar[int]
    at_once: int
    everywhere: int
    an_organisation: int
    starts_a_minute: int
    def __init__(self, at_once: _Optional[int] = ..., everywhere: _Optional[int] = ..., an_organisation: _Optional[int] = ..., starts_a_minute: _Optional[int] = ...) -> None: ...

class AskRequest(_message.Message):
    __slots__ = ("brief_blob", "brief_json", "run_id", "generation", "idempotency_key", "priority", "wait_s", "cancels_with_caller")
    BRIEF_BLOB_FIELD_NUMBER: _ClassVar[int]
    BRIEF_JSON_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    WAIT_S_FIELD_NUMBER: _ClassVar[int]
    CANCELS_WITH_CALLER_FIELD_NUMBER: _ClassVar[int]
    brief_blob: str
    brief_json: bytes
    run_id: str
    generation: int
    idempotency_key: str
    priority: int
    wait_s: float
    cancels_with_caller: bool
    def __init__(self, brief_blob: _Optional[str] = ..., brief_json: _Optional[bytes] = ..., run_id: _Optional[str] = ..., generation: _Optional[int] = ..., idempotency_key: _Optional[str] = ..., priority: _Optional[int] = ..., wait_s: _Optional[float] = ..., cancels_with_caller: _Optional[bool] = ...) -> None: ...

class StatusRequest(_message.Message):
    __slots__ = ("call_id",)
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    def __init__(self, call_id: _Optional[str] = ...) -> None: ...

class CancelRequest(_message.Message):
    __slots__ = ("call_id",)
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    def __init__(self, call_id: _Optional[str] = ...) -> None: ...

class Call(_message.Message):
    __slots__ = ("id", "role", "run_id", "generation", "name", "state", "owner_slot", "created_at", "started_at", "ended_at", "brief_blob", "outcome", "fault")
    ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OWNER_SLOT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    BRIEF_BLOB_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    id: str
    role: str
    run_id: str
    generation: int
    name: str
    state: CallState
    owner_slot: str
    created_at: _timestamp_pb2.Timestamp
    started_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    brief_blob: str
    outcome: Outcome
    fault: Fault
    def __init__(self, id: _Optional[str] = ..., role: _Optional[str] = ..., run_id: _Optional[str] = ..., generation: _Optional[int] = ..., name: _Optional[str] = ..., state: _Optional[_Union[CallState, str]] = ..., owner_slot: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., brief_blob: _Optional[str] = ..., outcome: _Optional[_Union[Outcome, _Mapping]] = ..., fault: _Optional[_Union[Fault, _Mapping]] = ...) -> None: ...

class Outcome(_message.Message):
    __slots__ = ("blob", "artefact_json", "skipped")
    BLOB_FIELD_NUMBER: _ClassVar[int]
    ARTEFACT_JSON_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    blob: str
    artefact_json: bytes
    skipped: str
    def __init__(self, blob: _Optional[str] = ..., artefact_json: _Optional[bytes] = ..., skipped: _Optional[str] = ...) -> None: ...

class Fault(_message.Message):
    __slots__ = ("code", "message", "hint", "facts_json")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    FACTS_JSON_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    hint: str
    facts_json: bytes
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., hint: _Optional[str] = ..., facts_json: _Optional[bytes] = ...) -> None: ...

class StreamLogRequest(_message.Message):
    __slots__ = ("call_id", "after_event")
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_EVENT_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    after_event: str
    def __init__(self, call_id: _Optional[str] = ..., after_event: _Optional[str] = ...) -> None: ...

class LogEntry(_message.Message):
    __slots__ = ("call", "event")
    CALL_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    call: Call
    event: RunEvent
    def __init__(self, call: _Optional[_Union[Call, _Mapping]] = ..., event: _Optional[_Union[RunEvent, _Mapping]] = ...) -> None: ...

class RunEvent(_message.Message):
    __slots__ = ("id", "type", "at", "data_json")
    ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    DATA_JSON_FIELD_NUMBER: _ClassVar[int]
    id: str
    type: str
    at: _timestamp_pb2.Timestamp
    data_json: bytes
    def __init__(self, id: _Optional[str] = ..., type: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., data_json: _Optional[bytes] = ...) -> None: ...
