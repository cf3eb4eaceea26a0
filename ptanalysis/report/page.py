"""findings.html: one page with answers first, then claims, tables and notebooks to open.

The page needs no network: style, figures and text are all in the one file, and there is no script.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from importlib.resources import files
from itertools import count

import jinja2
from markupsafe import Markup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from ptanalysis.display import escaping
from ptanalysis.report.front_matter import INTERNAL, meanings
from ptanalysis.report.report_text import ReportText

_HEADING = re.compile(r"<h([1-5])[^>]*>(.*?)</h\1>", re.DOTALL)
_TITLE = re.compile(r"<h1[^>]*>.*?</h1>", re.DOTALL)
#: A head without text, which a screen reader stumbles over.
_EMPTY_HEAD = re.compile(r"<th[^>]*></th>")
#: What would end a text in a style sheet, or the style sheet itself.
_UNSAFE_IN_CSS = re.compile(r"[\"\\\\<>\x00-\x1f]")
_LEADS_ON = re.compile(r"https?://|#", re.IGNORECASE)
#: What pandas and numpy write around a number or a column, and no reader needs.
_REPR = re.compile(r"^np\.\w+\((.*)\)$|\n(Name: .*, )?(Length: \d+, )?dtype: \w+$")
_FIRST_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """One notebook on the page: its question and its body as HTML."""

    anchor: str
    title: str
    body: Markup


def render_page(
    *,
    title: str,
    lead: str,
    chapters: Iterable[Chapter],
    claims: Iterable[dict] = (),
    headlines: Iterable[dict] = (),
    sections: Iterable[dict] = (),
    screen: ReportText | None = None,
    inside: bool = True,
) -> str:
    """Return the page.

    Parameters
    ----------
    title : str
        Of the page and its first heading.
    lead : str
        The line under it: as-of date and what the data hold.
    chapters : iterable of Chapter
        Shown closed below a first screen, open without one.
    claims : iterable of dict
        ``statement``, ``verdict`` (as in findings.json), ``word``, ``found``, ``robust``; those of
        `screen` where there is one.
    headlines : iterable of dict
        ``question`` and ``answer`` (Markdown), where there is no first screen.
    sections : iterable of dict
        From `ptanalysis.report.sections`.
    screen : ReportText, optional
    inside : bool
        Whether it is for readers inside the clinic only; the page says so.
    """
    return render(
        "page.html.j2",
        title=title,
        lead=lead,
        badge=INTERNAL if inside else "For readers outside the clinic",
        style=Markup(template("page.css") + running_head(title)),
        headlines=[each | {"answer": markdown(each["answer"])} for each in headlines],
        claims=screen.claims if screen else list(claims),
        sections=list(sections),
        chapters=list(chapters),
        screen=screen,
        meanings=meanings(),
    )


def summaries(*, title: str, lead: str, screen: ReportText) -> dict[str, str]:
    """Return the first screen on one page, to print and to paste into a mail, by file name."""
    shown = {"title": title, "lead": lead, "screen": screen, "badge": INTERNAL}
    style = Markup(template("page.css"))
    return {
        "summary.html": render("summary.html.j2", style=style, **shown),
        "summary.txt": render("summary.txt.j2", escaped=False, **shown) + "\n",
    }


def running_head(title: str) -> str:
    """Return the style that repeats a title at the head of each printed page.

    Examples
    --------
    >>> running_head('Leads of "A"')
    ':root { --head: "Leads of A"; }'
    """
    return f':root {{ --head: "{_UNSAFE_IN_CSS.sub("", title)}"; }}'


def template(name: str) -> str:
    """Return the text of a template."""
    return files(__package__).joinpath("template", name).read_text("utf-8")


def render(name: str, *, escaped: bool = True, **shown) -> str:
    """Return a template filled in."""
    return _compiled(name, escaped).render(**shown)


@cache
def _compiled(name: str, escaped: bool) -> jinja2.Template:
    environment = jinja2.Environment(autoescape=escaped, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template(name))


def chapter(
    notebook: NotebookNode, anchor: str, *, number: int = 1, figures: Mapping[bytes, str] = {}
) -> Chapter:
    """Return an executed notebook without its code.

    Parameters
    ----------
    notebook : NotebookNode
        Its first Markdown cell starts with the question as H1.
    anchor : str
        Its address on the page.
    number : int
        Of the chapter, which its headings start with.
    figures : mapping
        A figure's PNG to its SVG, which is shown instead.
    """
    title = _FIRST_HEADING.search(notebook.cells[0].source)
    body = "\n".join(part for cell in notebook.cells for part in _cell(cell, figures))
    return Chapter(
        anchor=anchor,
        title=title[1] if title else anchor,
        body=Markup(numbered(body, anchor, number)),
    )


def markdown(text: str) -> Markup:
    r"""Return Markdown as HTML; ``\$`` stays a dollar.

    Links lead to a page of the web or of this document and nowhere else, images are their alt text
    (a figure is `figure`'s), and HTML within the Markdown is shown as text.

    Examples
    --------
    >>> print(markdown(r"**Short answer.** \$240 to \$310").strip())
    <p><strong>Short answer.</strong> $240 to $310</p>
    """
    renderer = _Renderer(escape=True, exclude_anchor_links=True)
    return Markup(MarkdownWithMath(renderer=renderer).render(text))


class _Renderer(IPythonRenderer):
    def text(self, text: str) -> str:
        return escape(unescape(text), quote=False)

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return super().link(text, url, title) if _LEADS_ON.match(url) else text

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return text


def numbered(html: str, anchor: str, number: int) -> str:
    """Return HTML without its H1, and with headings that are numbered and can be linked to.

    Examples
    --------
    >>> numbered("<h1>How many?</h1><h2>Next</h2>", "volume", 1)
    '<h3 id="volume-1">1.1 Next</h3>'
    """
    counted = count(1)

    def heading(found: re.Match) -> str:
        place, level = next(counted), int(found[1]) + 1
        return f'<h{level} id="{anchor}-{place}">{number}.{place} {found[2]}</h{level}>'

    return _HEADING.sub(heading, _TITLE.sub("", html, count=1))


def figure(png: str, alt: str, figures: Mapping[bytes, str] = {}) -> str:
    """Return an image as HTML: the SVG of a PNG (base64) where there is one, else the PNG."""
    if svg := figures.get(b64decode(png)):
        drawn = svg[svg.index("<svg") :].replace(
            "<svg", f'<svg role="img" aria-label="{Markup.escape(alt)}"', 1
        )
        return f'<figure tabindex="0">{drawn}</figure>'
    source = "data:image/png;base64," + png.replace("\n", "")
    return f'<figure><img alt="{Markup.escape(alt)}" src="{source}"></figure>'


def _cell(cell: NotebookNode, figures: Mapping[bytes, str]) -> Iterator[str]:
    if cell.cell_type == "markdown":
        yield markdown(cell.source)
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "image/png" in data:
            yield figure(data["image/png"], output.metadata["image/png"]["alt"], figures)
        elif "text/html" in data:
            shown = _EMPTY_HEAD.sub("<td></td>", data["text/html"])
            yield f'<div class="table" tabindex="0">{shown}</div>'
        elif "text/markdown" in data:
            yield markdown(escaping.shown(data["text/markdown"]))
        elif "text/plain" in data:
            text = _REPR.sub(r"\1", data["text/plain"])
            yield f"<pre>{escape(text)}</pre>"
