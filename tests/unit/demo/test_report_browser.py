"""The page in a real browser: everything is drawn, nothing sticks out, dark and light are both there."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ringfence.demo.report.html import page
from support.sample_report import sample_report

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
TIMEOUT_S = 90
LOOK = """
<script>
onload = () => {
  const seen = [...document.querySelectorAll("iframe")].map(frame => {
    const page = frame.contentDocument, style = name => frame.contentWindow.getComputedStyle(page.querySelector(name));
    const box = name => [...page.querySelectorAll(name)].map(e => e.getBoundingClientRect());
    return {
      width: frame.clientWidth,
      sticks_out: page.documentElement.scrollWidth - page.documentElement.clientWidth,
      title: page.title,
      charts: box(".plane svg").map(b => b.width),
      p99: box("svg path.p99").filter(b => b.width > 50 && b.height > 5).length,
      max_stroke: style("svg path.max").strokeWidth,
      stacks: box(".stack").filter(b => b.width > 80 && b.height > 5).length,
      tables: box("table").filter(b => b.height > 20).length,
      paper: style("body").backgroundColor,
    };
  });
  document.body.innerHTML = "<pre id=seen></pre>";
  document.getElementById("seen").textContent = JSON.stringify(seen);
};
</script>
"""


@pytest.fixture
def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("SKIPPED: no Chromium is installed, so the page was not opened in a browser")
    return found


@pytest.mark.slow
def test_opens_in_a_browser_on_a_phone_and_on_a_wide_screen(browser: str, tmp_path: Path) -> None:
    whole = page(sample_report())
    frames = "".join(f'<iframe srcdoc="{html.escape(whole)}" width="{w}" height="900"></iframe>' for w in (360, 1280))
    stage = tmp_path / "stage.html"
    stage.write_text(f"<!doctype html><body>{frames}{LOOK}</body>", encoding="utf-8")

    answer = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--window-size=1400,1000",
            "--dump-dom",
            stage.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )

    found = re.search(r'<pre id="seen">(.*?)</pre>', answer.stdout, re.DOTALL)
    assert found is not None, answer.stderr[-2000:]
    phone, wide = json.loads(html.unescape(found[1]))
    assert (phone["width"], wide["width"]) == (360, 1280)
    for seen in (phone, wide):
        assert seen["sticks_out"] == 0
        assert seen["title"] == "Ringfence: Nobody noticed."
        assert len(seen["charts"]) == 2
        assert all(width > 200 for width in seen["charts"])
        assert seen["p99"] >= 2
        assert seen["tables"] == 8
        assert seen["stacks"] == 5
        assert seen["max_stroke"] == "4.5px"
