"""`outspoken.toml` and `sources.toml` as they stand on the disk, and every mistake in the channels they name."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alerts.channels import Channel, build_all, problems
from config import Config, key_line, load, load_sources, secret
from errors import ConfigError, Problem
from model import Source
from verdicts import signer

log = logging.getLogger("outspoken.reloading")


@dataclass
class Files:
    """`outspoken.toml` and `sources.toml` as they stand on the disk, read again when they change."""

    path: Path
    config: Config
    _seen: tuple[int, int] | None = None

    def changed_sources(self, forced: bool) -> list[Source] | None:
        """The sources where `sources.toml` has changed since the last call (or `forced`), else None.

        A file that cannot be read is reported, and the sources stay as they are: a slip of the editor stops nothing.
        """
        try:
            stat = self.config.sources.stat()
            seen = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            seen = (0, 0)
        if seen == self._seen and not forced:
            return None
        first, self._seen = self._seen is None, seen
        try:
            return load_sources(self.config.sources)
        except ConfigError as error:
            if first:
                raise
            log.error("the sources stay as they are: %s", error)  # noqa: TRY400 - the sentence says all
            return None

    def changed_config(self) -> Config | None:
        """The configuration as it stands now; None, and a line in the log, where it has mistakes."""
        try:
            config = checked(self.path)
        except ConfigError as error:
            log.error("the configuration stays as it is: %s", error)  # noqa: TRY400 - the sentence says all
            return None
        self.config = config
        return config


def channel_problems(path: Path, config: Config) -> list[Problem]:
    """Every mistake in the channels' tables, and every channel that is named somewhere and defined nowhere."""
    found = problems(str(path), config.channels, partial(key_line, path))
    return found + unknown_channels(path, config) + _missing_secrets(path, config) + _lonely_canary(path, config)


def _lonely_canary(path: Path, config: Config) -> list[Problem]:
    """A canary that stays away must be told by another channel than its own."""
    if not config.canary.channel or set(config.channels) - {config.canary.channel}:
        return []
    message = "is the only channel there is; define another one, which hears of a canary that did not arrive"
    return [Problem(str(path), "canary.channel", key_line(path, "canary", "channel"), message)]


def _missing_secrets(path: Path, config: Config) -> list[Problem]:
    reader = config.second_reader
    named = {("verdicts", key): getattr(config.verdicts, key) for key in ("secret", "slack_secret")}
    named[("second_reader", "key")] = reader.key if reader else ""
    found = []
    for place, value in named.items():
        try:
            secret(value)
        except ConfigError as error:
            said = f"{value} {error.problems[0].message}"
            found.append(Problem(str(path), ".".join(place), key_line(path, *place), said))
    return found


def unknown_channels(path: Path, config: Config) -> list[Problem]:
    """Channels that are named and not defined: what is told to them would wait for ever."""
    named: dict[tuple[str | int, ...], tuple[str, ...]] = {
        ("alert_channels",): config.alert_channels,
        ("alerts", "ops"): config.alerts.ops,
        ("canary", "channel"): (config.canary.channel,) if config.canary.channel else (),
        **{("routes", number, "channels"): route.channels for number, route in enumerate(config.routes)},
    }
    return [
        Problem(str(path), ".".join(map(str, key)), key_line(path, *key), f'has no channel named "{name}"')
        for key, names in named.items()
        for name in names
        if name not in config.channels
    ]


def checked(path: Path) -> Config:
    """The configuration with its channels checked. Raises ConfigError with every mistake."""
    config = load(path)
    if wrong := channel_problems(path, config):
        raise ConfigError(wrong)
    return config


def channels_of(config: Config) -> dict[str, Channel]:
    """The configured channels, by name."""
    buttons = bool(config.verdicts.slack_secret)
    return build_all(config.channels, signer(config.verdicts), buttons=buttons, web=config.alerts.web)
