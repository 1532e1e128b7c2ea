"""The table for operators and the registry say the same."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from chatbot.metrics import Metrics, seconds, shown

TABLE = Path(__file__).parents[2] / "deploy" / "docs" / "metrics.md"
Row = tuple[str, str, tuple[str, ...], str]


def written() -> set[Row]:
    """Name, type, labels and meaning as the table has them."""
    rows = re.findall(
        r"^\| `(\w+)` \| (counter|gauge|histogram) \| ([^|]*) \| [^|]+ \| (.*) \|$", TABLE.read_text(), re.MULTILINE
    )
    return {(name, kind, tuple(re.findall(r"\w+", labels)), meaning) for name, kind, labels, meaning in rows}


def registered(registry: CollectorRegistry) -> set[Row]:
    """The same of what is registered."""
    labels = {getattr(one, "_name", ""): tuple(getattr(one, "_labelnames", ())) for one in registry._collector_to_names}
    suffix = {"counter": "_total"}
    return {
        (family.name + suffix.get(family.type, ""), family.type, labels.get(family.name, ()), family.documentation)
        for family in registry.collect()
    }


def test_the_table_lists_every_metric_and_no_other() -> None:
    assert written() == registered(Metrics().registry)


def test_every_metric_has_a_unit() -> None:
    units = re.findall(
        r"^\| `\w+` \| (?:counter|gauge|histogram) \| [^|]* \| (\S[^|]*) \|", TABLE.read_text(), re.MULTILINE
    )
    assert len(units) == len(written())


def test_two_apps_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.polls.labels("pytorch", "good").inc()
    assert b'trunk="pytorch"' in one.exposition()
    assert b'trunk="pytorch"' not in other.exposition()


def test_the_exposition_can_be_read_back_and_has_no_series_about_creation() -> None:
    metrics = Metrics()
    metrics.acknowledge.labels("P1").observe(60.0)
    families = {family.name: family for family in text_string_to_metric_families(metrics.exposition().decode())}
    assert families["trunkwatch_acknowledge_seconds"].type == "histogram"
    assert not [name for name in families if name.endswith("_created")]


def test_a_time_before_its_beginning_counts_as_none() -> None:
    assert seconds(timedelta(seconds=-3)) == 0.0


def test_what_a_gauge_showed_before_is_gone_once_it_shows_something_else() -> None:
    metrics = Metrics()
    shown(metrics.data_age, {("old",): 1.0})
    shown(metrics.data_age, {("new",): 2.0})
    assert metrics.registry.get_sample_value("trunkwatch_data_age_seconds", {"trunk": "old"}) is None
    assert metrics.registry.get_sample_value("trunkwatch_data_age_seconds", {"trunk": "new"}) == 2.0
