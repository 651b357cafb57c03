"""Who gets in, from where, and what every answer carries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from served import Served, serve, token

from config import WebConfig
from errors import ConfigError
from web import passwords
from web.access import TRIES, Access

pytest_plugins = ("site_fixtures",)
PASSWORD = "a long enough password"
PAGES = ("/-/accounts", "/-/review", "/-/overview", "/-/sources", "/-/audit", "/outspoken", "/outspoken/verdicts.json")
WRITES = ("/-/review/1/confirm", "/-/review/1/reject", "/-/review/1/correct", "/-/review/undo/1", "/-/review/unmerge/1")


@pytest.fixture
def guarded(database: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Ada judges, Ben reads."""
    monkeypatch.setenv("HASH", passwords.hashed(PASSWORD))
    users = {"ada": "env:HASH", "ben": "env:HASH"}
    with serve(database, now, passwords=users, reviewers=["ada"]) as served:
        yield served


def verdict(served: Served, account: int = 1) -> str:
    with served.store() as store:
        return store.verdict(account)


def log_in(client: httpx.Client, user: str, password: str = PASSWORD) -> httpx.Response:
    form = {"csrftoken": token(client, "/-/login"), "user": user, "password": password, "next": "/-/review"}
    return client.post("/-/login", data=form)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_shut_in(here: Served, page: str) -> None:
    with here.client() as client:
        answer = client.get(page)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("address", WRITES)
def test_nothing_is_written_without_the_token_of_a_page(here: Served, address: str) -> None:
    with here.client() as client:
        assert client.post(address, data={}).status_code == 403
        assert client.post(address, data={"csrftoken": "guessed"}).status_code == 403
        bearer = client.post(address, data={}, headers={"Authorization": "Bearer x"})
        assert bearer.status_code == 403, "Datasette's own check lets this pass"
        other = token(client)
        with here.client() as stranger:
            assert stranger.post(address, data={"csrftoken": other}).status_code == 403, "somebody else's token"
        assert client.get(address).status_code == 403
    assert verdict(here) == ""


def test_a_form_with_its_token_is_taken(here: Served) -> None:
    with here.client() as client:
        assert client.post("/-/review/1/confirm", data={"csrftoken": token(client)}).status_code == 303
    assert verdict(here) == "confirm"


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_another_sites_page_cannot_send_a_form(here: Served, headers: dict[str, str]) -> None:
    with here.client() as client:
        answer = client.post("/-/review/1/confirm", data={"csrftoken": token(client)}, headers=headers)
    assert answer.status_code == 403
    assert verdict(here) == ""


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_name_that_was_made_to_lead_here_is_refused(here: Served, host: str) -> None:
    with here.client() as client:
        assert client.get("/-/accounts", headers={"Host": host}).status_code == 403
        port = here.url.rsplit(":", 1)[1]
        assert client.get("/-/accounts", headers={"Host": f"localhost:{port}"}).status_code == 200


def test_a_proxy_does_not_open_to_the_world_what_is_meant_for_this_machine(here: Served) -> None:
    with here.client() as client:
        assert client.get("/-/accounts", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


def test_too_much_is_refused_unread(here: Served) -> None:
    with here.client() as client:
        form = {"csrftoken": token(client), "note": "x" * 100_000}
        assert client.post("/-/review/1/confirm", data=form).status_code == 403


def test_the_database_cannot_be_changed_by_a_query(here: Served) -> None:
    with here.client() as client:
        for sql in ("delete from accounts", "attach 'x.db' as x", "pragma query_only = off"):
            assert client.get("/outspoken.json", params={"sql": sql}).status_code == 400
        assert client.post("/outspoken", data={"sql": "delete from accounts"}).status_code == 403
        assert client.get("/outspoken.db").status_code in (403, 404)


@pytest.mark.parametrize("page", PAGES)
def test_without_a_log_in_nothing_is_shown(guarded: Served, page: str) -> None:
    with guarded.client() as client:
        answer = client.get(page)
        assert answer.status_code == (401 if page.endswith(".json") else 302)
        assert "Karim" not in answer.text
        assert client.post("/-/review/1/confirm", data={"csrftoken": token(client, "/-/login")}).status_code == 401


def test_a_reviewer_judges_under_her_name_and_logs_out(guarded: Served) -> None:
    with guarded.client() as client:
        answer = log_in(client, "ada")
        assert (answer.status_code, answer.headers["location"]) == (303, "/-/review")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        client.post("/-/review/1/confirm", data={"csrftoken": token(client)})
        with guarded.store() as store:
            assert store.verdicts(1)[0]["by"] == "ada"
        client.post("/-/leave", data={"csrftoken": token(client)})
        assert client.get("/-/accounts").status_code == 302


@pytest.mark.parametrize("address", WRITES)
def test_a_reader_cannot_judge(guarded: Served, address: str) -> None:
    with guarded.client() as client:
        log_in(client, "ben")
        assert client.get("/-/review").status_code == 200
        assert client.post(address, data={"csrftoken": token(client)}).status_code == 403
    assert verdict(guarded) == ""


def test_a_wrong_password_is_refused_and_many_lock(guarded: Served) -> None:
    with guarded.client() as client:
        for _ in range(TRIES):
            assert log_in(client, "ada", "wrong").status_code == 403
        assert log_in(client, "ada").status_code == 403, "locked, even with the right one"


def test_a_forged_session_is_none(guarded: Served) -> None:
    with guarded.client() as client:
        client.cookies.set("outspoken_session", "eyJ1c2VyIjoiYWRhIn0.forged")
        assert client.get("/-/accounts").status_code == 302
        client.cookies.set("ds_actor", "eyJhIjp7ImlkIjoicm9vdCJ9fQ")
        assert client.get("/-/accounts").status_code == 302


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_a_log_in_leads_nowhere_else(guarded: Served, following: str) -> None:
    with guarded.client() as client:
        form = {"csrftoken": token(client, "/-/login"), "user": "ada", "password": PASSWORD, "next": following}
        assert client.post("/-/login", data=form).headers["location"] == "/-/accounts"


def test_a_header_counts_from_a_known_proxy_only(database: Path, now: datetime) -> None:
    with serve(database, now, user_header="X-User", proxies=["127.0.0.1"], reviewers=["ada"]) as served:
        with served.client(**{"X-User": "ada"}) as client:
            assert client.post("/-/review/1/confirm", data={"csrftoken": token(client)}).status_code == 303
        with served.client() as client:
            assert client.get("/-/accounts").status_code == 302
    with (
        serve(database, now, user_header="X-User", proxies=["192.0.2.1"]) as served,
        served.client(**{"X-User": "ada"}) as client,
    ):
        assert client.get("/-/accounts").status_code == 302


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "outspoken.example.org"])
def test_beyond_loopback_somebody_must_vouch(host: str) -> None:
    with pytest.raises(ConfigError, match=r"web\.host.*set passwords, or user_header"):
        Access.of(WebConfig(host=host), "outspoken.toml")
    Access.of(WebConfig(host=host, user_header="X-User", proxies=("192.0.2.1",)), "outspoken.toml")


def test_a_password_stands_nowhere_in_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAIN", PASSWORD)
    with pytest.raises(ConfigError, match=r"web\.passwords\.ada: is no hash") as caught:
        Access.of(WebConfig(passwords={"ada": "env:PLAIN"}), "outspoken.toml")
    assert PASSWORD not in str(caught.value)
    made = passwords.hashed(PASSWORD)
    assert PASSWORD not in made
    assert passwords.matches(PASSWORD, made)
    assert not passwords.matches(PASSWORD + "x", made)
