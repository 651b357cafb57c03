"""Configuration: typed, and every mistake at once with its key and line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import config
from errors import ConfigError
from model import Recipe


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_an_empty_file_is_a_working_configuration(tmp_path: Path) -> None:
    loaded = config.load(write(tmp_path / "outspoken.toml", ""))
    assert loaded.database == tmp_path / "outspoken.db"
    assert loaded.alerts.max_age == timedelta(days=7)


def test_every_mistake_is_reported_with_key_and_line(tmp_path: Path) -> None:
    path = write(
        tmp_path / "outspoken.toml",
        'databse = "x.db"\n\n[crawl]\ndelay = "fast"\ninterval = "10 parsecs"\n\n[alerts]\nbacklog = 0\n',
    )
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    said = {(problem.key, problem.line) for problem in caught.value.problems}
    assert said == {("databse", 1), ("crawl.delay", 4), ("crawl.interval", 5), ("alerts.backlog", 8)}
    assert "docs/configuration.md" in str(caught.value)


def test_broken_toml_names_file_and_line(tmp_path: Path) -> None:
    path = write(tmp_path / "outspoken.toml", 'database = "a"\n[crawl\n')
    with pytest.raises(ConfigError, match=r"outspoken\.toml:2: is not valid TOML"):
        config.load(path)


def test_a_missing_file_says_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="outspoken init"):
        config.load(tmp_path / "outspoken.toml")


def test_sources_are_read_and_a_name_that_stands_twice_is_found(tmp_path: Path) -> None:
    text = '[[source]]\nname = "a"\nurl = "https://a.example/feed"\ninterval = "10m"\n'
    loaded = config.load_sources(write(tmp_path / "sources.toml", text))
    assert loaded[0].interval == timedelta(minutes=10)
    assert loaded[0].title == "a"
    with pytest.raises(ConfigError, match=r"sources\.toml:6: source\.1\.name: \"a\" stands twice"):
        config.load_sources(
            write(tmp_path / "sources.toml", text + '[[source]]\nname = "a"\nurl = "https://b.example/"\n')
        )


def test_a_bad_source_is_named_by_its_line(tmp_path: Path) -> None:
    text = '[[source]]\nname = "a"\nurl = "https://a.example/"\n\n[[source]]\nname = "b c"\nurl = "ftp://b"\n'
    with pytest.raises(ConfigError) as caught:
        config.load_sources(write(tmp_path / "sources.toml", text))
    assert [(p.key, p.line) for p in caught.value.problems] == [("source.1.name", 6), ("source.1.url", 7)]


def test_a_recipe_is_read_with_its_source(tmp_path: Path) -> None:
    inline = 'recipe = { body = "div.story", remove = [".a", "#b"], date = "time" }\n'
    apart = '[source.recipe]\nauthor = ".who"\n'
    text = f'[[source]]\nname = "a"\nurl = "https://a.example/"\n{inline}'
    text += f'[[source]]\nname = "b"\nurl = "https://b.example/"\n{apart}'
    text += '[[source]]\nname = "c"\nurl = "https://c.example/"\n'
    loaded = config.load_sources(write(tmp_path / "sources.toml", text))
    expected = [Recipe("div.story", ".a, #b", "", "time"), Recipe(author=".who"), None]
    assert [source.recipe for source in loaded] == expected


@pytest.mark.parametrize("selector", ["..story", "div[", "p::before(", "12", "", "a|b", "p:contains(", "h1,"])
def test_a_selector_that_is_none_is_named_by_its_key_and_line(tmp_path: Path, selector: str) -> None:
    text = '[[source]]\nname = "a"\nurl = "https://a.example/"\n[source.recipe]\nbody = "p"\n'
    text += f'[[source]]\nname = "b"\nurl = "https://b.example/"\n[source.recipe]\nbody = "p"\nauthor = "{selector}"\n'
    text += f'[[source]]\nname = "c"\nurl = "https://c.example/"\nrecipe = {{ remove = ["p", "{selector}"] }}\n'
    with pytest.raises(ConfigError) as caught:
        config.load_sources(write(tmp_path / "sources.toml", text))
    found = [(p.key, p.line) for p in caught.value.problems]
    assert found == [("source.1.recipe.author", 11), ("source.2.recipe.remove.1", 15)]


def test_secrets_come_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = write(tmp_path / "token", "quiet\n")
    monkeypatch.setenv("OUTSPOKEN_TEST_SECRET", "hush")
    assert config.secret("env:OUTSPOKEN_TEST_SECRET") == "hush"
    assert config.secret(f"file:{token}") == "quiet"
    assert config.secret("plain") == "plain"
    monkeypatch.delenv("OUTSPOKEN_TEST_SECRET")
    with pytest.raises(ConfigError, match="OUTSPOKEN_TEST_SECRET"):
        config.secret("env:OUTSPOKEN_TEST_SECRET")
    with pytest.raises(ConfigError, match="cannot be read"):
        config.secret(f"file:{tmp_path / 'absent'}")
