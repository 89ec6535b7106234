"""The configuration under torture: it is the product's own, but for a program's environment."""

import configparser

from launch.process_environment import ROOT
from tests.torture.launched import CLOCK_PREFIX, PROGRAMS, PROXY, configuration

VALUES = {PROXY: "127.0.0.1:7", CLOCK_PREFIX + "LD_PRELOAD": "/clock.so", CLOCK_PREFIX + "TORTURE_CLOCK": "/clock"}


def parsed(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(inline_comment_prefixes=None)
    parser.read_string(text)
    return parser


def test_streaming_reads_through_the_proxy_and_every_program_has_the_leaping_clock() -> None:
    product = (ROOT / "supervisord.conf").read_text()
    tortured = parsed(configuration(product, VALUES))
    for program in PROGRAMS:
        environment = tortured[f"program:{program}"].pop("environment")
        assert 'LD_PRELOAD="/clock.so",TORTURE_CLOCK="/clock"' in environment
        assert ('COLLECTOR_ADDRESS="127.0.0.1:7"' in environment) == (program == "streaming")
    assert tortured["supervisord"].pop("directory") == str(ROOT)
    undisturbed = parsed(product)
    undisturbed["supervisord"].pop("directory")
    assert tortured == undisturbed
