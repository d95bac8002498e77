"""Firefox, through WebDriver BiDi spoken directly: no driver program, no download."""

from __future__ import annotations

import base64
import itertools
import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

from harness.browsers import Waiting
from websockets.sync.client import connect

PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "extensions.update.enabled": False,
    "services.settings.server": "data:,",
    "remote.active-protocols": 1,
}


class Bidi:
    """Commands out, answers in; events are ignored."""

    def __init__(self, address: str):
        self.socket = connect(address, max_size=None, compression=None)
        self.ids = itertools.count(1)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self.ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv(timeout=300))
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
                return answer["result"]


class FirefoxTab(Waiting):
    def __init__(self, bidi: Bidi, context: str):
        self.bidi, self.context = bidi, context

    def js(self, expression: str) -> Any:
        wrapped = f"(async () => JSON.stringify(await ({expression})) ?? 'null')()"
        answer = self.bidi.ask(
            "script.evaluate", expression=wrapped, target={"context": self.context}, awaitPromise=True
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def files(self, selector: str, paths: list[Path]) -> None:
        found = self.bidi.ask(
            "browsingContext.locateNodes", context=self.context, locator={"type": "css", "value": selector}
        )
        self.bidi.ask(
            "input.setFiles",
            context=self.context,
            element={"sharedId": found["nodes"][0]["sharedId"]},
            files=[str(p) for p in paths],
        )

    def screenshot(self, path: Path) -> None:
        path.write_bytes(
            base64.b64decode(self.bidi.ask("browsingContext.captureScreenshot", context=self.context)["data"])
        )

    def close(self) -> None:
        self.bidi.ask("browsingContext.close", context=self.context)


class Firefox:
    name = "firefox"

    def __init__(self, path: str, folder: Path):
        profile = folder / "firefox"
        profile.mkdir()
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items()]
        (profile / "user.js").write_text("\n".join(lines), "utf-8")
        self.log = folder / "firefox.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [path, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port=0"],
                stdout=log,
                stderr=log,
            )
        self.bidi = Bidi(self.address() + "/session")
        self.bidi.ask("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})

    def address(self) -> str:
        """The web socket Firefox says it listens on."""
        for _ in range(600):
            if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", self.log.read_text("utf-8", "replace")):
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"Firefox did not come up: {self.log.read_text('utf-8', 'replace')[-2000:]}")

    def open(self, url: str) -> FirefoxTab:
        context = self.bidi.ask("browsingContext.create", type="tab")["context"]
        self.bidi.ask("browsingContext.navigate", context=context, url=url, wait="interactive")
        return FirefoxTab(self.bidi, context)

    def close(self) -> None:
        self.bidi.socket.close()
        self.process.terminate()
        self.process.wait(30)
