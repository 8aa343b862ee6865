"""A counter that workers share."""

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from api.asgi.metrics import RequestMetrics, WorkerCounter, adopt_dead_workers


def test_counter_goes_on_from_what_dead_workers_counted(tmp_path: Path) -> None:
    requests = RequestMetrics(tmp_path)
    dead = WorkerCounter(tmp_path, "things_lost", "Things")
    dead.add(3)
    dead.close()
    [file] = tmp_path.glob("counter_*.db")
    file.rename(tmp_path / "counter_999999999.db")

    adopt_dead_workers(tmp_path)
    living = WorkerCounter(tmp_path, "things_lost", "Things")
    living.add(2)
    families = text_string_to_metric_families(requests.exposition().decode())

    assert {sample.name: sample.value for family in families for sample in family.samples} == {
        "things_lost_total": 5
    }
    assert (tmp_path / "counter_dead.db").exists()
    living.close()
    requests.close()
