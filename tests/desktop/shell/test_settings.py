"""Settings survive a restart; a wrong key is reset alone and the old file is kept."""

from __future__ import annotations

import json

import pytest

from desktop.shell.settings import LayerView, ProjectView, Settings, SettingsStore, WindowState


def test_without_a_file_the_defaults_hold(tmp_path):
    store = SettingsStore(tmp_path)
    assert store.now.language == "zh"
    assert store.now.author
    assert not store.path.exists()


def test_a_change_is_on_disk_at_once(tmp_path, qtbot):
    store = SettingsStore(tmp_path)
    with qtbot.waitSignal(store.changed) as caught:
        store.change(language="en", window=WindowState(left=300, bottom_open=True))
    assert caught.args[0].language == "en"
    again = SettingsStore(tmp_path).now
    assert again == store.now
    assert again.window.left == 300


def test_views_survive(tmp_path):
    store = SettingsStore(tmp_path)
    view = ProjectView(str(tmp_path / "a"), (LayerView("road", False, 0.5),), (1.0, 2.0), 5000.0)
    store.keep_view(view)
    assert SettingsStore(tmp_path).view(tmp_path / "a") == view


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("language", "fr"), ("author", 5), ("decimals", "many"), ("decimals", True), ("recent", "no list"),
        ("recent", [1]), ("window", 3), ("window", {"left": "wide"}), ("views", [{"layers": []}]), ("unheard_of", 1),
    ],
)  # fmt: skip
def test_a_wrong_key_is_reset_alone(tmp_path, key, value):
    store = SettingsStore(tmp_path)
    store.change(author="王工", theme="dark")
    data = json.loads(store.path.read_text("utf-8"))
    data[key] = value
    store.path.write_text(json.dumps(data), "utf-8")
    again = SettingsStore(tmp_path)
    assert again.now.theme == "dark"
    if key != "author":
        assert again.now.author == "王工"
    if hasattr(Settings(), key) and key != "window":
        assert getattr(again.now, key) == getattr(Settings(), key)
    assert json.loads((tmp_path / "settings.json.kept").read_text("utf-8"))[key] == value


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00\xff"])
def test_a_file_that_is_no_settings_is_kept_aside(tmp_path, text):
    (tmp_path / "settings.json").write_text(text, "latin-1")
    store = SettingsStore(tmp_path)
    assert store.now == Settings()
    assert (tmp_path / "settings.json.kept").read_text("latin-1") == text


def test_recent_projects_newest_first_and_once(tmp_path):
    store = SettingsStore(tmp_path)
    for name in ("a", "b", "a"):
        store.remember(tmp_path / name)
    assert [path.rsplit("/", 1)[-1] for path in store.now.recent] == ["a", "b"]
    store.forget(str(tmp_path / "a"))
    assert len(store.now.recent) == 1


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("no folder")
    store = SettingsStore(tmp_path / "file" / "config")
    store.change(language="en")
    assert store.now.language == "en"
