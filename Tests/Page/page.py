#!/usr/bin/env python3
"""Drives the operator's page in a browser, against `PROGRAM dev`: PROGRAM [--plugins DIR] [--only PART,PART] [--screenshots FOLDER]."""

import argparse
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from playwright.sync_api import expect, sync_playwright

DEFINITION = """{
  "saga": "page_test",
  "inputs": { "properties": { "name": { "type": "string", "default": "one" } } },
  "steps": [
    { "id": "first", "uses": "core.echo", "with": { "message": "${ .inputs.name }" } },
    { "id": "second", "uses": "core.sleep", "with": { "seconds": SECONDS } },
    { "id": "third", "uses": "core.echo" }
  ]
}"""

VIEWS = ["/runs", "/definitions", "/definitions/new", "/plugins", "/inventory", "/drift", "/cost", "/schedules", "/audit", "/api/docs"]

# What reaches beyond its dialog or panel, or beyond the window, and cannot be scrolled to.
STICKING_OUT = """() => [...document.querySelectorAll("main *, dialog *")].filter((element) => {
    if (element.closest(".scroll, .graph, .visually-hidden, svg, pre, textarea, .cli code, thead, .lanes, .ticks, .why, .skeleton")) return false;
    const box = element.getBoundingClientRect();
    const frame = (element.parentElement.closest("dialog, .panel") ?? document.documentElement).getBoundingClientRect();
    return box.width > 0 && (box.right > frame.right + 1 || box.left < frame.left - 1);
}).slice(0, 3).map((element) => element.outerHTML.slice(0, 120))"""


class Dev:
    """`arcadia dev` while the tests last."""

    def __init__(self, program, plugins):
        self.program = program
        words = [program, "dev", "--still", "--output", "json"] + [word for folder in plugins for word in ("--plugins", folder)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
        text = ""
        for line in self.process.stdout:
            text += line
            if line.startswith("}"):
                break
        assert text, "arcadia dev did not begin; try it by hand"
        self.facts = json.loads(text)

    def token(self):
        words = [self.program, "token", "mint", "--role", "platform_admin", "--secret-file", self.facts["secret_file"]]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()

    def stop(self):
        """Ends it; its folder must be gone."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(20) == 0, "arcadia dev did not end well"
            assert not os.path.exists(self.facts["data"]), "the temporary folder is still there"


class Page:
    """The page with what a test needs to say about it."""

    def __init__(self, page, dev):
        self.page = page
        self.dev = dev
        self.base = dev.facts["address"]
        self.complaints = []
        page.on("pageerror", lambda error: self.complaints.append(f"error on the page: {error}"))
        page.on("console", self._hear)

    def _hear(self, message):
        # A refusal by the server is no mistake of the page, a violated policy is.
        if message.type == "error" and "status of" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def go(self, path):
        self.page.goto(self.base + path)
        expect(self.page.locator("h1").first).to_be_attached()
        expect(self.page.locator(".skeleton")).to_have_count(0)

    def by(self, name):
        return self.page.get_by_test_id(name)

    def decide(self, reason=None):
        """Gives the reason and confirms; the dialog must be gone afterwards."""
        if reason:
            self.by("reason").fill(reason)
        self.by("confirm").click()
        expect(self.by("dialog")).to_have_count(0, timeout=20_000)

    def start(self, seconds, name="one"):
        """Writes a definition into the editor and runs it; ends on the page of the run."""
        self.go("/definitions/new")
        self.by("editor").fill(DEFINITION.replace("SECONDS", str(seconds)))
        expect(self.by("verdict")).to_contain_text("sound")
        self.by("run").click()
        self.by("input-name").fill(name)
        self.decide()
        expect(self.page).to_have_url(re.compile(r"/runs/[0-9a-f-]{36}$"))
        return self.page.url.rsplit("/", 1)[1]

    def expect_status(self, status, seconds=40):
        expect(self.by("run")).to_have_attribute("data-status", status, timeout=seconds * 1000)

    def axe(self, what):
        from axe_playwright_python.sync_playwright import Axe

        # Injected by the browser's debugger, so the page's policy does not stand in the way.
        found = Axe().run(self.page).response["violations"]
        bad = [one for one in found if one["impact"] in ("serious", "critical")]
        for one in bad:
            self.complaints.append(f"axe, {what}: {one['id']}: {one['help']}: {one['nodes'][0]['html'][:160]}")
        self.complaints += [f"{what}: sticks out: {element}" for element in self.page.evaluate(STICKING_OUT)]


def log_in(page):
    page.page.goto(page.dev.facts["login"])
    expect(page.by("nav-runs")).to_be_attached()
    assert "code=" not in page.page.url, "the code stays in the address"
    cookies = [cookie for cookie in page.page.context.cookies() if cookie["name"] == "arcadia_session"]
    assert cookies and cookies[0]["httpOnly"] and cookies[0]["sameSite"] == "Strict", "the cookie is not HttpOnly and SameSite=Strict"


def sign_in(page):
    page.by("token").fill(page.dev.token())
    page.by("sign-in").click()
    expect(page.by("nav-runs")).to_be_attached()


def follow_old_link(page):
    """A link is good once: the second time the page says so, and how one gets in."""
    stranger = Page(page.page.context.browser.new_context().new_page(), page.dev)
    stranger.page.goto(page.dev.facts["login"])
    expect(stranger.by("problem")).to_contain_text("This link was used before, or is too old.")
    expect(stranger.by("problem")).to_contain_text("prints a new one")
    for width in (1280, 400):
        stranger.page.set_viewport_size({"width": width, "height": 860})
        stranger.axe(f"an old link, {width} px")
    sign_in(stranger)
    expect(stranger.page).to_have_url(re.compile("/runs$"))
    page.complaints += stranger.complaints
    stranger.page.context.close()


def lose_session(page):
    page.go("/inventory")
    page.page.context.clear_cookies()
    page.by("nav-drift").click()
    expect(page.by("problem")).to_contain_text("Your session has ended.")
    expect(page.by("problem")).to_contain_text("you come back to where you were")
    page.axe("a session that has ended")
    sign_in(page)
    expect(page.page).to_have_url(re.compile("/drift$"))
    expect(page.page.locator("h1")).to_have_text("Drift")


def ask_too_often(page):
    """What the server says is shown, and asking again helps: by hand, and by itself when it is time."""
    refusal = {"error": {"code": "request.rate", "message": "too many requests of you: expected at most 6000 a minute", "hint": "try again in 30 s"}}
    page.page.route("**/api/v1/inventory?*", lambda route: route.fulfill(status=429, headers={"Retry-After": "30"}, json=refusal))
    page.page.goto(page.base + "/inventory")
    expect(page.by("problem")).to_contain_text("Too many requests of you: expected at most 6000 a minute.")
    expect(page.by("problem")).to_contain_text("Try again in 30 s.")
    expect(page.by("problem")).to_contain_text("This page tries again by itself in 30 s.")
    page.axe("too many requests")
    page.page.unroute("**/api/v1/inventory?*")
    page.by("problem").get_by_role("button", name="Try again").click()
    expect(page.by("row").first).to_be_visible()
    asked = []
    def refuse_once(route):
        asked.append(time.monotonic())
        if len(asked) == 1:
            route.fulfill(status=429, headers={"Retry-After": "2"}, json=refusal)
        else:
            route.continue_()
    page.page.route("**/api/v1/inventory?*", refuse_once)
    page.page.goto(page.base + "/inventory")
    expect(page.by("row").first).to_be_visible()
    assert len(asked) == 2 and asked[1] - asked[0] >= 2, f"asked at {asked}"
    page.page.unroute("**/api/v1/inventory?*")


def lose_server(page):
    page.go("/runs")
    expect(page.by("live")).to_contain_text("Live")
    page.dev.stop()
    expect(page.by("cut-off")).to_contain_text("The server does not answer.", timeout=15_000)
    page.axe("a server that is gone")
    page.by("nav-inventory").click()
    expect(page.by("problem")).to_contain_text("The server cannot be reached.")
    expect(page.by("problem")).to_contain_text("is arcadia serve running?", ignore_case=True)
    # The browser's own words about a server that is gone.
    page.complaints = [complaint for complaint in page.complaints if "ERR_CONNECTION_REFUSED" not in complaint]


def take_back_failure(page):
    """The run that a person is needed for: its provider is well again, so what was left is taken back."""
    page.go("/runs?q=saga:campaign")
    page.by("row").first.get_by_role("link").first.click()
    page.expect_status("failed")
    expect(page.by("callout")).to_contain_text("droplet (digitalocean.create_droplet) is left behind")
    run = page.page.url.rsplit("/", 1)[1][-8:]
    expect(page.by("remains-droplet")).to_contain_text("droplet_name campaign-1")
    for command in (f"retry {run}", f"mark-compensated {run} droplet", f"abandon {run}"):
        expect(page.by("callout")).to_contain_text(f"arcadia runs {command} --reason WHY")
    expect(page.by("timeline")).to_contain_text("1 taken back, 1 left behind")
    page.by("retry-from").click()
    expect(page.by("dialog")).to_contain_text("what is left behind of it stays, so take that back first")
    page.page.keyboard.press("Escape")
    page.by("mark-droplet").click()
    expect(page.by("dialog")).to_contain_text(f"arcadia runs mark-compensated {run} droplet")
    page.page.keyboard.press("Escape")
    expect(page.by("step-droplet")).to_have_attribute("data-status", "compensation_failed")
    page.by("retry-now").click()
    page.decide("the provider is well again")
    page.expect_status("rolled_back")
    expect(page.by("step-droplet")).to_have_attribute("data-status", "compensated")


def send_signal(page):
    page.go("/runs/" + page.dev.facts["waiting_run"])
    expect(page.by("callout")).to_contain_text('Waits for the signal "approve".')
    page.by("signal").click()
    page.by("signal-data").fill("yes")
    page.by("reason").fill("tried on web-3")
    page.by("confirm").click()
    expect(page.by("dialog").get_by_test_id("problem")).to_contain_text("The data is no JSON.")
    page.by("signal-data").fill('{"by": "ada"}')
    expect(page.by("dialog")).to_contain_text("approve --with '{\"by\": \"ada\"}' --reason 'tried on web-3'")
    page.axe("the signal dialog")
    page.decide()
    page.expect_status("completed")


def check_definitions(page):
    page.go("/definitions/new")
    page.by("editor").fill('{ "saga": "x", "steps": [ { "uses": "core.ecko" } ] }')
    expect(page.by("verdict")).to_contain_text("1 mistake")
    expect(page.by("findings")).to_contain_text("Did you mean")
    expect(page.page.locator(".squiggle")).to_have_text('"core.ecko"')
    expect(page.by("run")).to_have_attribute("aria-disabled", "true")


def watch_run(page):
    page.go("/runs")
    rows = page.by("row").count()
    run = page.start(seconds=2)
    page.expect_status("running", 10)
    expect(page.by("step-third")).to_have_attribute("data-status", "pending")
    page.expect_status("completed")
    expect(page.by("step-third")).to_have_attribute("data-status", "completed")
    page.go("/runs")
    expect(page.page.locator(f'tr[data-key="{run}"] [data-status="completed"]')).to_be_visible()
    assert rows == 0 or page.by("row").count() >= 1


def cancel_run(page):
    page.start(seconds=60)
    expect(page.by("step-second")).to_have_attribute("data-status", re.compile("running|suspended"), timeout=20_000)
    page.by("cancel").click()
    expect(page.by("preview")).to_contain_text("first")
    expect(page.by("dialog")).to_contain_text("arcadia runs cancel")
    for width in (400, 1280):
        page.page.set_viewport_size({"width": width, "height": 860})
        page.axe(f"the cancel dialog, {width} px")
    page.by("confirm").click()
    expect(page.by("dialog")).to_be_visible()  # no reason, no cancel
    page.by("reason").fill("the test is over")
    page.page.keyboard.press("Enter")
    expect(page.by("dialog")).to_have_count(0, timeout=20_000)
    page.expect_status("rolled_back", 90)
    expect(page.by("callout")).to_contain_text("taken back")
    expect(page.by("step-first")).to_have_attribute("data-status", "compensated")


def retry_run(page):
    run = page.start(seconds=1)
    page.expect_status("completed")
    page.by("retry-from").click()
    page.by("from-step").select_option("second")
    page.by("input-name").fill("two")
    expect(page.by("dialog")).to_contain_text("Is kept")
    expect(page.by("dialog")).to_contain_text("--from second --input name=two")
    page.axe("the retry dialog")
    page.decide("with another name")
    expect(page.page).not_to_have_url(re.compile(run), timeout=10_000)
    expect(page.by("run-inputs")).to_contain_text('"two"')
    page.expect_status("completed")


def decide_drift(page):
    page.go("/drift")
    drift = page.page.locator("a[data-testid^=drift-]")
    count = drift.count()
    assert count >= 2, f"{count} open drift; expected two at least"
    first = drift.nth(count - 1).get_attribute("data-testid")
    drift.nth(count - 1).click()
    expect(page.by("drift-detail")).to_contain_text("Asked for")
    page.by("accept").click()
    page.decide("resized for the launch")
    expect(page.by(first)).to_have_count(0)
    page.go("/drift")
    for index in range(page.page.locator("a[data-testid^=drift-]").count()):
        page.go("/drift")
        page.page.locator("a[data-testid^=drift-]").nth(index).click()
        page.by("revert").click()
        expect(page.by("preview")).not_to_contain_text("Looking")
        if page.by("preview").get_by_test_id("problem").count() == 0:
            break
        page.page.keyboard.press("Escape")
    page.decide("nobody asked for it")
    expect(page.page).to_have_url(re.compile(r"/runs/[0-9a-f-]{36}$"))


def see_plugin(page):
    page.go("/plugins")
    page.by("reload").click()
    page.decide("to see that it can be done")
    expect(page.by("dialog")).to_have_count(0)
    row = page.by("row").filter(has=page.page.locator('[data-status="quarantined"]')).first
    expect(row).to_be_visible()
    row.get_by_role("link").first.click()
    expect(page.by("plugin")).to_have_attribute("data-state", "quarantined")
    expect(page.by("callout")).to_contain_text("arcadia plugins release")
    expect(page.by("crashes")).to_be_visible()
    page.by("release").click()
    expect(page.by("dialog")).to_be_visible()
    page.page.keyboard.press("Escape")
    expect(page.by("dialog")).to_have_count(0)


def use_keys(page):
    page.go("/runs")
    expect(page.by("row").first).to_be_visible()
    page.page.keyboard.press("j")
    page.page.keyboard.press("j")
    page.page.keyboard.press("k")
    expect(page.page.locator("tr.cursor")).to_have_count(1)
    page.page.keyboard.press("/")
    expect(page.by("filter")).to_be_focused()
    page.page.keyboard.type("status:completed")
    expect(page.page).to_have_url(re.compile(r"q=status%3Acompleted"))
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("j")
    page.page.keyboard.press("Enter")
    expect(page.page).to_have_url(re.compile(r"/runs/"))
    page.page.keyboard.press("g")
    page.page.keyboard.press("p")
    expect(page.page).to_have_url(re.compile(r"/plugins$"))
    page.page.keyboard.press("?")
    expect(page.page.get_by_role("dialog")).to_contain_text("next, previous")
    page.page.keyboard.press("Escape")
    expect(page.page.get_by_role("dialog")).to_have_count(0)


def hold_to_axe(page):
    views = VIEWS + ["/runs/" + page.dev.facts["waiting_run"]]
    page.go("/runs?q=saga:campaign")
    views.append(page.by("row").first.get_by_role("link").first.get_attribute("href"))
    for path, wanted in [("/runs", "a[href^='/runs/']"), ("/plugins", "a[href^='/plugins/']"), ("/inventory", "a[href^='/inventory/']"), ("/drift", "a[href^='/drift/']"), ("/definitions", "td a[href^='/definitions/']")]:
        page.go(path)
        time.sleep(0.3)
        link = page.page.locator(f"main {wanted}")
        if link.count():
            views.append(link.first.get_attribute("href"))
    for scheme in ("light", "dark"):
        for width in (1280, 400):
            page.page.emulate_media(color_scheme=scheme)
            page.page.set_viewport_size({"width": width, "height": 860})
            for view in views:
                page.go(view)
                time.sleep(0.25)
                page.axe(f"{view}, {scheme}, {width} px")
                wide = page.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if wide > 0:
                    page.complaints.append(f"{view} is {wide} px wider than {width} px")
    page.page.set_viewport_size({"width": 1280, "height": 900})


PARTS = {
    "link": follow_old_link, "axe": hold_to_axe, "definitions": check_definitions, "runs": watch_run, "cancel": cancel_run, "retry": retry_run, "failed": take_back_failure, "signal": send_signal,
    "drift": decide_drift, "plugin": see_plugin, "keys": use_keys, "429": ask_too_often, "session": lose_session, "server": lose_server,
}


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("program")
    options.add_argument("--plugins", action="append", default=[])
    options.add_argument("--only", default=",".join(PARTS))
    options.add_argument("--chromium", default="/usr/bin/chromium")
    options.add_argument("--screenshots", type=pathlib.Path)
    options = options.parse_args()
    dev = Dev(options.program, options.plugins)
    try:
        return drive(dev, options)
    finally:
        dev.stop()


def drive(dev, options):
    failed = 0
    with sync_playwright() as playwright, contextlib.closing(playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])) as browser:
        page = Page(browser.new_context(viewport={"width": 1280, "height": 900}).new_page(), dev)
        log_in(page)
        for name in options.only.split(","):
            page.complaints = []
            try:
                PARTS[name](page)
            except Exception as error:
                page.complaints.append(str(error).strip().splitlines()[0] + f" (at {page.page.url})" + "".join("\n    " + line for line in str(error).strip().splitlines()[1:6]))
                with contextlib.suppress(Exception):
                    page.page.keyboard.press("Escape")
            if options.screenshots and page.complaints:
                options.screenshots.mkdir(parents=True, exist_ok=True)
                page.page.screenshot(path=options.screenshots / f"{name}.png", full_page=True)
            print(f"{'✔' if not page.complaints else '✘'} {name}", flush=True)
            for complaint in page.complaints:
                print(f"  {complaint}", flush=True)
            failed += bool(page.complaints)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
