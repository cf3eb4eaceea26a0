"""The pages in headless Chromium: widths, paper, nothing asked from outside, axe where it is there.

Skipped by name where there is no browser; axe where the package that brings it is not installed.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from ptanalysis.report import page
from ptanalysis.report.report_text import text_of
from ptanalysis.report.sections import parts_of
from tests.test_first_screen import CONTEXT, channel, document, row

BROWSER = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
#: Asked of each page in the browser: how wide it is, its smallest letters, its words before a fold.
MEASURE = """
const measure = async frame => {
  const shown = frame.contentDocument, style = frame.contentWindow.getComputedStyle;
  const letters = [...shown.querySelectorAll("body *")].filter(each => each.checkVisibility()
    && [...each.childNodes].some(node => node.nodeType == 3 && node.textContent.trim()));
  const sizes = letters.map(each => parseFloat(style(each).fontSize)), head = [];
  for (const each of shown.querySelector("main").children) {
    if (each.tagName == "DETAILS") break;
    head.push(each.innerText);
  }
  const found = {width: shown.documentElement.scrollWidth, smallest: Math.min(...sizes),
    words: head.join(" ").split(/\\s+/).length, axe: null};
  shown.querySelectorAll("details").forEach(each => each.open = true);
  const axe = frame.contentWindow.axe;
  if (axe) found.axe = (await axe.run()).violations.map(each => each.id);
  return found;
};
onload = async () => {
  const found = {};
  for (const each of document.querySelectorAll("iframe")) found[each.id] = await measure(each);
  document.title = JSON.stringify(found);
};
"""
WIDTHS = (390, 1280)
_POLICY = re.compile(r"<meta http-equiv=.Content-Security[^>]*>")


@pytest.fixture(scope="module")
def pages():
    rows = [row("leads_compared", group, 100, 80, 125, "leads") for group in ("this quarter",)]
    sides = [("inbound", 0.6), ("outbound", 0.9)]
    rows += [row("share_screened", side, share, 0.5, 0.95) for side, share in sides]
    names = ("seo", "content", "email", "social", "local_press", "directories", "paid_search")
    names += ("paid_social", "direct_mail", "cold_call", "radio", "walk_in")
    money = [channel(name, low=0.02 * n, high=2.0 * n) for n, name in enumerate(names, 1)]
    made = document(money=money, estimates=rows)
    made["ledger"] = {"rows_in": 9, "leads": 6, "duplicates": 1, "not_leads": 1, "rejected": 1}
    head = {"title": "Leads of <b> & Sons", "lead": "As of June 30, 2026."}
    claim = {"statement": "It costs more", "verdict": "supported", "word": "Supported"}
    claim |= {"found": "2.28 times (1.52 to 3.42)", "robust": "all 24", "open": False}
    head["screen"] = text_of(made, CONTEXT, [claim] * 10)
    texts = [f"# How {word}?\n\n## Next\n\nMore." for word in ("many", "good")]
    notebooks = [new_notebook(cells=[new_markdown_cell(text)]) for text in texts]
    whole = page.render_page(
        **head,
        sections=parts_of(head["screen"]),
        chapters=[page.chapter(each, f"{n}-x", number=n) for n, each in enumerate(notebooks, 1)],
    )
    return {"findings.html": whole} | page.summaries(**head)


def browse(*arguments: str) -> subprocess.CompletedProcess:
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr")
    command = [BROWSER, *quiet, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


def axe() -> str:
    """Return the script of axe, empty where it is not installed."""
    if not (place := importlib.util.find_spec("axe_playwright_python")):
        return ""
    (source,) = Path(place.submodule_search_locations[0]).rglob("axe.min.js")
    return f"<script>{source.read_text('utf-8')}</script>"


@pytest.fixture(scope="module")
def measured(pages, tmp_path_factory):
    """What MEASURE finds in each page at each width, by name and width."""
    frames = [
        f'<iframe id="{name} {width}" style="width:{width}px;height:800px" srcdoc="{escape(html)}">'
        "</iframe>"
        for name in ("findings.html", "summary.html")
        for html in [_POLICY.sub(lambda _: axe(), pages[name])]
        for width in WIDTHS
    ]
    file = tmp_path_factory.mktemp("browser") / "frames.html"
    whole = ["<!DOCTYPE html><title>none</title>", *frames, f"<script>{MEASURE}</script>"]
    file.write_text("".join(whole), "utf-8")
    shown = browse("--virtual-time-budget=60000", "--dump-dom", file.as_uri()).stdout
    return json.loads(unescape(re.search(r"<title>(.*?)</title>", shown, re.DOTALL)[1]))


def test_nothing_is_wider_than_the_screen_or_too_small_to_read(measured):
    assert len(measured) == 4
    for name, found in measured.items():
        assert found["width"] <= int(name.split()[1]), name
        assert found["smallest"] >= 9, name


def test_the_first_screen_is_short(measured):
    assert measured["findings.html 1280"]["words"] <= 1000


@pytest.mark.parametrize(("name", "most"), [("findings.html", 8), ("summary.html", 1)])
def test_it_prints_on_few_sheets_and_the_console_stays_empty(pages, name, most, tmp_path):
    file, sheets = tmp_path / "page.html", tmp_path / "page.pdf"
    file.write_text(pages[name], "utf-8")
    assert "CONSOLE" not in browse(f"--print-to-pdf={sheets}", file.as_uri()).stderr
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", sheets.read_bytes())) <= most


def test_axe_finds_nothing(measured):
    found = {name: each["axe"] for name, each in measured.items()}
    if None in found.values():
        pytest.skip("no axe: the package axe-playwright-python brings it")
    assert not any(found.values()), found


def test_headings_are_unique_and_can_be_linked_to(pages):
    html = pages["findings.html"]
    headings = re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", html, re.DOTALL)
    assert len(headings) == len(set(headings))
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_every_row_of_a_table_is_named(pages):
    for html in pages.values():
        for body in re.findall(r"<tbody>(.*?)</tbody>", html, re.DOTALL):
            assert all('<th scope="row">' in each for each in body.split("<tr")[1:])
