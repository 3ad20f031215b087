"""Reference data from a folder of CSV files to the lines, while the hub runs."""

from __future__ import annotations

import json
import time

from bartack.events import Head, Json, Moment, Place, seal
from bartack.wire import STRAYS, parse_reference, reference_filter, reference_topic
from pipeline.hub.hub_bench import REFERENCE, HubBench
from running import wait_until

BUNDLES = reference_topic("dhk1", "l03", "bundles")
PLACE = Place("dhk1", "l03", "st07")


def bundle_rows(count: int) -> str:
    header = "bundle,order,style,size,colour,pieces,line\n"
    return header + "".join(f"B{n:06d},4711,S1,M,red,12,l03\n" for n in range(count))


def test_an_import_reaches_a_line_within_two_seconds(bench: HubBench) -> None:
    """A running hub publishes a new version by itself, each line its own bundles, chunks that
    are no longer used are cleared, and an import without changes keeps the version."""
    bench.start_broker()
    bench.start_hub()
    client = bench.client(reference_filter("dhk1", "l03"))

    def imported(count: int) -> str:
        done = bench.command("import", str(bench.write_reference(bundles=bundle_rows(count))))
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "bundles" in imported(3000)
    started_s = time.monotonic()
    wait_until(lambda: f"{BUNDLES}/4" in client.held, "all chunks", 10)
    assert time.monotonic() - started_s < 2
    chunk = parse_reference(client.held[BUNDLES])
    assert (chunk.version, chunk.chunks) == (1, len(client.held) - 4)
    imported(1)
    wait_until(lambda: client.held.get(f"{BUNDLES}/4") == b"", "cleared chunks", 10)
    assert client.document(BUNDLES)["version"] == 2
    assert [line.split()[-2:] for line in imported(1).splitlines()] == [["not", "changed"]] * 3
    late = bench.client(reference_filter("dhk1", "l03"))
    wait_until(lambda: len(late.held) == 5, "only what is in use is retained", 10)


def test_each_line_gets_its_own_bundles(bench: HubBench) -> None:
    """Bundles are split by line; operators and operations are the same everywhere."""
    bench.command("import", str(bench.write_reference()))
    bench.start_broker()
    bench.start_hub()
    client = bench.client("bartack/v1/dhk1/+/ref/#")
    wait_until(lambda: len(client.held) == 10, "five tables for two lines")
    rows = {line: reference_topic("dhk1", line, "bundles") for line in ("l03", "l04")}
    assert [row["bundle"] for row in client.document(rows["l03"])["rows"]] == ["B000001"]
    assert [row["bundle"] for row in client.document(rows["l04"])["rows"]] == ["B000002"]
    for table in ("operators", "operations"):
        both = {client.held[reference_topic("dhk1", line, table)] for line in ("l03", "l04")}
        assert len(both) == 1


def test_a_line_is_told_whose_bundle_it_was_shown(bench: HubBench) -> None:
    """A station's refusal of another line's bundle has that line told of it, also after the hub
    and the broker were started anew."""
    bench.command("import", str(bench.write_reference()))
    bench.start_broker()
    bench.start_hub()
    client = bench.client("bartack/v1/dhk1/+/ref/#")
    told = {line: reference_topic("dhk1", line, STRAYS) for line in ("l03", "l04")}
    wait_until(lambda: {*told.values()} <= {*client.held}, "a table for each line")
    assert client.document(told["l03"])["rows"] == []
    now = Moment("2026-11-21T08:00:00.000Z", "synced", "b", 1)
    fields: dict[str, Json] = {"reason": "unknown_bundle", "bundle": "B000002"}
    refused = seal(Head("9f" * 16), PLACE, now, "scan.refused", "scan", fields)
    client.send_events(PLACE, [refused])
    wait_until(lambda: client.document(told["l03"])["rows"], "whose bundle it is", 10)
    assert [row["line"] for row in client.document(told["l03"])["rows"]] == ["l04"]
    assert client.document(told["l04"])["rows"] == []
    before = client.held[told["l03"]]
    bench.hub.terminate()
    bench.broker.kill()
    for file in bench.broker_state.iterdir():
        file.unlink()
    bench.start_broker()
    bench.start_hub()
    late = bench.client(told["l03"])
    wait_until(lambda: late.held, "told again to a broker that forgot")
    assert late.held[told["l03"]] == before


def test_optional_tables_come_and_go(bench: HubBench) -> None:
    """An optional file reaches a line; once it is gone an empty table does, so that stations forget
    the old one, and the line has its own shifts back. A misnamed file is told."""
    bench.start_broker()
    bench.start_hub()
    client = bench.client(reference_filter("dhk1", "l03"))
    rates, shifts = (reference_topic("dhk1", "l03", name) for name in ("rates", "shifts"))
    folder = bench.write_reference(
        rates="style,operation,from,rate\nS1,OP310,2026-01-01,0.50\n",
        shifts="start,end\n06:00,14:00\n",
    )
    (folder / "skill.csv").write_text("operator,operation\n")
    done = bench.command("import", str(folder))
    assert done.stderr == f"{folder}/skill.csv: not read; no table has this name\n"
    assert [line.split()[:2] for line in done.stdout.splitlines()[3:]] == [
        ["rates", "1"],
        ["shifts", "1"],
    ]
    wait_until(lambda: rates in client.held and shifts in client.held, "rates and shifts", 10)
    assert client.document(rates)["rows"][0]["rate"] == "0.50"
    assert client.document(shifts)["rows"] == [{"start": "06:00", "end": "14:00"}]
    for name in ("rates.csv", "shifts.csv", "skill.csv"):
        (folder / name).unlink()
    assert bench.command("import", str(folder)).returncode == 0
    wait_until(lambda: client.document(rates)["version"] == 2, "an empty table", 10)
    assert client.document(rates)["rows"] == []
    wait_until(lambda: client.document(shifts)["version"] == 3, "shifts of the line", 10)
    (own,) = client.document(shifts)["rows"]
    assert (own["start"], own["end"]) == ("08:00", "17:00")


def test_a_broken_row_imports_nothing(bench: HubBench) -> None:
    """All mistakes come at once on stderr with file and line, the exit code is 3, and the tables
    of before stay."""
    assert bench.command("import", str(bench.write_reference())).returncode == 0
    folder = bench.write_reference(
        operators=REFERENCE["operators"] + "E2,Linh\n",
        bundles=REFERENCE["bundles"] + "B3,4711,S9,M,red,x,l03\n",
    )
    done = bench.command("import", str(folder))
    assert done.returncode == 3
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert f"{folder}/operators.csv:3: 2 cells where the header has 4" in lines[2]
    assert lines[0].startswith(f"{folder}/bundles.csv:4: pieces: 'x'")
    assert lines[1].startswith(f"{folder}/bundles.csv:4: style: 'S9'")
    assert lines[-1] == "3 mistakes; nothing was imported"
    assert bench.status()["reference"] == {"operators": 1, "operations": 1, "bundles": 1}


def test_a_missing_file_is_named(bench: HubBench) -> None:
    """An import wants all three tables."""
    folder = bench.write_reference()
    (folder / "operations.csv").unlink()
    done = bench.command("import", str(folder))
    assert done.returncode == 3
    assert f"{folder}/operations.csv: cannot read: No such file" in done.stderr


def test_commands_say_what_is_wrong_with_the_file(bench: HubBench) -> None:
    """A settings file with mistakes ends every command with 3; no store yet ends with 6."""
    assert bench.command("status").returncode == 6
    assert "there is no store yet" in bench.command("export", "--format", "jsonl").stderr
    bench.hub_file.write_text(bench.hub_file.read_text().replace("l04", "l 04"))
    for verb in ("run", "status"):
        done = bench.command(verb)
        assert done.returncode == 3
        assert done.stderr.startswith(f"{bench.hub_file}:")


def test_status_is_one_document(bench: HubBench) -> None:
    """``status --json`` is one JSON document also when nothing came yet."""
    bench.command("import", str(bench.write_reference()))
    document = json.loads(bench.command("status", "--json").stdout)
    assert (document["logs"], document["stations"]) == ([], [])
    assert bench.command("status").stdout == "site dhk1\n"
