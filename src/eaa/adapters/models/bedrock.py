"""Bedrock's Converse format behind AWS keys.

Source: AWS, "Amazon Bedrock Runtime", "Amazon Bedrock API keys", checked 2026-11.
"""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from typing_extensions import override

from eaa.adapters.models import bedrock_answer, bedrock_faults
from eaa.adapters.models.aws_signature import AwsKey, signature_headers
from eaa.adapters.models.bedrock_request import converse_body
from eaa.adapters.models.bedrock_stream import BedrockStream
from eaa.adapters.models.dialect import StreamDecoder, WireDialect, WireRequest
from eaa.adapters.models.post import path_part, post, revealed_key
from eaa.domain.completion import Completion, CompletionRequest, Embeddings
from eaa.domain.model_errors import AnswerMalformed, ModelFault, RequestRefused
from eaa.ports.clock import Clock
from eaa.ports.models import Route

SERVICE = "bedrock"


class BedrockDialect(WireDialect):
    """Converse, whole and streamed. Options: `region`, `auth` (`none`), `thinking`.

    The key is `ACCESS_KEY_ID:SECRET`, `ACCESS_KEY_ID:SECRET:SESSION_TOKEN`, or an API key, which has no colon.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    @override
    def completion_request(self, request: CompletionRequest, route: Route, *, is_stream: bool) -> WireRequest:
        action = "converse-stream" if is_stream else "converse"
        path = f"/model/{path_part(route.model.wire_name)}/{action}"
        return self._proven(post(route, path, converse_body(request, route), proof={}), route)

    @override
    def completion(self, body: bytes, headers: Mapping[str, str]) -> Completion:
        return bedrock_answer.completion(body, headers)

    @override
    def decoder(self, headers: Mapping[str, str]) -> StreamDecoder:
        return BedrockStream(headers)

    @override
    def embedding_request(self, texts: tuple[str, ...], route: Route) -> WireRequest:
        raise RequestRefused(
            "Bedrock's Converse has no embeddings",
            model=route.model.name,
            hint="Choose a model of another provider with `embeddings`.",
        )

    @override
    def embeddings(self, body: bytes, headers: Mapping[str, str]) -> Embeddings:
        raise AnswerMalformed("Bedrock's Converse has no embeddings, and none were asked for")

    @override
    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ModelFault:
        return bedrock_faults.fault(status, headers, body)

    def _proven(self, sent: WireRequest, route: Route) -> WireRequest:
        """Return the request with its signature, or with the API key as it is."""
        key = revealed_key(route)
        if not key or route.provider.option("auth") == "none":
            return sent
        access_key_id, colon, rest = key.partition(":")
        if not colon:
            return replace(sent, headers={**sent.headers, "Authorization": f"Bearer {key}"})
        secret, _, session_token = rest.partition(":")
        proof = signature_headers(
            "POST",
            sent.url,
            {"Content-Type": sent.headers["Content-Type"]},
            sent.body,
            key=AwsKey(access_key_id=access_key_id, secret=secret, session_token=session_token),
            region=_region(route),
            service=SERVICE,
            at=self._clock.now(),
        )
        return replace(sent, headers={**sent.headers, **proof})


def _region(route: Route) -> str:
    """Return the region of the options, or that of an address such as `bedrock-runtime.eu-west-1.amazonaws.com`."""
    named = route.provider.option("region")
    if named:
        return named
    labels = (urlsplit(route.provider.base_url).hostname or "").split(".")
    if len(labels) >= 4 and labels[0].startswith("bedrock-runtime"):
        return labels[1]
    raise RequestRefused(
        f"the provider {route.provider.name} has no region",
        model=route.model.name,
        hint='Give it one in models.toml: options = { region = "eu-west-1" }.',
    )
