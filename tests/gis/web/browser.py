"""A real browser for tests of pages: Chromium without a window, driven over its DevTools protocol through two pipes.

Nothing but the standard library. The network is off: every name is unknown to the browser, and it is told to be
offline; what a page asks for all the same is kept in ``requests``, what its content policy forbade in ``violations``.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from pathlib import Path
from types import TracebackType
from typing import Any

_PATIENCE = 60.0  # seconds for one answer
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-extensions", "--mute-audio",
    "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe",
)  # fmt: skip
_WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => {
  window.violations.push(e.violatedDirective + " " + e.blockedURI);
});
"""
# Chromium reads commands from its descriptor 3 and answers on 4.
_LAUNCH = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)


def chromium() -> str | None:
    """The browser's path, where it is installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


class Browser:
    """One page in a window of ``width`` × ``height`` pixels; use it in a ``with`` statement."""

    def __init__(self, width: int = 1200, height: int = 800, dark: bool = False, phone: bool = False) -> None:
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._profile = tempfile.TemporaryDirectory(prefix="yantu-browser-")
        ours_read, theirs_write = (_high(end) for end in os.pipe())
        theirs_read, ours_write = (_high(end) for end in os.pipe())
        found = chromium()
        assert found is not None
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(theirs_read), str(theirs_write), found, *_FLAGS,
             f"--user-data-dir={self._profile.name}", f"--window-size={width},{height}", "about:blank"],
            pass_fds=(theirs_read, theirs_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_read)
        os.close(theirs_write)
        self._in, self._out = ours_read, ours_write
        self._buffer, self._number, self._session = b"", 0, ""
        page = next(t for t in self.ask("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self._session = self.ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for room in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{room}.enable")
        self.ask(
            "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )
        self.ask("Page.addScriptToEvaluateOnNewDocument", source=_WATCH)
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1,
                 mobile=phone)  # fmt: skip
        if phone:
            self.ask("Emulation.setTouchEmulationEnabled", enabled=True)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):
            self._session = ""
            self.ask("Browser.close")
        for end in (self._in, self._out):
            os.close(end)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        with contextlib.suppress(OSError):  # its last processes may still be writing
            self._profile.cleanup()

    def open(self, address: str, ready: str = "document.documentElement?.dataset.ready === 'yes'") -> float:
        """Load a page; returns the seconds until ``ready``."""
        started = time.perf_counter()
        self.ask("Page.navigate", url=address)
        self.until(ready)
        return time.perf_counter() - started

    def run(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        made = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in made:
            raise AssertionError(made["exceptionDetails"].get("exception", {}).get("description", str(made)))
        return made["result"].get("value")

    def act(self, script: str) -> None:
        """Run an expression whose value is of no interest."""
        self.run(f"void ({script})")

    def until(self, condition: str, seconds: float = _PATIENCE) -> None:
        """Wait for a condition of the page."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.run(f"Boolean({condition})"):
                return
            time.sleep(0.02)
        raise AssertionError(f"never: {condition}; {self.errors}")

    def click(self, x: float, y: float, count: int = 1) -> None:
        """The left button at a place of the window."""
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=count)

    def press(self, selector: str) -> None:
        """A click into the middle of an element."""
        x, y = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'nearest'});"
            "const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        self.click(x, y)

    def type(self, text: str) -> None:
        """Letters to where the cursor is."""
        self.ask("Input.insertText", text=text)

    def key(self, name: str, code: int) -> None:
        """A key of the keyboard, by its name and virtual key code."""
        text = {"text": "\r"} if name == "Enter" else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=name, code=name, windowsVirtualKeyCode=code, **text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=name, code=name, windowsVirtualKeyCode=code)

    def screenshot(self, path: Path) -> None:
        """What is seen, as PNG."""
        path.write_bytes(b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def print(self, path: Path) -> None:
        """What goes to paper, as PDF."""
        made = self.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        path.write_bytes(b64decode(made["data"]))

    @property
    def violations(self) -> list[str]:
        """What the page's content policy forbade since it was opened."""
        return list(self.run("window.violations"))

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the protocol and its result; news that comes in between is kept."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") != self._number:
                self._hear(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            else:
                return dict(answer["result"])

    def _next(self) -> dict[str, Any]:
        parts = [self._buffer]
        while b"\0" not in parts[-1]:
            if not select.select([self._in], [], [], _PATIENCE)[0]:
                raise TimeoutError("the browser does not answer")
            parts.append(os.read(self._in, 1 << 20))
            if not parts[-1]:
                raise RuntimeError("the browser is gone")
        line, _, self._buffer = b"".join(parts).partition(b"\0")
        return dict(json.loads(line))

    def _hear(self, news: dict[str, Any]) -> None:
        given = news.get("params", {})
        if news.get("method") == "Network.requestWillBeSent":
            self.requests.append(given["request"]["url"])
        elif news.get("method") == "Runtime.exceptionThrown":
            details = given["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif news.get("method") == "Log.entryAdded" and given["entry"]["level"] == "error":
            self.errors.append(given["entry"]["text"])
        elif news.get("method") == "Runtime.consoleAPICalled" and given["type"] in ("error", "warning"):
            self.errors.append(" ".join(str(a.get("value", "")) for a in given["args"]))


def _high(descriptor: int) -> int:
    """A copy far from the numbers the browser uses."""
    copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 20)
    os.close(descriptor)
    return copy
