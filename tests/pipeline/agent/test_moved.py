"""A station moved to another line with unsent work takes nothing along and loses nothing."""

from __future__ import annotations

from rig import Rig
from running import wait_until


def test_unsent_work_is_booked_where_it_was_done(rig: Rig) -> None:
    """Work of the old line reaches the hub as that, and the station goes on at the new one."""
    hub = rig.hub_file.read_text(encoding="utf-8")
    plan = hub[hub.index("[lines.l03]") :]
    rig.hub_file.write_text(hub + plan.replace("l03", "l04"), encoding="utf-8")
    rig.start_all(10)
    rig.tap()
    rig.hub.kill()
    rig.broker.kill()
    rig.scan("B000001")
    rig.agent.terminate()
    text = rig.station_file.read_text(encoding="utf-8")
    rig.station_file.write_text(text.replace('line = "l03"', 'line = "l04"'), encoding="utf-8")
    rig.broker.start()
    rig.hub.start()
    rig.agent.start()
    rig.wait_ready()
    rig.wait_drained()
    assert rig.scan("B000002")["outcome"] == "refused"
    rig.wait_drained()
    wait_until(lambda: rig.committed()[-1].type == "scan.refused", "the refusal at the hub")
    lines = [(event.type, event.line) for event in rig.committed()]
    assert ("work.done", "l03") in lines
    assert lines[-1] == ("scan.refused", "l04")
