"""findings.html: one page with answers first, then the notebooks' prose, figures and tables.

The page needs no network: style, figures and text are all in the one file, and there is no script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape, unescape
from importlib.resources import files

import jinja2
from markupsafe import Markup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from ptanalysis.display import escaping

_HEADING = re.compile(r"<(/?)h([1-5])(?: id=\"[^\"]*\")?")
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
    headlines: Iterable[dict],
    claims: Iterable[dict],
    chapters: Iterable[Chapter],
) -> str:
    """Return the page.

    Parameters
    ----------
    title : str
        Of the page and its first heading.
    lead : str
        The line under it: as-of date and what the data hold.
    headlines : iterable of dict
        ``question`` and ``answer`` (Markdown) of each of the four questions.
    claims : iterable of dict
        ``statement``, ``verdict`` (as in findings.json), ``word``, ``found``, ``robust``.
    chapters : iterable of Chapter
    """
    template = files(__package__).joinpath("template")
    page = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        template.joinpath("page.html.j2").read_text("utf-8")
    )
    return page.render(
        title=title,
        lead=lead,
        style=Markup(template.joinpath("page.css").read_text("utf-8")),
        headlines=[each | {"answer": markdown(each["answer"])} for each in headlines],
        claims=list(claims),
        chapters=list(chapters),
    )


def chapter(notebook: NotebookNode, anchor: str) -> Chapter:
    """Return an executed notebook without its code.

    Parameters
    ----------
    notebook : NotebookNode
        Its first Markdown cell starts with the question as H1.
    anchor : str
        Its address on the page.
    """
    title = _FIRST_HEADING.search(notebook.cells[0].source)
    body = "\n".join(part for cell in notebook.cells for part in _cell(cell))
    return Chapter(
        anchor=anchor, title=title[1] if title else anchor, body=Markup(lower_headings(body))
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


def lower_headings(html: str) -> str:
    """Return HTML with every heading one level lower, as the page has the one H1.

    Examples
    --------
    >>> lower_headings('<h1 id="a">How many?</h1>')
    '<h2>How many?</h2>'
    """
    return _HEADING.sub(lambda found: f"<{found[1]}h{int(found[2]) + 1}", html)


def figure(png: str, alt: str) -> str:
    """Return an image, base64 of a PNG, with its alt text as HTML."""
    source = "data:image/png;base64," + png.replace("\n", "")
    return f'<figure><img alt="{Markup.escape(alt)}" src="{source}"></figure>'


def _cell(cell: NotebookNode) -> Iterator[str]:
    if cell.cell_type == "markdown":
        yield markdown(cell.source)
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "image/png" in data:
            yield figure(data["image/png"], output.metadata["image/png"]["alt"])
        elif "text/html" in data:
            yield f'<div class="table" tabindex="0">{data["text/html"]}</div>'
        elif "text/markdown" in data:
            yield markdown(escaping.shown(data["text/markdown"]))
        elif "text/plain" in data:
            text = _REPR.sub(r"\1", data["text/plain"])
            yield f"<pre>{escape(text)}</pre>"
