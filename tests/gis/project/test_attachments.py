"""Photos and documents: kept before they are recorded, by digest, never overwritten; whatever fails changes nothing."""

from __future__ import annotations

import errno
import hashlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from gis.editing import Batch, Create, Delete, Join
from gis.errors import Refusal
from gis.project import attachments
from gis.project.attachments import attach, attachments_of, clean_up, safe_name, verify_files
from gis.project.photos import facts_of_photo, picture
from tests.gis.project.conftest import key, point


def jpeg(size=(80, 40), color="red", **exif) -> bytes:
    image, out = Image.new("RGB", size, color), BytesIO()
    tags = Image.Exif()
    if "orientation" in exif:
        tags[0x0112] = exif["orientation"]
    if "taken" in exif:
        tags.get_ifd(0x8769)[0x9003] = exif["taken"]
    image.save(out, "JPEG", exif=tags)
    return out.getvalue()


@pytest.fixture
def site(session):
    return key(session, "base_station", "BS-1")


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "机房.jpg"
    path.write_bytes(jpeg(taken="2024:05:06 07:08:09"))
    return path


def files(session):
    return sorted(path.name for path in session.attachments_folder().iterdir())


def test_a_photo_is_kept_by_its_digest(session, site, photo):
    done = attach(session, "base_station", site, [photo])
    (one,) = attachments_of(session, "base_station", site)
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()
    assert (one.name, one.hash, one.size) == ("机房.jpg", digest, photo.stat().st_size)
    assert (one.mime, one.taken_at, one.state) == ("image/jpeg", "2024-05-06T07:08:09", "there")
    assert one.path.read_bytes() == photo.read_bytes()
    assert done.created["attachment"] == [one.id]
    assert files(session) == [digest]


def test_adding_and_removing_are_undo_steps(session, site, photo):
    attach(session, "base_station", site, [photo])
    session.undo()
    assert attachments_of(session, "base_station", site) == []
    session.redo()
    (one,) = attachments_of(session, "base_station", site)
    session.perform(Delete("attachment", [one.id]))
    assert len(files(session)) == 1  # the content stays
    session.undo()
    assert attachments_of(session, "base_station", site) == [one]


def test_deleting_a_feature_takes_its_attachments_along(session, photo):
    camera = key(session, "camera", "CAM-1")
    attach(session, "camera", camera, [photo])
    attach(session, "base_station", camera, [photo])  # another class's row that happens to have the same key
    session.perform(Delete("camera", [camera]))
    assert attachments_of(session, "camera", camera) == []
    assert len(attachments_of(session, "base_station", camera)) == 1
    session.undo()
    assert len(attachments_of(session, "camera", camera)) == 1


def test_within_one_batch_too(session, photo):
    camera = key(session, "camera", "CAM-1")
    row = {"owner_class": "camera", "owner_id": camera, "name": "a.txt", "hash": "0" * 64}
    session.perform(Batch("edit.delete", {}, [Create("attachment", [row]), Delete("camera", [camera])]))
    assert session.count("attachment") == 0


def test_joined_features_keep_the_attachments_of_all(session, photo):
    from shapely import LineString

    lines = [{"code": f"R-{i}", "geom": LineString([point(100 * i), point(100 * i + 100)])} for i in (1, 2)]
    first, second = session.perform(Create("road", lines)).created["road"]
    attach(session, "road", second, [photo])
    session.perform(Join("road", [first, second]))
    assert len(attachments_of(session, "road", first)) == 1


def test_the_same_photo_twice_is_one(session, site, photo, tmp_path):
    again = tmp_path / "copy.jpg"
    again.write_bytes(photo.read_bytes())
    attach(session, "base_station", site, [photo, again])
    done = attach(session, "base_station", site, [again])
    assert done.seq is None
    assert len(attachments_of(session, "base_station", site)) == 1
    camera = key(session, "camera", "CAM-1")
    attach(session, "camera", camera, [again])  # of another feature: one file, two rows
    assert len(files(session)) == 1
    assert session.count("attachment") == 2


def test_killed_half_way_nothing_is_recorded(session, site, photo, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(attachments, "_settle", die)
    with pytest.raises(KeyboardInterrupt):
        attach(session, "base_station", site, [photo])
    monkeypatch.undo()
    assert session.count("attachment") == 0
    left = session.attachments_folder() / "0123456789abcdef.part"  # what a power cut would have left
    left.write_bytes(b"half")
    assert verify_files(session).orphans == (left,)
    assert clean_up(session, [left]) == 1
    assert files(session) == []


def test_a_full_disk_is_told_and_changes_nothing(session, site, photo, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(attachments.os, "fsync", full)
    with pytest.raises(Refusal) as refused:
        attach(session, "base_station", site, [photo])
    monkeypatch.undo()
    assert refused.value.code == "attachments.not_kept"
    assert session.count("attachment") == 0
    assert files(session) == []


def test_one_that_fails_keeps_the_others_out(session, site, photo, tmp_path):
    with pytest.raises(Refusal) as refused:
        attach(session, "base_station", site, [photo, tmp_path])
    assert refused.value.code == "attachments.unreadable"
    assert session.count("attachment") == 0
    assert len(verify_files(session).orphans) == 1


@pytest.mark.parametrize(("content", "code"), [(b"", "attachments.empty"), (b"x" * 2_001, "attachments.too_large")])
def test_empty_and_huge_files_are_refused(session, site, tmp_path, monkeypatch, content, code):
    monkeypatch.setattr(attachments, "LARGEST", 2_000)
    path = tmp_path / "doc.pdf"
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        attach(session, "base_station", site, [path])
    assert refused.value.code == code
    assert "doc.pdf" in refused.value.message("zh")
    assert files(session) == []


def test_a_document_is_no_picture(session, site):
    attach(session, "base_station", site, [("说明.pdf", b"%PDF-1.7"), ("data", b"\x00\x01")])
    kinds = {one.name: (one.mime, one.picture) for one in attachments_of(session, "base_station", site)}
    assert kinds == {"说明.pdf": ("application/pdf", False), "data": ("application/octet-stream", False)}


def test_missing_and_changed_files_are_told(session, site):
    attach(session, "base_station", site, [("a.txt", b"one"), ("b.txt", b"two"), ("c.txt", b"three")])
    a, b, c = attachments_of(session, "base_station", site)
    a.path.unlink()
    b.path.write_bytes(b"twofold")
    c.path.write_bytes(b"THREE")  # of the same size: only its digest tells
    assert [one.state for one in attachments_of(session, "base_station", site)] == ["missing", "changed", "there"]
    health = verify_files(session)
    assert [one.name for one in health.missing] == ["a.txt"]
    assert {one.name for one in health.changed} == {"b.txt", "c.txt"}
    assert health.orphans == ()


def test_adding_a_damaged_file_again_mends_it(session, site):
    attach(session, "base_station", site, [("b.txt", b"two")])
    (one,) = attachments_of(session, "base_station", site)
    one.path.write_bytes(b"bad")
    attach(session, "base_station", site, [("b.txt", b"two")])
    assert one.path.read_bytes() == b"two"
    assert any(name.endswith(".damaged") for name in files(session))  # never overwritten


def test_cleaning_up_spares_what_is_named_and_what_is_not_ours(session, site, tmp_path):
    attach(session, "base_station", site, [("b.txt", b"two")])
    (one,) = attachments_of(session, "base_station", site)
    strange = session.attachments_folder() / "readme.txt"
    strange.write_text("of the user")
    outside = tmp_path / ("0" * 64)
    outside.write_text("elsewhere")
    assert clean_up(session, [one.path, strange, outside]) == 0
    assert all(path.exists() for path in (one.path, strange, outside))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\照片.jpg", "照片.jpg"),
        ("a\u202egpj.exe", "a_gpj.exe"),
        ("line\nbreak\x00.png", "line_break_.png"),
        ("CON.jpg", "_CON.jpg"),
        ("...", "file"),
        ("", "file"),
        ("trailing. ", "trailing"),
        ("x" * 300 + ".jpeg", "x" * 195 + ".jpeg"),
        ("lone\udc80.jpg", "lone_.jpg"),
    ],
)
def test_hostile_names(name, safe):
    assert safe_name(name) == safe


def test_a_hostile_digest_stays_in_the_folder(session, site):
    row = {"owner_class": "base_station", "owner_id": site, "name": "../x", "hash": "../../city.sqlite"}
    session.perform(Create("attachment", [row]))
    (one,) = attachments_of(session, "base_station", site)
    assert one.path.parent == session.attachments_folder()
    assert one.state == "missing"
    assert one.name == "x"


def test_pictures_are_turned_upright_and_made_small(tmp_path):
    path = tmp_path / "p"
    path.write_bytes(jpeg(size=(800, 400), orientation=6))
    assert picture(path).shape == (800, 400, 4)
    assert picture(path, (96, 96)).shape == (96, 48, 4)


def test_truncated_strange_and_enormous_pictures_are_none(tmp_path, monkeypatch):
    path = tmp_path / "p"
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)
    out = BytesIO()
    Image.fromarray(noise).save(out, "JPEG")
    path.write_bytes(out.getvalue()[: len(out.getvalue()) // 2])
    assert picture(path) is None
    assert facts_of_photo(path)[0] == "image/jpeg"  # it is a photo, if a broken one
    path.write_bytes(b"GIF89a\xff\xff\xff\xff")
    assert picture(path) is None
    out = BytesIO()
    Image.new("1", (20_000, 10_000)).save(out, "PNG")
    path.write_bytes(out.getvalue())
    assert picture(path) is None
    assert picture(tmp_path / "nothing") is None


def test_a_wrong_time_of_taking_is_no_time(tmp_path):
    path = tmp_path / "p.jpg"
    for told in ("0000:00:00 00:00:00", "yesterday", "2024:13:45 99:99:99"):
        path.write_bytes(jpeg(taken=told))
        assert facts_of_photo(path) == ("image/jpeg", None)
