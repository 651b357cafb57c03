"""kill -9 of the daemon: nothing is lost, nothing doubled, and what may have been sent is sent again with its key."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from pathlib import Path

import alert_servers
import outlet
from daemons import QUICK, ask, count, daemon, hook, keys, kill, stop, until, write
from loopback import serve


def test_six_kills_in_a_sample_run() -> None:
    kill9 = importlib.import_module("bench.kill9")
    result = kill9.trial(6, seed=11, speed=2)
    assert kill9.right(result), result
    assert result["kills"] == 6
    assert result["articles"] == result["expected"]
    assert result["received"] == result["alerts"] + result["repeats"]
    assert set(result["states"]) == {"sent"}


def test_what_was_being_sent_is_sent_again_with_the_same_key(tmp_path: Path) -> None:
    database, now = tmp_path / "outspoken.db", datetime.now(UTC)
    with serve({}) as site, alert_servers.web(alert_servers.Reply(slow=True)) as hooked:
        site.answers |= outlet.answers(site.url, {"/medic": outlet.account("medic", now)})
        write(tmp_path, {"herald": f"{site.url}/feed"}, QUICK + hook("hook", hooked.url))
        with daemon(tmp_path) as process:
            until(lambda: hooked.got, what="the alert at the receiver, who has not answered yet")
            kill(process)
        assert ask(database, "SELECT state, attempts FROM deliveries") == [("sending", 1)]
        with daemon(tmp_path) as process:
            until(lambda: count(database, "deliveries WHERE state = 'sent'"), what="the repeat")
            stop(process)
    assert keys(hooked) == [keys(hooked)[0]] * 2
    assert hooked.got[0].body == hooked.got[1].body
    assert {got.headers["Idempotency-Key"] for got in hooked.got} == set(keys(hooked))
    assert ask(database, "SELECT state, attempts FROM deliveries") == [("sent", 2)]
