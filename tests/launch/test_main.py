"""The environment that a start passes to supervisord."""

import os

import pytest

from launch import __main__ as starting
from launch.pause import GIVEN_ENVIRONMENT


@pytest.mark.parametrize(("password", "said"), [("s3cret", "1"), (None, "0")])
def test_only_a_start_that_creates_the_admin_is_the_first_whatever_the_environment_says(monkeypatch, password, said):
    monkeypatch.setenv("FIRST_START", "inherited")
    monkeypatch.setenv(GIVEN_ENVIRONMENT, "")
    monkeypatch.setattr(starting, "restrict_new_files", lambda: None)
    monkeypatch.setattr(starting, "_prepare", lambda _given: password)
    monkeypatch.setattr(os, "execv", lambda *_: None)
    starting.main()
    assert os.environ["FIRST_START"] == said
