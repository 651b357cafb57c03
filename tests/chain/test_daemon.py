"""The daemon as an operator meets it: signals, changed files, a second daemon, pages that kill their readers."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import alert_servers
import outlet
import pytest
from alert_servers import silent
from daemons import QUICK, SOURCE, ask, count, daemon, hook, keys, kill, log, stop, until, write
from loopback import Answer, Web, serve


@pytest.fixture
def site() -> Iterator[Web]:
    """An outlet with two feeds, a page in each."""
    with serve({}) as web:
        now = datetime.now(UTC)
        web.answers |= outlet.answers(web.url, {"/one": outlet.of("beirut-tram", now)})
        web.answers["/two"] = Answer(200, outlet.of("coconut-exports", now), outlet.HTML)
        web.answers["/second"] = Answer(200, outlet.feed({f"{web.url}/two": "Two"}), outlet.RSS)
        yield web


@pytest.fixture
def folder(tmp_path: Path, site: Web) -> Path:
    """A configuration that watches the first feed."""
    write(tmp_path, {"first": f"{site.url}/feed"})
    return tmp_path


def polled(folder: Path, source: str) -> int:
    return count(folder / "outspoken.db", f"polls WHERE source = '{source}'")


def test_sources_are_read_again_when_the_file_changes_and_when_told_to(folder: Path, site: Web) -> None:
    sources, database = folder / "sources.toml", folder / "outspoken.db"
    with daemon(folder) as process:
        until(lambda: count(database, "articles"), what="the first article")
        sources.write_text(sources.read_text() + SOURCE.format(name="second", url=f"{site.url}/second"))
        until(lambda: count(database, "articles") == 2, what="an article of the source that was added")

        sources.write_text("[[source]\nname = ")
        until(lambda: "the sources stay as they are" in log(folder), what="a word about the broken file")
        assert "sources.toml:1: is not valid TOML" in log(folder)
        seen = polled(folder, "second")
        until(lambda: polled(folder, "second") > seen, what="a further poll: the old list stays")

        said = log(folder).count("stay as they are")
        process.send_signal(signal.SIGHUP)
        until(lambda: log(folder).count("stay as they are") > said, what="SIGHUP reads the file again")

        sources.write_text(SOURCE.format(name="first", url=f"{site.url}/feed"))
        off = "SELECT name FROM sources WHERE enabled = 0"
        until(lambda: ask(database, off) == [("second",)], what="the removed source to be off")
        taken = log(folder).count("watching 1 sources")
        process.send_signal(signal.SIGHUP)
        until(lambda: log(folder).count("watching 1 sources") > taken, what="SIGHUP reads an unchanged file too")
        code, seconds = stop(process)
    assert (code, seconds < 10) == (0, True)
    assert "Traceback" not in log(folder)


def test_a_missing_list_of_sources_is_said_at_once(folder: Path) -> None:
    (folder / "sources.toml").unlink()
    with daemon(folder) as process:
        assert process.wait(20) == 2
    assert "sources.toml: cannot be read" in log(folder)
    assert "Traceback" not in log(folder)


def test_a_second_daemon_on_the_same_database_is_refused(folder: Path) -> None:
    with daemon(folder) as first:
        until(lambda: polled(folder, "first"), what="the first daemon at work")
        with daemon(folder) as second:
            assert second.wait(20) == 2
        said = (folder / "log.txt").read_text().splitlines()
        assert [line for line in said if "another daemon" in line] == [
            f"{folder}/outspoken.db: another daemon (process {first.pid}) works on it; stop that one first"
        ]
        assert stop(first)[0] == 0
    with daemon(folder) as third:
        until(lambda: count(folder / "outspoken.db", "runs") == 2, what="the next one to begin")
        assert stop(third)[0] == 0
    assert "Traceback" not in log(folder)


def test_nobody_who_does_not_answer_holds_up_the_end(tmp_path: Path, site: Web) -> None:
    """An outlet and a receiver that say nothing are left after a while; a delivery that only takes long may end."""
    site.answers |= outlet.answers(site.url, {"/medic": outlet.account("medic", datetime.now(UTC))})
    with silent() as port, ThreadPoolExecutor() as both:
        ends = [
            both.submit(end_in_the_middle, tmp_path / by.name, site.url, f"http://127.0.0.1:{port}/", by)
            for by in (signal.SIGTERM, signal.SIGINT)
        ]
        for each in ends:
            each.result(60)


def end_in_the_middle(folder: Path, site: str, mute: str, by: signal.Signals) -> None:
    folder.mkdir()
    with alert_servers.web(alert_servers.Reply(slow=True)) as slow:
        write(folder, {"first": f"{site}/feed", "mute": mute}, QUICK + hook("slow", slow.url) + hook("mute", mute))
        with daemon(folder) as process:
            until(lambda: slow.got, what="the alert at the slow receiver")
            os.killpg(process.pid, by)  # as a terminal and systemd do it: the workers get it too
            code, seconds = stop(process, by)
        assert (code, seconds < 10) == (0, True), seconds
        assert len(slow.got) == 1
    states = dict(ask(folder / "outspoken.db", "SELECT channel, state FROM deliveries"))
    assert states == {"slow": "sent", "mute": "sending"}
    assert count(folder / "outspoken.db", "runs WHERE ended IS NOT NULL") == 1
    assert "Traceback" not in log(folder)


def test_a_channel_that_hangs_or_is_dead_holds_up_nobody(folder: Path, site: Web) -> None:
    now = datetime.now(UTC)
    with alert_servers.web() as good, silent() as port:
        channels = hook("good", good.url) + hook("mute", f"http://127.0.0.1:{port}/", "timeout = 60")
        channels += hook("dead", f"http://127.0.0.1:{alert_servers.refused_port()}/")
        (folder / "outspoken.toml").write_text(QUICK + '[alerts]\nattempts = 1\nops = ["good"]\n' + channels)
        site.answers |= outlet.answers(site.url, {f"/{who}": outlet.account(who, now) for who in ("medic", "cook")})
        database = folder / "outspoken.db"
        with daemon(folder) as process:
            until(lambda: len(good.got) >= 4, what="two alerts, and two words about the dead channel")
            assert count(database, "deliveries WHERE channel = 'mute' AND state = 'sending'") == 1
            site.answers |= outlet.answers(
                site.url, {f"/{who}": outlet.account(who, now) for who in ("medic", "cook", "guard", "driver")}
            )
            until(lambda: len(good.got) >= 8, what="what came while the mute channel was still waiting")
            assert count(database, "deliveries WHERE channel = 'mute' AND state <> 'pending'") == 1
            kill(process)
    told = [got.json for got in good.got]
    assert sorted(alert["kind"] for alert in told) == ["account"] * 4 + ["ops"] * 4
    assert all("dead did not take the alert" in alert["text"] for alert in told if alert["kind"] == "ops")
    assert count(database, "deliveries WHERE channel = 'dead' AND state = 'dead'") == 4
    assert len(set(keys(good))) == 8


def test_a_page_that_defeats_its_worker_costs_itself_alone(folder: Path, site: Web) -> None:
    bad = ("hang", "spin", "eat", "exit", "crash", "nest", "raise")
    body = outlet.of("beirut-tram", datetime.now(UTC) - timedelta(hours=1))
    pages = {f"/{name}": body for name in bad} | {f"/fine-{n}": body for n in range(6)}
    site.answers |= outlet.answers(site.url, pages)
    (folder / "outspoken.toml").write_text(QUICK + "seconds = 2\nmemory_mb = 600\n")
    database = folder / "outspoken.db"
    script = Path(__file__).with_name("misreading.py")
    with daemon(folder, str(script), str(folder / "outspoken.toml")) as process:
        until(lambda: count(database, "articles") == 6, 60, what="the pages that are well")
        until(lambda: count(database, "pages WHERE attempts = 1") == len(bad), 60, what="a word about each bad one")
        seen = polled(folder, "first")
        until(lambda: polled(folder, "first") > seen, what="a further poll: the daemon goes on")
        code, seconds = stop(process)
    assert (code, seconds < 10) == (0, True)
    reasons = {url.rpartition("/")[2]: why for url, why in ask(database, "SELECT url, last_error FROM pages")}
    assert set(reasons) == set(bad)
    assert "took more than 2 s" in reasons["hang"]
    assert "took more than 2 s" in reasons["spin"]
    assert "too much memory" in reasons["eat"]
    assert "its worker died" in reasons["exit"]
    assert "its worker died" in reasons["crash"]
    assert "nested too deeply" in reasons["nest"]
    assert "ValueError" in reasons["raise"]
    assert "\x1b" not in log(folder), "what pages say is shown as text"
    assert count(database, "pages WHERE state = 'pending'") == len(bad), "each is tried once more"


def test_the_configuration_is_read_again_when_told_to(folder: Path, site: Web) -> None:
    config, database = folder / "outspoken.toml", folder / "outspoken.db"
    with alert_servers.web() as hooked, daemon(folder) as process:
        until(lambda: count(database, "articles"), what="the first article")
        config.write_text(QUICK + "[alerts]\nbacklog = 0\n")
        process.send_signal(signal.SIGHUP)
        until(lambda: "the configuration stays as it is" in log(folder), what="a word about the mistake")
        assert "alerts.backlog" in log(folder)

        config.write_text(QUICK.replace("workers = 1", "workers = 2") + hook("late", hooked.url))
        process.send_signal(signal.SIGHUP)
        until(lambda: "the configuration was read again; read: only after a restart" in log(folder), what="the new one")
        site.answers |= outlet.answers(site.url, {"/medic": outlet.account("medic", datetime.now(UTC))})
        until(lambda: hooked.got, what="an alert at the channel that was added")
        assert stop(process)[0] == 0
    assert "Traceback" not in log(folder)


def test_a_full_disk_pauses_the_work_and_is_said_once(folder: Path, site: Web) -> None:
    """The limit on a file's size stands for a disk without room; the log goes through a pipe, so that it has room."""
    now = datetime.now(UTC)
    pages = {f"/long-{number}": outlet.account(f"long-{number}", now) for number in range(40)}
    site.answers |= outlet.answers(site.url, pages)
    line = f"ulimit -f {ROOM}; exec {sys.executable} -m cli -c {folder}/outspoken.toml run 2>&1 | cat"
    with daemon(folder, "-c", f"import os; os.execvp('sh', ['sh', '-c', {line!r}])"):
        until(lambda: "no new work for 60 s" in log(folder), what="a word about the disk")
        seen = len(log(folder))
        time.sleep(4)  # four ticks, in which nothing may be tried again
        assert log(folder).count("no new work for 60 s") <= 3
        assert len(log(folder)) < seen + 4000, "the log is not flooded"
    with daemon(folder) as process:
        until(lambda: count(folder / "outspoken.db", "articles") >= len(pages), what="everything, once there is room")
        assert stop(process)[0] == 0


ROOM = 1800
"""Blocks of 512 bytes: enough for an empty database and its journal, not for what libraries unpack or for forty articles."""
