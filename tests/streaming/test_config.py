"""The settings of streaming: one collector, or one for each network of SOURCE."""

from contract.environment import Environment
from streaming.config import StreamingConfig


def test_one_source_may_have_any_name():
    (config,) = StreamingConfig.from_env(Environment({"SOURCE": "x", "COLLECTOR_ADDRESS": "collector:5555"}))
    assert (config.collector_address, config.source, config.running) == (("collector", 5555), "", ())


def test_each_of_several_networks_has_its_name_and_address():
    configs = StreamingConfig.from_env(Environment({"SOURCE": "x,bluesky"}))
    assert [(config.source, config.collector_address) for config in configs] == [
        ("x", ("127.0.0.1", 5555)),
        ("bluesky", ("127.0.0.1", 5556)),
    ]
    assert {config.running for config in configs} == {("x", "bluesky")}
