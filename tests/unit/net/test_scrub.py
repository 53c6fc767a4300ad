from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.net.scrub import quieten_loggers, scrub


def test_words_for_people_stay() -> None:
    words = "User arn:aws:iam::123456789012:user/artist may not do s3:PutObject on resource studio-renders/jobs/1"
    assert scrub(f"  {words}\n") == words
    assert scrub("ThisIsOneVeryLongWordWithoutAnyDigits") == "ThisIsOneVeryLongWordWithoutAnyDigits"


@given(st.text("abcXYZ019+/=_-.", min_size=36, max_size=80).filter(lambda text: any(c.isdigit() for c in text)))
def test_what_may_be_a_key_or_a_token_goes(secret: str) -> None:
    assert secret not in scrub(f"You sent {secret} here")
    assert "AKIA" not in scrub("The key AKIAIOSFODNN7EXAMPLE is not known")


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("GET /?X-Amz-Security-Token=IQoJb3JpZ2luX2%2FVjEHoaCXVz%2FLWVhc3QtMSJHMEUCIQ", ["IQoJb3", "VjEHo", "LWVhc3"]),
        ('{"token": "ab12cd34ef56\\/gh78ij90kl12\\/mn34op56"}', ["ab12", "gh78", "mn34"]),
        ("<pre>Authorization: Bearer short-but-secret</pre>", ["short"]),
        ("authorization: bearer wordswithoutdigits", ["wordswith"]),
        ("proxy-authorization=Basic dXNlcjpwYXNz", ["dXNlcjp"]),
        ("X-Amz-Signature=abc123def456&x=1", ["abc123"]),
        ("{'password': 'hunter2hunter2'}", ["hunter2"]),
    ],
)
def test_tokens_however_they_are_written(text: str, secrets: list[str]) -> None:
    shown = scrub(text)
    assert not [secret for secret in secrets if secret in shown], shown


def test_what_only_speaks_of_tokens_stays() -> None:
    for words in ("Bearer token is missing", "The token: expired yesterday", "key=value, secret=nothing-to-see"):
        assert scrub(words) == words


def test_a_long_story_is_cut() -> None:
    assert len(scrub("word " * 1000)) < 310
    assert scrub("." + " " * 16_373 + "ya29.canary0123456789012345678901234567890") == ".", "half a token is none"


@pytest.mark.parametrize("name", ["botocore.auth", "urllib3.connectionpool", "boto3.resources"])
def test_libraries_that_log_requests_do_so_no_more(name: str) -> None:
    quieten_loggers()
    assert not logging.getLogger(name).isEnabledFor(logging.INFO)
    assert logging.getLogger(name).isEnabledFor(logging.WARNING)
    logging.getLogger("requests").setLevel(logging.ERROR)
    quieten_loggers()
    assert logging.getLogger("requests").level == logging.ERROR, "who wants less gets less"
    logging.getLogger("requests").setLevel(logging.WARNING)
