"""Addresses that are never fetched, however they are spelled and whoever leads there.

No address outside of this machine is ever asked here, not even if the check were broken: port 1 is closed everywhere.
"""

from __future__ import annotations

from dataclasses import replace

import internet
import pytest
from crawling import QUICK, crawl, fetch, fetches, fresh, poll
from loopback import Answer, Web, serve
from misbehaving import HTML, redirect

from model import Fetch, PollOutcome
from spiders.safety import link_local, public

PAGE = {"/page": Answer(200, b"<p>Secret", HTML), "/feed": Answer(200, b"<rss version='2.0'/>")}
NEVER = "is never fetched: {} is a private, loopback or otherwise reserved address"
POLITE = QUICK.model_copy(update={"robots": True})
LINK_LOCAL = "is never fetched: {} is a link-local or metadata address"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "localhost", "2130706433", "", "192.88.99.1",
    ],
)  # fmt: skip
def test_what_is_not_public(host: str) -> None:
    assert not public(host)


@pytest.mark.parametrize("host", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1", "2a00:1450:4001::1"])
def test_what_is_public(host: str) -> None:
    assert public(host)
    assert not link_local(host)


@pytest.mark.parametrize("host", ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1%eth0", "fd00:ec2::254", "odd"])
def test_what_is_refused_to_private_sources_too(host: str) -> None:
    assert link_local(host)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("１２７.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "0.0.0.0"),
        ("[::1]", "::1"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        ("[::ffff:7f00:1]", "::ffff:127.0.0.1"),
    ],
)
def test_no_spelling_leads_to_this_machine(host: str, address: str) -> None:
    with serve(PAGE) as web:
        (fetched,) = fetch(f"http://{host}:{web.url.rpartition(':')[2]}/page", allow_private=False)
    assert (fetched.page, fetched.retry) == (None, False)
    assert fetched.error.replace("::ffff:7f00:1", "::ffff:127.0.0.1") == NEVER.format(address)
    assert web.asked == []


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.1.1", "[fd00::1]", "[64:ff9b::7f00:1]"])
def test_no_private_network_is_reached(scheme: str, host: str) -> None:
    (fetched,) = fetch(f"{scheme}://{host}:1/", allow_private=False)
    assert (fetched.error, fetched.retry) == (NEVER.format(host.strip("[]")), False)


@pytest.mark.parametrize("allow_private", [False, True])
@pytest.mark.parametrize("host", ["169.254.169.254", "2852039166", "[::ffff:169.254.169.254]", "[fd00:ec2::254]"])
def test_no_source_reaches_the_metadata_of_a_cloud(host: str, allow_private: bool) -> None:
    (fetched,) = fetch(f"http://{host}:1/latest/meta-data/", allow_private=allow_private)
    assert fetched.error.endswith("is a link-local or metadata address")
    assert not fetched.retry


def test_a_private_source_does_not_lead_to_the_metadata_of_a_cloud() -> None:
    with serve({"/page": redirect("http://169.254.169.254:1/latest/meta-data/")}) as web:
        (fetched,) = fetch(f"{web.url}/page")
    assert (fetched.error, fetched.retry) == (LINK_LOCAL.format("169.254.169.254"), False)


def test_a_feed_at_a_private_address_is_refused() -> None:
    with serve(PAGE) as web:
        polled = poll(f"{web.url}/feed", allow_private=False)
    assert (polled.outcome, polled.error) == (PollOutcome.FAILED, NEVER.format("127.0.0.1"))
    assert web.asked == []


def test_a_private_source_may_be_fetched_where_it_says_so() -> None:
    with serve(PAGE) as web:
        (fetched,) = fetch(f"{web.url}/page", allow_private=True)
    assert fetched.page is not None


def test_robots_txt_is_not_asked_for_at_a_private_address_either() -> None:
    with serve(PAGE) as web:
        (fetched,) = fetch(f"{web.url}/page", allow_private=False, limits=POLITE)
    assert fetched.error == NEVER.format("127.0.0.1")
    assert web.asked == []


# --- strangers who lead here ---------------------------------------------------------------------------------
CLOSING = {**HTML, "Connection": "close"}


def strangers(web: Web, *paths: str) -> list[Fetch]:
    """Pages at a name that somebody else controls; it may lead here."""
    return fetches(*(web.url.replace("127.0.0.1", "public.example") + path for path in paths), allow_private=False)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_to_a_private_address_is_refused(status: int) -> None:
    with serve(dict(PAGE)) as web:
        web.answers["/away"] = redirect(f"{web.url}/page", status)
        found, _ = fresh("fetch", strangers(web, "/away"), prepare=internet.steady)
    assert [(each.error, each.retry) for each in found] == [(NEVER.format("127.0.0.1"), False)]
    assert web.paths() == ["/away"]


def test_a_name_that_changes_its_mind_between_two_look_ups_is_refused() -> None:
    with serve({"/page": Answer(200, b"<p>Harmless", CLOSING)}) as web:
        limits = QUICK.model_copy(update={"per_host": 1})
        found, _ = fresh("fetch", strangers(web, "/page", "/page?now"), limits, internet.rebinding)
    assert sorted(each.error for each in found) == ["", NEVER.format("127.0.0.1")]
    assert len(web.asked) == 1


def test_a_name_that_also_has_a_private_address_is_refused_there() -> None:
    with serve(PAGE) as web:
        found, _ = fresh("fetch", strangers(web, "/page"), prepare=internet.ambiguous)
    assert [each.page for each in found] == [None]
    assert web.asked == []


def test_a_connection_that_a_private_source_opened_is_not_used_for_others() -> None:
    with serve(PAGE) as web:
        private, other = fetches(f"{web.url}/page", f"{web.url}/page?2")
        other = replace(other, source=replace(other.source, allow_private=False))
        found = crawl("fetch", [private, other], QUICK.model_copy(update={"per_host": 1}))
    assert sorted(each.error for each in found) == ["", NEVER.format("127.0.0.1")]
    assert len(web.asked) == 1
