"""A page that is listened to."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page, Response

from tests.e2e.addresses import Address


@dataclass
class Watched:
    """A page, what it complained of, and what the server answered it."""

    page: Page
    said: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self.listen)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("response", self.receive)

    def listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def receive(self, answer: Response) -> None:
        self.answers.append(answer)

    def complaints(self, address: Address) -> list[str]:
        """A browser also notes that an error's page is none that was wanted."""
        return [text for text in self.said if not (address.is_error and "Failed to load" in text)]

    @property
    def kilobytes(self) -> float:
        """Of pages and their parts as they came over the wire; scripts and styles are kept by the browser."""
        ours = [one for one in self.answers if "/static/" not in one.url]
        return sum(int(one.headers.get("content-length", 0)) for one in ours) / 1024
