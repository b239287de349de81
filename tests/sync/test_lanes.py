"""Lanes: what is large stands aside, what is small and what somebody opened goes first."""

from __future__ import annotations

import threading
import time

import pytest

from sync.lanes import SMALL, Lane, Lanes, lane_of


@pytest.mark.parametrize(
    ("content_type", "size", "lane"),
    [
        ("application/pdf", SMALL, Lane.DOCUMENTS),
        ("application/pdf", SMALL + 1, Lane.IMAGES),
        ("image/jpeg", 90_000, Lane.DOCUMENTS),
        ("image/jpeg", None, Lane.IMAGES),
        ("application/dicom", None, Lane.IMAGES),
        ("application/pdf", None, Lane.DOCUMENTS),
    ],
)
def test_a_file_travels_by_its_size(content_type: str, size: int | None, lane: Lane) -> None:
    """By its kind only where nobody told its size."""
    assert lane_of(content_type, size) is lane


@pytest.mark.parametrize("busy", [Lane.ACTS, Lane.METADATA, Lane.DOCUMENTS])
def test_images_wait_while_anything_above_is_at_work(busy: Lane) -> None:
    """And go on as soon as it is done."""
    lanes, passed = Lanes(), threading.Event()
    at_work, done = threading.Event(), threading.Event()

    def work() -> None:
        with lanes.at_work(busy):
            at_work.set()
            done.wait(5)

    def image() -> None:
        lanes.give_way(Lane.IMAGES)
        passed.set()

    threads = [threading.Thread(target=work), threading.Thread(target=image)]
    threads[0].start()
    assert at_work.wait(5)
    threads[1].start()
    assert not passed.wait(0.1)
    done.set()
    assert passed.wait(2)
    for each in threads:
        each.join()


def test_documents_and_acts_never_wait_for_images() -> None:
    """Nor for each other: each has a connection of its own."""
    lanes = Lanes()
    started = time.monotonic()
    with lanes.at_work(Lane.IMAGES), lanes.at_work(Lane.ACTS):
        lanes.give_way(Lane.DOCUMENTS)
        lanes.give_way(Lane.ACTS)
    assert time.monotonic() - started < 2


def test_an_image_is_never_kept_so_long_that_the_service_gives_it_up() -> None:
    """After the longest wait it moves a chunk all the same."""
    lanes = Lanes()
    with lanes.at_work(Lane.ACTS):
        started = time.monotonic()
        lanes.give_way(Lane.IMAGES, longest=0.05)
        assert time.monotonic() - started >= 0.05
