"""Drawing: a figure with its finding and its alt text, which shows and saves itself."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ptanalysis.display.report_files import report_folder

_SAVE = {
    "svg.hashsalt": "ptanalysis",
    "svg.fonttype": "none",
    "savefig.dpi": 144,
    "text.parse_math": False,
}
_NO_DATE = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure with what it must never be without.

    As the last line of a cell it shows itself; where a report is being made it is saved too.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    name : str
        Of its files, like ``leads-by-month``.
    title : str
        The finding it states.
    alt : str
        What a reader who cannot see it should know.

    Raises
    ------
    ValueError
        A name, title or alt text is empty.
    """

    figure: Figure
    name: str
    title: str
    alt: str

    def __post_init__(self) -> None:
        if not all((self.name.strip(), self.title.strip(), self.alt.strip())):
            raise ValueError("a drawing needs a name, a title and alt text")

    @property
    def axes(self) -> Axes:
        """The first axes, to change what is drawn before it is shown."""
        return self.figure.axes[0]

    def save(self, folder: Path) -> bytes:
        """Save the drawing as PNG and SVG under its name; return the PNG."""
        settle(self)
        made = {kind: image(self, kind) for kind in ("png", "svg")}
        for kind, content in made.items():
            (folder / f"{self.name}.{kind}").write_bytes(content)
        return made["png"]

    def _repr_mimebundle_(self, **_) -> tuple[dict, dict]:
        """Return the picture, saved on the way, with its words as the plain form."""
        settle(self)
        png = self.save(folder) if (folder := report_folder("figures")) else image(self, "png")
        data = {"image/png": b64encode(png).decode(), "text/plain": f"{self.title}\n{self.alt}"}
        return data, {"image/png": {"alt": f"{self.title}. {self.alt}"}}


def figure(drawn: Axes | Figure, title: str, *, alt: str, name: str = "") -> Drawing:
    """Return your own matplotlib or seaborn figure with its finding, to show and to save.

    Parameters
    ----------
    drawn : Axes or Figure
        What seaborn or pandas returned.
    title : str
        The finding it states, set above it.
    alt : str
        What a reader who cannot see it should know, with the numbers.
    name : str
        Of its files; made of the title where left out.

    Examples
    --------
    >>> figure(plt.figure().subplots(), "Leads doubled", alt="10, then 20").name
    'leads-doubled'
    """
    whole = drawn if isinstance(drawn, Figure) else drawn.figure
    plt.close(whole)  # shown once, by the Drawing
    whole.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
    return named_drawing(whole, title, alt, name)


def named_drawing(figure: Figure, title: str, alt: str, name: str) -> Drawing:
    """Return a figure as a Drawing; its name is made of the title where left out."""
    return Drawing(figure=figure, name=name or slug(title), title=title, alt=alt)


def slug(title: str) -> str:
    """Return a file's name made of a title's first words.

    Examples
    --------
    >>> slug("Of 100 leads, 42 qualified: more than before, says the data")
    'of-100-leads-42-qualified-more'
    """
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join(words[:6]) or "figure"


def settle(drawing: Drawing) -> None:
    """Lay a figure out once, so that each file is not laid out anew."""
    with mpl.rc_context(_SAVE):
        drawing.figure.draw_without_rendering()
    drawing.figure.set_layout_engine("none")


def image(drawing: Drawing, kind: str) -> bytes:
    """Return a drawing as the bytes of a ``png`` or ``svg``, the same at every call."""
    file = BytesIO()
    with mpl.rc_context(_SAVE):
        drawing.figure.savefig(file, format=kind, metadata=_NO_DATE[kind])
    return file.getvalue()
