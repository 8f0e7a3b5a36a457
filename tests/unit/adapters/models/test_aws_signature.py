"""Signatures against AWS's published test suite.

Source: AWS, "aws-sig-v4-test-suite" and its successor in the SDKs, checked 2026-11.
"""

from datetime import UTC, datetime

import pytest

from eaa.adapters.models.aws_signature import AwsKey, signature_headers

KEY = AwsKey(access_key_id="AKIDEXAMPLE", secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwt"
    "hAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVX"
    "AkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)
AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
HOST = "https://example.amazonaws.com"


def signature(method: str, url: str, headers: dict[str, str], body: bytes = b"", key: AwsKey = KEY) -> str:
    added = signature_headers(method, url, headers, body, key=key, region="us-east-1", service="service", at=AT)
    assert added["X-Amz-Date"] == "20150830T123600Z"
    return added["Authorization"].rpartition("Signature=")[2]


@pytest.mark.parametrize(
    ("name", "method", "path", "headers", "expected"),
    [
        ("get-vanilla", "GET", "/", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("post-vanilla", "POST", "/", {}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "get-vanilla-query-order-key-case",
            "GET",
            "/?Param2=value2&Param1=value1",
            {},
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "get-vanilla-query-order-value",
            "GET",
            "/?Param1=value2&Param1=value1",
            {},
            "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
        ),
        (
            "get-unreserved",
            "GET",
            "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            {},
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
        ),
        ("get-utf8", "GET", "/\u1234", {}, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        (
            "get-header-value-trim",
            "GET",
            "/",
            {"My-Header1": " value1", "My-Header2": '"a   b   c"'},
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
        (
            "post-header-value-case",
            "POST",
            "/",
            {"My-Header1": "VALUE1"},
            "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
        ),
        (
            "post-x-www-form-urlencoded",
            "POST",
            "/",
            {"Content-Type": "application/x-www-form-urlencoded"},
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
)
def test_the_suites_requests_have_the_suites_signatures(
    name: str, method: str, path: str, headers: dict[str, str], expected: str
) -> None:
    body = b"Param1=value1" if name == "post-x-www-form-urlencoded" else b""

    assert signature(method, HOST + path, headers, body) == expected


def test_a_sessions_token_is_sent_and_signed() -> None:
    key = AwsKey(access_key_id=KEY.access_key_id, secret=KEY.secret, session_token=TOKEN)

    added = signature_headers("POST", HOST, {}, b"", key=key, region="us-east-1", service="service", at=AT)

    assert added["X-Amz-Security-Token"] == TOKEN
    assert added["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date;x-amz-security-token, "
        "Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
    )


def test_a_quoted_path_is_quoted_once_more() -> None:
    key = AwsKey(access_key_id="ANOTREAL", secret="notrealrnrELgWzOk3IfjzDKtFBhDby")
    url = "https://tj9n5r0m12.execute-api.us-east-1.amazonaws.com/test/@connections/JBDvjfGEIAMCERw%3D"

    assert signature("POST", url, {}, key=key) == "57d157672191bac40bae387e48bbe14b15303c001fdbb01f4abf295dccb09705"


def test_a_port_that_goes_without_saying_is_not_part_of_the_host() -> None:
    assert signature("GET", "https://example.amazonaws.com:443/", {}) == signature("GET", HOST + "/", {})
    assert signature("GET", "https://example.amazonaws.com:8443/", {}) != signature("GET", HOST + "/", {})


def test_a_key_shows_neither_secret_nor_token() -> None:
    assert repr(AwsKey("id", "secret-part", "token-part")) == "AwsKey(access_key_id='id')"
