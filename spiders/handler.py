"""Scrapy's download handler for http and https, with our limits: public addresses, small headers.

Scrapy itself bounds a request's whole time (`DOWNLOAD_TIMEOUT`) and the size of its body, before and after
decompression (`DOWNLOAD_MAXSIZE`).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers import http11
from twisted.internet.error import ConnectError
from twisted.web.client import HTTPConnectionPool

from spiders.safety import Guarded
from spiders.turns import Turns

HEADER_BYTES = 128 * 1024
"""Status line and headers of one response, all together."""


class HeadersTooLarge(ConnectError):
    """A server goes on sending headers."""


class _Protocol(http11._LenientHTTP11ClientProtocol):
    """Gives up on a response whose headers do not end."""

    _head = 0

    def request(self, request: Any) -> Any:
        self._head = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        if self._parser is not None and self._parser.state in (http11.STATUS, http11.HEADER):
            self._head += len(data)
            if self._head > HEADER_BYTES and b"\r\n\r\n" not in data:
                self.transport.abortConnection()
                return
        super().dataReceived(data)


class _Factory(http11._HTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> _Protocol:  # noqa: N802 - Twisted's name
        return _Protocol(self._quiescentCallback)


class _Agent(http11._ScrapyAgent):
    """An agent for public addresses, or for any where the source may live at a private one."""

    def _get_agent(self, request: Any, timeout: float) -> Any:
        from twisted.internet import reactor

        return http11._BindAddressAgent(
            reactor=Guarded(reactor, private=bool(request.meta.get("allow_private"))),
            contextFactory=self._contextFactory,
            connectTimeout=timeout,
            bindAddress=None,
            pool=self._pool,
        )


class SafeDownloadHandler(http11.HTTP11DownloadHandler):
    """HTTP and HTTPS for pages of strangers. Proxies named in the environment are not used."""

    lazy = False

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._turns: Turns = getattr(crawler.spider, "turns", None) or Turns()
        self._per_host = crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        from twisted.internet import reactor

        # connections that a private source has opened are never used for others
        self._private = HTTPConnectionPool(reactor, persistent=True)
        self._private.maxPersistentPerHost = self._pool.maxPersistentPerHost
        self._pool._factory = self._private._factory = _Factory

    async def download_request(self, request: Any) -> Any:
        """Fetch one request. Raises Scrapy's download exceptions."""
        agent = _Agent(
            contextFactory=self._contextFactory,
            pool=self._private if request.meta.get("allow_private") else self._pool,
            maxsize=self._default_maxsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
        )
        async with self._turns.room(urlsplit(request.url).netloc, self._per_host):
            return await self._download(agent, request)

    async def _download(self, agent: _Agent, request: Any) -> Any:
        with http11.wrap_twisted_exceptions():
            return await http11.maybe_deferred_to_future(agent.download_request(request))

    async def close(self) -> None:
        """Close the connections."""
        self._private.closeCachedConnections()
        await super().close()
