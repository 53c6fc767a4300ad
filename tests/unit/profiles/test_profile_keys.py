"""The keys of profiles are told as their models have them."""

from __future__ import annotations

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.profiles.profile_keys import profile_keys


def test_every_key_of_a_model_has_a_type_and_a_default() -> None:
    for model in (LocalProfile, AwsLambdaProfile):
        keys = {key.name: key for key in profile_keys(model)}
        assert set(keys) == set(model.model_json_schema()["properties"])
        assert all(key.type and key.default for key in keys.values())


def test_how_types_are_told() -> None:
    keys = {key.name: key for key in profile_keys(LocalProfile)}
    assert keys["kind"].type == '"local"'
    assert (keys["name"].type, keys["name"].default) == ("text", "required")
    assert keys["retries"].type == "whole number 0–100"
    assert keys["chunk_timeout"].type.endswith("| null")
    assert keys["stall_action"].type.count("|") == 2
