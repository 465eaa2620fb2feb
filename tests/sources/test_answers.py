"""What is kept of the web: asked once, decided anew as often as records, policy and code change."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image as Pil

from tasks import ingest
from tasks.core import image, manifest, measures
from tasks.sources import answers, fetching
from tasks.sources.answers import Answers
from tasks.sources.batch import File, too_many
from tasks.sources.policy import TODAY
from tasks.sources.urls import FETCHED

LIMIT = 10000
HERE = b"52.0, 13.0"


def photo(seed: int, orientation: int = 6) -> bytes:
    """A JPEG with its camera and its place."""
    pixels = np.random.default_rng(seed).integers(0, 255, (32, 48, 3), np.uint8)
    tags, file = Pil.Exif(), BytesIO()
    tags[0x0112], tags[0x010E] = orientation, HERE.decode()
    Pil.fromarray(pixels).save(file, "JPEG", exif=tags)
    return file.getvalue()


class Web:
    """Servers that answer from a table, and count."""

    def __init__(self, **pages: File) -> None:
        self.pages: dict[str, File] = pages
        self.asked: list[str] = []

    def fetched(self, url: str, **_: Any) -> File:
        self.asked.append(url)
        return self.pages[url]

    def ask(self, urls: Sequence[str]) -> Iterator[File]:
        return (self.fetched(url) for url in urls)


def page(url: str, data: bytes = b"", reason: str | None = None) -> tuple[str, File]:
    return url, File(url, data, reason, "said the server" if reason else "")


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Web:
    """Two photos, one address that leads nowhere, one server that does not answer; in an empty project."""
    made = Web()
    made.pages = dict([page("http://x/1", photo(1)), page("http://x/2", photo(2))])
    made.pages |= [page("http://x/gone", reason="not_found"), page("http://x/late", reason="unreachable")]
    monkeypatch.setattr(fetching, "fetched", made.fetched)
    monkeypatch.chdir(tmp_path)
    TODAY.parent.mkdir(parents=True)
    TODAY.write_text("2026-01-01\n")
    return made


def ingested(listed: Mapping[str, str], columns: str = "licence", **policy: Any) -> dict[str, dict[str, Any]]:
    """The manifest after an ingest of these URLs, each with its other cells."""
    Path("list.csv").write_text("\n".join([f"url,{columns}", *[f"{url},{cells}" for url, cells in listed.items()], ""]))
    given = {"sources": [{"kind": "urls", "path": "list.csv"}], "fetch": {"at_once": 1}, **policy}
    Path("params.yaml").write_text(yaml.safe_dump({"ingest": given}))
    ingest.main()
    return {str(row["url"]): row for row in manifest.read_all(ingest.OUT, manifest.INGEST).to_pylist()}


def kept() -> dict[str, bytes]:
    """Every file of data/fetched."""
    return {str(file): file.read_bytes() for file in FETCHED.rglob("*") if file.is_file()}


def all_of(web: Web, cells: str = "CC0-1.0") -> dict[str, str]:
    return dict.fromkeys(web.pages, cells)


def test_nothing_is_asked_twice_when_records_policy_or_packages_change(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ingested(all_of(web))
    assert sorted(web.asked) == sorted(web.pages)
    before, web.pages = kept(), {}  # every link is dead now
    assert ingested(dict.fromkeys(first, "CC0-1.0")) == first
    other = ingested(dict.fromkeys(first, "CC-BY-4.0"), max_megapixels=50)
    monkeypatch.setattr(measures, "versions", lambda: {"pillow": "another"})
    assert ingested(dict.fromkeys(first, "CC-BY-4.0"), max_megapixels=50) == other
    assert {url: row["id"] for url, row in other.items()} == {url: row["id"] for url, row in first.items()}
    assert {row["licence"] for row in other.values()} == {"CC-BY-4.0"}
    assert (len(web.asked), kept()) == (4, before)


def test_rows_are_those_of_the_bytes_as_received_and_what_is_kept_tells_no_place(web: Web) -> None:
    row = ingested(all_of(web))["http://x/1"]
    whole = measures.measured(photo(1), 100)
    told = manifest.table([dict.fromkeys(manifest.INGEST.names) | whole], manifest.INGEST).to_pylist()[0]
    assert {name: row[name] for name in whole} == {name: told[name] for name in whole}
    assert row["id"] == hashlib.sha256(photo(1)).hexdigest()[:16]
    assert HERE in photo(1)
    assert not any(HERE in data for data in kept().values())


def test_what_consent_ended_for_goes_and_the_rest_is_not_asked_for_again(web: Web) -> None:
    urls = {"http://x/1": "7,2026-01-01", "http://x/2": "8,"}
    first = ingested(urls, "consent,expires")
    TODAY.write_text("2026-01-02\n")
    then = ingested(urls, "consent,expires")
    assert (then["http://x/1"]["reason"], then["http://x/2"]) == ("consent_expired", first["http://x/2"])
    held = manifest.read_all(FETCHED / "list", answers.ANSWER, ["url"])["url"].to_pylist()
    assert (held, web.asked) == (["http://x/2"], ["http://x/1", "http://x/2"])


def test_what_was_not_reached_is_asked_again_on_another_day_alone(web: Web) -> None:
    first = ingested(all_of(web))
    assert ingested(all_of(web)) == first
    assert web.asked.count("http://x/late") == 1
    TODAY.write_text("2026-01-02\n")
    shard = next(ingest.OUT.glob("*.parquet")).stat().st_mtime_ns
    assert ingested(all_of(web)) == first
    assert next(ingest.OUT.glob("*.parquet")).stat().st_mtime_ns == shard, "nothing new was heard"
    web.pages |= [page("http://x/late", photo(3))]
    TODAY.write_text("2026-01-03\n")
    assert ingested(all_of(web))["http://x/late"]["reason"] is None
    assert [web.asked.count(url) for url in sorted(web.pages)] == [1, 1, 1, 3]


def test_other_settings_of_the_asking_are_a_new_asking(web: Web) -> None:
    ingested(all_of(web))
    ingested(all_of(web), fetch={"at_once": 1, "tries": 9})
    assert [web.asked.count(url) for url in sorted(web.pages)] == [1, 1, 1, 2]


def test_a_half_written_pack_is_forgotten(web: Web) -> None:
    ingested(all_of(web))
    before = kept()
    (FETCHED / "list/.0123456789abcdef.parquet.part").write_bytes(photo(1))
    ingested(all_of(web))
    assert kept() == before


def test_a_batch_that_is_no_more_leaves_nothing(web: Web) -> None:
    ingested(all_of(web))
    (FETCHED / "list").rename(FETCHED / "former")
    (FETCHED / "note.txt").write_text("of somebody")
    ingested(all_of(web))
    assert sorted(found.name for found in FETCHED.iterdir()) == ["list", "note.txt"]


def test_a_later_url_costs_itself_alone(web: Web) -> None:
    urls = all_of(web)
    del urls["http://x/1"]
    ingested(urls)
    packs = kept()
    ingested(all_of(web))
    assert len(web.asked) == 4
    assert packs.items() <= kept().items()


def test_a_kill_loses_no_pack_that_was_written(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PACK", 1)
    urls = all_of(web)
    web.pages.pop("http://x/2")
    with pytest.raises(KeyError):
        ingested(urls)
    web.pages |= [page("http://x/2", photo(2))]
    ingested(urls)
    assert [web.asked.count(url) for url in sorted(web.pages)] == [1, 2, 1, 1]


@pytest.mark.parametrize(("limit", "times"), [(LIMIT, 1), (2 * LIMIT, 2)])
def test_what_was_too_large_is_asked_again_under_another_limit_alone(tmp_path: Path, limit: int, times: int) -> None:
    web = Web(big=too_many("big", LIMIT))
    for each in (LIMIT, limit):
        Answers(tmp_path, each).bring(["big"], web.ask, "today")
    assert web.asked == ["big"] * times


def test_what_a_lower_limit_refuses_stays(tmp_path: Path) -> None:
    web = Web(big=File("big", bytes(LIMIT)))
    for limit, reason in ((LIMIT, None), (LIMIT - 1, "too_many_bytes"), (LIMIT, None)):
        found = Answers(tmp_path, limit)
        found.bring(["big"], web.ask, "today")
        assert [file.reason for file in found.read(["big"])] == [reason]
    assert web.asked == ["big"]


@pytest.mark.parametrize("data", [b"", b"no picture", photo(1)[:300], b"GIF89a"])
def test_what_is_no_whole_picture_is_kept_as_it_came(data: bytes) -> None:
    assert answers.bare(data) == data


@pytest.mark.parametrize("kind", ["TIFF", "AVIF", "GIF"])
def test_a_format_that_carries_its_metadata_along_is_kept_as_its_pixels(kind: str, tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    tags, file = Pil.Exif(), BytesIO()
    tags[0x010E] = HERE.decode()
    comment = {"comment": HERE} if kind == "GIF" else {"exif": tags}
    Pil.fromarray(pixels).save(file, kind, **comment)
    data = file.getvalue()
    assert HERE in data
    found = Answers(tmp_path, len(data))
    found.bring(["it"], Web(it=File("it", data)).ask, "today")
    (kept,) = found.read(["it"])
    assert HERE not in kept.data
    assert kept.digest == hashlib.sha256(data).hexdigest()
    assert kept.reason is None, "that the kept form is larger is not the server's"
    assert np.array_equal(image.decode(kept.data), image.decode(data))
