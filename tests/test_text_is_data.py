"""Text is data: names that hold markup, formulas or links are shown as written, and do nothing.

The names are of the clinic, a campaign or a vendor, planted in everything that writes one.
"""

import re
from dataclasses import replace
from html.parser import HTMLParser

import nbformat
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.display import HTML

import ptanalysis as pt
from ptanalysis.display import escaping, phrases, plots
from ptanalysis.display import notebook_output as display
from ptanalysis.display.drawing import _SAVE, image, settle
from ptanalysis.display.notebook_output import as_html
from ptanalysis.report import page
from ptanalysis.report.assemble import name_of
from ptanalysis.stats.estimate import Estimates
from tests.small_clinic import clinic, lead, weeks_after

OLD = "2025-06-02"
SQL = {"mql_at": OLD, "screened_at": weeks_after(OLD, 2), "sql_at": weeks_after(OLD, 3)}
LOST = {"screened_at": weeks_after(OLD, 2), "lost_at": weeks_after(OLD, 2)}
PLANTED = [
    "[x](javascript:alert(1))",
    "![x](http://host.example/t.png)",
    "[x](data:text/html,1)",
    "<http://host.example/a>",
    "http://host.example/b",
    "www.host.example",
    "me@host.example",
    "$a$ and $b$",
    "SAVE $$ with PT $$",
    "$5% off $10",
    "Win $500! #knee, $50 gift",
    "$29_a_b$",
    r"\(x\) \[y\] \begin{align}z\end{align}",
    "<script>alert(1)</script>",
    "<img src=http://host.example/p.png onerror=alert(1)>",
    "`code` and ```fence```",
    "a | b | c",
    "{{ 7 * 7 }} {% raw %}",
    "**bold** *it* __b__ _i_ ~~s~~",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "&lt;b&gt; &#36; &amp;",
    "[^1] [x]: http://host.example",
]


def planted_clinic(text):
    """Return a clinic called `text`, whose vendors and campaigns differ from it by one letter."""
    leads = [
        lead(OLD, "outbound", vendor=vendor, campaign=vendor, **(SQL if k < good else LOST))
        for vendor, good in ((f"{text}A", 9), (f"{text}B", 2))
        for k in range(12)
    ]
    tables = clinic(leads)
    return replace(tables, config=tables.config.model_copy(update={"name": text}))


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(str(html))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def squeezed(text):
    return re.sub(r"\s+", " ", text).replace("\u00a0", " ")


@pytest.fixture
def outputs(monkeypatch):
    """What a notebook's cells would keep of all that is displayed."""
    kept = []

    def keep(what, metadata=None, raw=False):
        shown = (
            what
            if raw
            else {"text/html" if hasattr(what, "_repr_html_") else "text/markdown": what.data}
        )
        output = nbformat.v4.new_output("display_data", data=shown, metadata=metadata or {})
        kept.append(nbformat.v4.new_code_cell("", outputs=[output]))

    monkeypatch.setattr(display, "display", keep)
    return kept


def show_everything(tables):
    vendors = pt.vendor_gaps(tables).each()
    for each in vendors:
        display.say(f"{escaping.name(each.group)}: {phrases.phrase(each)}")
    display.say(f"All of {escaping.name(tables.config.name)}")
    display.display(HTML(as_html(Estimates.of(vendors))))
    campaigns = pt.screening(tables, by="campaign").each()
    display.display(HTML(as_html(Estimates.of(campaigns))))
    frame = pd.DataFrame({"vendor": [vendors[0].group], vendors[0].group: [1]})
    display.table(frame, "table", caption=f"Of {tables.config.name}")
    for found in (vendors, campaigns):
        drawn = plots.intervals(Estimates.of(found), f"Vendors of {tables.config.name}")
        data, metadata = drawn._repr_mimebundle_()
        display.display(data, metadata=metadata, raw=True)


@pytest.mark.parametrize("text", PLANTED)
def test_a_name_is_shown_letter_for_letter_and_does_nothing(outputs, text):
    tables = planted_clinic(text)
    show_everything(tables)
    title = nbformat.v4.new_markdown_cell("# How many?")
    notebook = nbformat.v4.new_notebook(cells=[title, *outputs])
    vendor = pt.vendor_gaps(tables)["group"].iloc[0]
    html = page.render_page(
        title=f"Leads of {name_of(tables)}",
        lead="Now.",
        headlines=[{"question": "Q", "answer": escaping.sentence(escaping.name(vendor))}],
        claims=[
            {"statement": text, "verdict": "supported", "word": text, "found": text, "robust": text}
        ],
        chapters=[page.chapter(notebook, "2-x")],
    )
    read = Page(html)
    assert [attrs["href"] for tag, attrs in read.tags if tag == "a"] == ["#2-x"]
    sources = [attrs["src"] for tag, attrs in read.tags if tag == "img"]
    assert len(sources) == 2
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    tags = {tag for tag, _ in read.tags}
    assert not tags & {"script", "iframe", "object", "link", "code", "em", "del", "blockquote"}
    assert not any(name.startswith("on") for _, attrs in read.tags for name in attrs)
    shown = squeezed(read.text)
    # The title twice; vendor A: headline, sentence, its row, its campaign's, a head and a cell.
    assert shown.count(squeezed(text)) >= 8
    assert shown.count(squeezed(f"{text}A")) >= 6


@pytest.mark.parametrize("text", PLANTED)
def test_a_figure_draws_a_name_as_it_is(text, monkeypatch):
    """Drawn as text instead of paths, every letter is found in the SVG."""
    tables = planted_clinic(text)
    found = pt.vendor_gaps(tables)
    drawing = plots.intervals(found, f"Vendors of {text}")
    monkeypatch.setitem(_SAVE, "svg.fonttype", "none")
    settle(drawing)
    read = Page(image(drawing, "svg").decode())
    whole = re.sub(r"\s+", "", read.text)
    assert re.sub(r"\s+", "", f"{text}A") in whole  # on the axis
    assert re.sub(r"\s+", "", f"Vendors of {text}") in whole  # in the title


@given(st.text(max_size=60))
def test_any_name_comes_out_of_markdown_as_it_went_in(text):
    seen = escaping._UNSEEN.sub(" ", text).strip()
    read = Page(page.markdown(f"before {escaping.name(text)} after"))
    assert [tag for tag, _ in read.tags] == ["p"]
    assert squeezed(read.text).strip() == squeezed(f"before {seen} after")
    item = Page(page.markdown(escaping.sentence(f"- {escaping.name(text)}: x")))
    assert [tag for tag, _ in item.tags] == ["ul", "li"]


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**27%** of *all*", "<p><strong>27%</strong> of <em>all</em></p>"),
        ("[a](https://a.example)", '<p><a href="https://a.example">a</a></p>'),
        ("[a](#verdicts)", '<p><a href="#verdicts">a</a></p>'),
        ("[a](javascript:x)", "<p>a</p>"),
        ("[a](JavaScript:x)", "<p>a</p>"),
        ("[a](data:text/html,x)", "<p>a</p>"),
        ("[a](file:///etc/passwd)", "<p>a</p>"),
        ("![a](https://a.example/t.png)", "<p>a</p>"),
        ("![a](local.png)", "<p>a</p>"),
        ("<img src=x>", "<p>&lt;img src=x&gt;</p>"),
    ],
)
def test_prose_links_to_the_web_and_loads_nothing(markdown, html):
    assert page.markdown(markdown).strip() == html


def test_the_browser_is_asked_to_load_nothing():
    html = page.render_page(title="T", lead="L", headlines=[], claims=[], chapters=[])
    (policy,) = [
        attrs["content"]
        for tag, attrs in Page(html).tags
        if attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_two_amounts_are_no_formula_in_jupyterlab(outputs):
    """Seen in JupyterLab 4 in a browser: ``&#36;`` alone is set as a formula, in this class not."""
    display.say("of inbound's $44,860 62% is counted; of outbound's $55,102 67% is counted")
    (output,) = outputs[0].outputs
    assert output.data["text/markdown"] == (
        '<div class="tex2jax_ignore mathjax_ignore">\n\nof inbound\'s &#36;44,860 62% is counted;'
        " of outbound's &#36;55,102 67% is counted\n\n</div>"
    )
