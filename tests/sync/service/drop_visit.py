"""A visit that opens a page, and a phone that knows its address only: both over real HTTP."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any

import httpx
from PIL import Image

from app.vault.parcels import ParcelKey

if TYPE_CHECKING:
    from tests.sync.service.house import House


def photo(size: tuple[int, int] = (64, 48), kind: str = "JPEG") -> bytes:
    """Make a small picture."""
    sink = io.BytesIO()
    Image.new("RGB", size, "white").save(sink, kind)
    return sink.getvalue()


class DropVisit:
    """One page, opened by a visit in someone's name."""

    def __init__(self, house: House, client: httpx.Client) -> None:
        self.house = house
        self.client = client
        self.key = ParcelKey.draw()
        told = self.post({"public_key": base64.b64encode(self.key.public).decode()})
        assert told.status_code == 201, told.text
        self.told: dict[str, Any] = told.json()
        self.id: str = self.told["id"]
        self.page: str = house.base + self.told["path"]

    def post(self, body: Any) -> httpx.Response:  # noqa: ANN401 (whatever a test sends)
        """Ask for a page."""
        return self.client.post(f"{self.house.base}/drops", json=body)

    def sid(self) -> str:
        """The session's id, as its token says it."""
        body = self.client.headers["authorization"].split(".")[1]
        told: dict[str, str] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return told["sid"]

    def state(self, client: httpx.Client | None = None) -> httpx.Response:
        """Look whether something came."""
        return (client or self.client).get(f"{self.house.base}/drops/{self.id}")

    def sealed(self, place: int = 1, client: httpx.Client | None = None) -> httpx.Response:
        """Fetch a picture."""
        return (client or self.client).get(f"{self.house.base}/drops/{self.id}/pictures/{place}")

    def picture(self, place: int = 1) -> bytes:
        """Fetch a picture and open it."""
        return self.key.open(self.sealed(place).content, f"{self.id}/{place}")

    def close(self, client: httpx.Client | None = None) -> httpx.Response:
        """Close the page."""
        return (client or self.client).delete(f"{self.house.base}/drops/{self.id}")


def send(page: str, *pictures: tuple[str, bytes]) -> httpx.Response:
    """Send as a phone's browser does without a script: a form with its two fields, one left empty."""
    files = [("pictures", ("", b"", "application/octet-stream"))]
    files += [("pictures", (name, data, "image/jpeg")) for name, data in pictures]
    return httpx.post(page, files=files, trust_env=False, timeout=60)


def objects_in(house: House) -> int:
    """How many sealed objects the service holds."""
    return sum(1 for _ in (house.folder / "objects").iterdir())
