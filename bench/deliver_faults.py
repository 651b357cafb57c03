"""Deliver 1,000 alerts to four channels that fail at random, while the courier is killed (-9) again and again.

    python bench/deliver_faults.py [--alerts 1000] [--kills 100] [--seed 7]

Half of the alerts are new cases, half follow-ups on them that come in between. Mail, a webhook, Slack's webhook and
Slack's bot API run on loopback; they refuse, answer 429 and 500, hang up before or after they took a message, and are too
slow. The courier's clock runs 1,200 times as fast as the wall's, so that waits of hours pass in seconds.

Every alert carries a mark of its own. It counts as told where a server took a body with that mark. A repeat is explained
where the database saw an unknown outcome before it: the answer got lost or came too late, or the courier was killed while
the message was under way. Prints a
table and, as the last line, a JSON object; ends with 1 where an alert was lost, a repeat is unexplained, or a message
overtook an earlier one of its case.
"""

from __future__ import annotations

import argparse
import asyncio
import email
import email.policy
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from aiosmtpd.controller import Controller

HOME = Path(__file__).parent.parent
sys.path[0] = str(HOME)  # a bench may have the name of a module

from alerts.channels import build  # noqa: E402
from config import AlertConfig  # noqa: E402
from courier import Courier  # noqa: E402
from db import Store  # noqa: E402
from delivery import Alert, Carrier  # noqa: E402
from model import Account, Article  # noqa: E402

SPEED = 1200.0
EPOCH = datetime(2026, 3, 14, tzinfo=UTC)
CHANNELS = ("mail", "webhook", "slack", "slack-bot")
WAITING = "('pending', 'sending', 'unknown', 'failed')"
WATCH = """
CREATE TABLE bench_unknown (delivery INTEGER, error TEXT);
CREATE TRIGGER bench_unknown AFTER UPDATE OF state ON deliveries WHEN new.state = 'unknown' BEGIN
    INSERT INTO bench_unknown VALUES (new.id, new.error);
END;
"""
"""Notes every unknown outcome: after a kill, or where no answer came."""
FAULTS = {"fine": 0.70, "500": 0.09, "429": 0.05, "cut-before": 0.06, "cut-after": 0.06, "slow": 0.04}
"""What a server does with a message. `cut-after` and `slow` take it, and the answer is lost."""
TIMEOUT = 0.6
KEY = "a-key-of-this-run"


# --- the receivers -----------------------------------------------------------------------------------------------
@dataclass
class Copy:
    """A message that a server took. `edit`: it renewed one that was there."""

    key: str
    body: str
    answered: bool
    edit: bool = False


@dataclass
class Receiver:
    """One channel's other end."""

    name: str
    rng: random.Random
    taken: list[Copy] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    messages: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fate(self) -> str:
        """What becomes of the next message."""
        with self.lock:
            drawn = self.rng.choices(list(FAULTS), list(FAULTS.values()))[0]
            self.faults[drawn] += 1
            return drawn

    def take(self, key: str, body: str, fate: str, *, edit: bool = False) -> None:
        """Note a message."""
        with self.lock:
            self.taken.append(Copy(key, body, fate == "fine", edit))


class Handler(BaseHTTPRequestHandler):
    """The three that speak HTTP."""

    receiver: Receiver

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        reading = "conversations" in self.path
        fate = "fine" if reading else self.receiver.fate()
        if fate in ("500", "429"):
            self.answer(int(fate), "trouble")
            return
        said = "" if fate == "cut-before" else self.take(raw, fate)
        if fate == "slow":
            time.sleep(TIMEOUT * 1.5)
        if fate.startswith("cut"):
            self.close_connection = True
            return
        self.answer(200, said)

    def take(self, raw: str, fate: str) -> str:
        """Take a message as its kind of channel does; what a good answer says."""
        kind = self.receiver.name
        if kind == "webhook":
            self.receiver.take(json.loads(raw)["id"], raw, fate)
            return "ok"
        if kind == "slack":
            self.receiver.take(json.loads(raw)["blocks"][0]["block_id"], raw, fate)
            return "ok"
        return json.dumps(self.bot(self.path.rpartition("/")[2], raw, fate))

    def bot(self, method: str, raw: str, fate: str) -> dict[str, Any]:
        """Slack's API, as far as the bot uses it."""
        here = self.receiver
        if method.startswith("conversations"):
            asked = {key: values[0] for key, values in parse_qs(raw).items()}
            thread, start = asked.get("ts", ""), int(asked.get("cursor", 0))
            with here.lock:
                shown = [each for each in here.messages if each["thread"] == thread or each["ts"] == thread][::-1]
            more = {"next_cursor": str(start + 100)} if len(shown) > start + 100 else {}
            return {"ok": True, "messages": shown[start : start + 100], "response_metadata": more}
        body = json.loads(raw)
        key = body["metadata"]["event_payload"]["id"]
        here.take(key, raw, fate, edit=method == "chat.update")
        if method == "chat.update":
            return {"ok": True, "channel": body["channel"], "ts": body["ts"]}
        with here.lock:
            ts = f"1773480600.{len(here.messages):06}"
            here.messages.append({"ts": ts, "thread": body.get("thread_ts", ""), "metadata": body["metadata"]})
        return {"ok": True, "channel": body["channel"], "ts": ts}

    def answer(self, status: int, body: str) -> None:
        try:
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "30")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())
        except OSError:
            pass  # whoever asked was killed

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass
class Mailbox:
    """The mail server's handler."""

    receiver: Receiver

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        fate = self.receiver.fate()
        if fate in ("500", "429"):
            return "451 4.3.0 trouble"
        if fate != "cut-before":
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            part = mail.get_body(("plain",))
            self.receiver.take(str(mail["X-Outspoken-Alert"]), str(part.get_content()) if part else "", fate)
        if fate == "slow":
            await asyncio.sleep(TIMEOUT * 1.5)
        if fate.startswith("cut"):
            server.transport.close()
        return "250 OK"


class Quiet(ThreadingHTTPServer):
    """A server that does not mind who hangs up."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: the courier was killed."""


@contextmanager
def receivers(seed: int) -> Iterator[dict[str, tuple[Receiver, int]]]:
    """All four, with their ports."""
    with ExitStack() as stack:
        made: dict[str, tuple[Receiver, int]] = {}
        for number, name in enumerate(CHANNELS):
            receiver = Receiver(name, random.Random(seed + number))
            if name == "mail":
                controller = Controller(Mailbox(receiver), hostname="127.0.0.1", port=free_port())
                controller.start()
                stack.callback(controller.stop)
                made[name] = receiver, controller.port
                continue
            server = Quiet(("127.0.0.1", 0), type("Handler", (Handler,), {"receiver": receiver}))
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            made[name] = receiver, server.server_port
        yield made


def free_port() -> int:
    with Quiet(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return int(server.server_port)


# --- the courier, in a process of its own --------------------------------------------------------------------------
def courier(database: Path, ports: dict[str, int], began: float) -> int:
    """Deliver until nothing waits; the parent kills it before."""

    def clock() -> datetime:
        return EPOCH + timedelta(seconds=(time.time() - began) * SPEED)

    async def work() -> None:
        with Store.open(database) as store:
            store.recover(clock())
            channels = {name: build(name, table) for name, table in tables(ports).items()}
            for channel in channels.values():
                channel.turn.pace = 0
                if hasattr(channel, "api"):
                    channel.clock = clock  # type: ignore[attr-defined]
            settings = AlertConfig(backlog=1_000_000, attempts=100, digest_after=timedelta(days=36_500))
            made = Courier(store, channels, settings, clock)
            print("ready", flush=True)
            while store._c.one(f"SELECT 1 FROM deliveries WHERE state IN {WAITING} LIMIT 1"):
                made.start()
                await asyncio.sleep(0.02)

    asyncio.run(work())
    return 0


def tables(ports: dict[str, int]) -> dict[str, dict[str, Any]]:
    http = {name: f"http://127.0.0.1:{port}/" for name, port in ports.items()}
    os.environ |= {"BENCH_KEY": KEY, "BENCH_SLACK": http["slack"] + "services/x"}
    mail = {"type": "email", "host": "127.0.0.1", "port": ports["mail"], "security": "none"}
    bot = {"type": "slack-bot", "token": "env:BENCH_KEY", "channel": "C0123456789", "api": http["slack-bot"] + "api/"}
    found: dict[str, dict[str, Any]] = {
        "mail": mail | {"sender": "news@team.example", "to": ["desk@team.example"]},
        "webhook": {"type": "webhook", "url": http["webhook"], "secret": "env:BENCH_KEY"},
        "slack": {"type": "slack", "url": "env:BENCH_SLACK"},
        "slack-bot": bot,
    }
    return {name: table | {"timeout": TIMEOUT} for name, table in found.items()}


# --- the run -----------------------------------------------------------------------------------------------------
@dataclass
class Cases:
    """Makes alerts: new cases, and follow-ups that name every outlet of their case so far."""

    store: Store
    rng: random.Random
    outlets: dict[int, list[Carrier]] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)

    def case(self, now: datetime) -> None:
        """Somebody new."""
        row = {"profile": "islamic_state", "created": "2026-03-14T00:00:00.000000Z", "tier": "alert"}
        number = self.store._c.insert("accounts", row)
        self.outlets[number] = []
        self._tell(Alert(f"account-{number}", "account", now), number, now)

    def follow_up(self, now: datetime) -> None:
        """A further outlet on a random case."""
        number = self.rng.choice(list(self.outlets))
        key = f"follow-up-{number}-{len(self.outlets[number])}"
        self._tell(Alert(key, "follow-up", now), number, now)

    def _tell(self, alert: Alert, number: int, now: datetime) -> None:
        mark = f"mark{len(self.marks):05}x"
        self.marks[alert.key] = mark
        self.outlets[number].append(Carrier(mark, "", f"https://{mark}.example/", now))
        article = Article("https://herald.example/1", f"A headline with {mark}", outlet="The Herald")
        person = Account(f"Person {number}", evidence="A sentence.", quotes=("I left.",))
        full = replace(alert, account=person, account_id=number, article=article, score=0.9)
        self.store.enqueue_alert(replace(full, carriers=tuple(self.outlets[number])), CHANNELS, now)


def run(alerts: int, kills: int, seed: int) -> dict[str, Any]:
    """One run; what came of it."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, receivers(seed) as ends:
        database, began = Path(folder) / "outspoken.db", time.time()
        ports = {name: port for name, (_, port) in ends.items()}
        command = [sys.executable, __file__, "--courier", str(database), json.dumps(ports), str(began)]
        store = Store.open(database)
        cases = Cases(store, rng)
        for _ in range(alerts // 2):
            cases.case(EPOCH)
        store._c.db.conn.executescript(WATCH)
        store.close()
        for left in range(kills, 0, -1):
            kill(command, rng)
            add(database, cases, (alerts - len(cases.marks)) // left, began)
            progress(f"{kills - left + 1} kills, {sum(len(each.taken) for each, _ in ends.values())} messages taken")
        finish(command, database)
        seconds = time.time() - began
        result = {name: judge(database, end, cases.marks) for name, (end, _) in ends.items()}
    return {"alerts": len(cases.marks), "kills": kills, "seed": seed, "seconds": round(seconds), "channels": result}


def kill(command: list[str], rng: random.Random) -> None:
    """Start the courier, let it live for a moment, kill it as a loss of power would."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HOME, env=environment())
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n", "the courier did not start"
    time.sleep(rng.uniform(0.05, 1.2))
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(HOME)}


def ask(database: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(database, timeout=10)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def add(database: Path, cases: Cases, count: int, began: float) -> None:
    """Follow-ups that come in while the courier is dead, as a daemon's next start would find them."""
    now = EPOCH + timedelta(seconds=(time.time() - began) * SPEED)
    with Store.open(database) as store:
        cases.store = store
        for _ in range(count):
            cases.follow_up(now)


def finish(command: list[str], database: Path) -> None:
    """Let a last courier deliver what is left."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=HOME, env=environment())
    while process.poll() is None:
        time.sleep(1)
        progress(f"{ask(database, f'SELECT count(*) FROM deliveries WHERE state IN {WAITING}')[0][0]} wait")


def progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:70}", end="", file=sys.stderr, flush=True)


# --- what came of it ---------------------------------------------------------------------------------------------
def judge(database: Path, end: Receiver, marks: dict[str, str]) -> dict[str, Any]:
    """One channel: lost, repeated, overtaken."""
    sql = f"""SELECT a.key, d.state, d.receipt FROM deliveries d JOIN alerts a ON a.id = d.alert
              WHERE d.channel = '{end.name}'"""
    rows = {str(key): (str(state), str(receipt)) for key, state, receipt in ask(database, sql)}
    told = set(re.findall(r"mark\d{5}x", " ".join(copy.body for copy in end.taken)))
    withheld = {key for key, (state, receipt) in rows.items() if state == "folded" and receipt.startswith("account-")}
    untold = {key for key, mark in marks.items() if mark not in told}
    copies = Counter(copy.key for copy in end.taken if not copy.edit)
    killed, silent = (Counter(dict(unknown(database, end.name, test))) for test in ("LIKE", "NOT LIKE"))
    repeats = {key: count - 1 for key, count in copies.items() if count > 1}
    return {
        "alerts": len(rows),
        "messages": sum(copies.values()),
        "edits": sum(copy.edit for copy in end.taken),
        "joined": sum(state == "folded" for state, _ in rows.values()) - len(withheld),
        "withheld": len(withheld),
        "lost": len(untold - withheld),
        "repeats": sum(repeats.values()),
        "unexplained": sum(max(count - killed[key] - silent[key], 0) for key, count in repeats.items()),
        "by a lost answer": sum(min(count, silent[key]) for key, count in repeats.items()),
        "by a kill": sum(max(count - silent[key], 0) for key, count in repeats.items()),
        "overtaken": overtaken(end),
        "not sent": sum(state not in ("sent", "folded") for state, _ in rows.values()),
        "killed under way": killed.total(),
        "answers lost": silent.total(),
        "faults": dict(end.faults),
    }


def unknown(database: Path, channel: str, test: str) -> list[tuple[str, int]]:
    """Alerts whose outcome on a channel was unknown, and how often: by a kill, or not by one."""
    sql = f"""SELECT a.key, count(*) FROM bench_unknown u JOIN deliveries d ON d.id = u.delivery
              JOIN alerts a ON a.id = d.alert WHERE d.channel = '{channel}' AND u.error {test} 'the program ended%'
              GROUP BY a.key"""
    return [(str(key), int(count)) for key, count in ask(database, sql)]


def overtaken(end: Receiver) -> int:
    """First copies that came before an earlier message of their case."""
    last: dict[str, int] = {}
    seen, count = set[str](), 0
    for copy in end.taken:
        if copy.key in seen or copy.edit:
            continue
        seen.add(copy.key)
        *_, case, step = (copy.key + "-0").split("-")[: 4 if copy.key.startswith("follow") else 3]
        count += int(step) < last.get(case, 0) or (copy.key.startswith("follow") and f"account-{case}" not in seen)
        last[case] = int(step)
    return count


def right(result: dict[str, Any]) -> bool:
    """Whether nothing was lost, repeated without a reason, or overtaken."""
    bad = ("lost", "unexplained", "overtaken", "not sent")
    return not any(each[name] for each in result["channels"].values() for name in bad)


def table(result: dict[str, Any]) -> str:
    """The figures for people."""
    names = [name for name in result["channels"]["mail"] if name != "faults"]
    lines = [f"{result['alerts']} alerts, {result['kills']} kills, {result['seconds']} s, seed {result['seed']}", ""]
    lines.append(f"{'':18}" + "".join(f"{channel:>12}" for channel in result["channels"]))
    for name in names:
        lines.append(f"{name:18}" + "".join(f"{each[name]:>12}" for each in result["channels"].values()))
    for fault in FAULTS:
        lines.append(
            f"{'  ' + fault:18}" + "".join(f"{e['faults'].get(fault, 0):>12}" for e in result["channels"].values())
        )
    return "\n".join(lines)


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alerts", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--courier", nargs=3, metavar=("DATABASE", "PORTS", "BEGAN"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.courier:
        database, ports, began = options.courier
        sys.exit(courier(Path(database), json.loads(ports), float(began)))
    result = run(options.alerts, options.kills, options.seed)
    print(table(result))
    print(json.dumps(result))
    sys.exit(0 if right(result) else 1)


if __name__ == "__main__":
    main()
