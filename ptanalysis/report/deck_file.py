"""findings.pptx: slides with native charts and text measured to fit, in the clinic's template."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Pt

from ptanalysis.display.text_fit import fitting_size, text_height, text_width, unbroken
from ptanalysis.report.deck_chart import add_chart, describe, runs_off
from ptanalysis.report.deck_slides import Slide, plain
from ptanalysis.report.front_matter import Brand, LookError, day_of

_INK, _MUTED = "222222", "5F6670"
#: Points: the margin, the line at the foot, and the smallest text.
_MARGIN, _FOOT, _LEAST = 42, 30, 10
_SIDES = ("inbound", "outbound", "neither", "unknown")
_OFF = "A range that runs off the chart goes on: its ends are in the label."
_PAGE = """<a:fld {names} id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum">
<a:rPr lang="en-US" sz="{size}00"/><a:t>{number}</a:t></a:fld>"""


def write_deck(slides: Sequence[Slide], path: Path, *, brand: Brand, about: Mapping) -> None:
    """Write slides; the same ones give the same bytes.

    Parameters
    ----------
    slides : sequence of Slide
    path : Path
    brand : Brand
    about : mapping
        Of `front_matter.about`.

    Raises
    ------
    LookError
        A template that cannot be opened, or without a layout that has a title.
    """
    deck = _opened(brand)
    core, made = deck.core_properties, io.BytesIO()
    core.title, core.subject = f"{about['clinic']}, {about['quarter']}", about["for"]
    core.comments = ""
    core.author = core.last_modified_by = about["clinic"]
    core.created = core.modified = day_of(about)
    for number, slide in enumerate(slides, 1):
        _Page(deck, brand, about, number).draw(slide)
    deck.save(made)
    path.write_bytes(_undated(made.getvalue()))


def _undated(archive: bytes) -> bytes:
    """Return a zip archive with the time of writing taken out."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _opened(brand: Brand):
    """Return an empty deck: the clinic's template without its slides, or a plain wide one."""
    try:
        deck = Presentation(brand.template and str(brand.template))
    except (KeyError, ValueError) as error:
        raise LookError("template.pptx is not a PowerPoint file: save it again as .pptx") from error
    for each in list(deck.slides._sldIdLst):
        deck.part.drop_rel(each.rId)
        deck.slides._sldIdLst.remove(each)
    if not brand.template:
        deck.slide_width = deck.slide_width * 4 // 3
        for shape in [each for layout in deck.slide_layouts for each in layout.placeholders]:
            _put(shape, shape.left * 4 // 3, shape.top, shape.width * 4 // 3, shape.height)
    return deck


def _put(shape, left: int, top: int, width: int, height: int) -> None:
    """Set where a shape stands, as a whole: one length alone would make zeros of the others."""
    shape.left, shape.top, shape.width, shape.height = left, top, width, height


def _layout(deck):
    """Return the layout with a title and the least beside it."""
    titled = [
        layout
        for layout in deck.slide_layouts
        if PP_PLACEHOLDER.TITLE in [each.placeholder_format.type for each in layout.placeholders]
    ]
    if not titled:
        raise LookError("template.pptx has no layout with a title: add one, or take it out")
    return min(titled, key=lambda layout: len(layout.placeholders))


class _Page:
    """A slide being drawn; lengths in points."""

    def __init__(self, deck, brand: Brand, about: Mapping, number: int) -> None:
        self.brand, self.about, self.number = brand, about, number
        self.page = deck.slides.add_slide(_layout(deck))
        self.width, self.height = deck.slide_width.pt, deck.slide_height.pt
        self.left, self.inner = _MARGIN, self.width - 2 * _MARGIN
        self.foot = self.height - _FOOT - 8

    def draw(self, slide: Slide) -> None:
        """Draw title, chart or table, lines, the line at the foot, and the notes."""
        top = self.title(slide.title)
        below = self.lines([*slide.lines, *([_OFF] if runs_off(slide) else [])], top, slide)
        if slide.bars:
            top += self.legend(slide, top)
            place = (self.left, top, self.inner, self.foot - top - below)
            add_chart(self.page, slide, place, brand=self.brand, about=self.about)
        if slide.table:
            self.table(slide, top, self.foot - top - below)
        said = self.source(slide)
        self.page.notes_slide.notes_text_frame.text = f"{slide.notes}\n{said}"

    def title(self, text: str) -> float:
        """Write the title and return where it ends; what is in parentheses stays on a line."""
        text = unbroken(text)
        shape, ours = self.page.shapes.title, not self.brand.template
        if ours:
            _put(shape, *map(Pt, (_MARGIN, 22, self.inner, 76)))
        left, top, width, height = shape.left, shape.top, shape.width, shape.height
        room = Pt(self.width - _MARGIN - self.logo()) - left
        _put(shape, left, top, min(width, room), height)
        frame = shape.text_frame
        frame.word_wrap, frame.text = True, text
        box = (shape.width.pt - 16, shape.height.pt - 10)
        size = fitting_size([text], *box, sizes=range(14, 29), bold=True)
        if ours:
            _look(frame.paragraphs[0], True)
            frame.margin_left = 0
        frame.paragraphs[0].runs[0].font.size = Pt(size)
        self.left = left.pt + frame.margin_left.pt
        self.inner = self.width - 2 * self.left
        return top.pt + height.pt + 8

    def logo(self) -> float:
        """Put the logo at the upper right and return the room it takes."""
        if not self.brand.logo:
            return 0
        picture = self.page.shapes.add_picture(str(self.brand.logo), 0, 0, height=Pt(40))
        scale = min(1, Pt(150) / picture.width)
        wide, high = int(picture.width * scale), int(picture.height * scale)
        _put(picture, Pt(self.width - _MARGIN) - wide, Pt(22), wide, high)
        describe(picture, f"Logo of {self.about['clinic']}")
        return picture.width.pt + 12

    def lines(self, marked: Sequence[str], top: float, slide: Slide) -> float:
        """Write the lines, below chart or table if there is one, and return their height."""
        if not marked:
            return 0
        alone, lines = not (slide.bars or slide.table), list(map(plain, marked))
        room = self.foot - top if alone else 0.34 * self.height
        sizes = range(_LEAST, 19 if alone else 14)
        size = fitting_size(lines, self.inner, 0.8 * room, sizes=sizes)
        high = text_height(lines, self.inner, size) + 6 * len(lines) + 8
        below = room if alone else high
        frame = self.box(self.foot - below, below)
        for line in marked:
            _write(frame, line, size)
        return below

    def box(self, top: float, height: float):
        """Return the text frame of a new text box, as wide as the page."""
        place = map(Pt, (self.left, top, self.inner, height))
        frame = self.page.shapes.add_textbox(*place).text_frame
        frame.word_wrap, frame.margin_left, frame.margin_right = True, 0, 0
        return frame

    def source(self, slide: Slide) -> str:
        """Write the line at the foot and return whose numbers these are, of when, and how many."""
        about, n = self.about, f"n = {slide.behind}" if slide.behind else ""
        parts = (about["clinic"], about["quarter"], f"as of {about['as of']}", n)
        said = " · ".join(filter(None, parts))
        text = f"{said} · {about['for']} · "
        size = fitting_size([text], self.inner, 1.3 * _LEAST, sizes=range(8, _LEAST + 1))
        line = _write(self.box(self.height - _FOOT - 4, _FOOT - 6), text, size, color=_MUTED)
        line._p.append(parse_xml(_PAGE.format(names=nsdecls("a"), number=self.number, size=size)))
        return said

    def legend(self, slide: Slide, top: float) -> float:
        """Name the sides in their colors where bars do not, and return the height."""
        sides = [each for each in _SIDES if each in {bar.side for bar in slide.bars}]
        named = all(bar.label.lower().startswith(bar.side) for bar in slide.bars)
        if len(sides) < 2 or named:
            return 0
        line = _write(self.box(top, 20), "", 12)
        for side in sides:
            mark, name = line.add_run(), line.add_run()
            mark.text, name.text = "■ ", f"{side}    "
            mark.font.size = name.font.size = Pt(12)
            mark.font.color.rgb = RGBColor.from_string(self.brand.color(side))
        return 22

    def table(self, slide: Slide, top: float, height: float) -> None:
        """Write a table in the largest type that fits, and say how many rows did not."""
        rows, sizes = list(slide.table), range(16, _LEAST - 1, -1)
        tried = ((size, _widths(slide.table, self.inner, size)) for size in sizes)
        fits = (each for each in tried if each[0] == _LEAST or _tall(rows, *each[::-1]) <= height)
        size, widths = next(fits)
        while _tall(rows, widths, size) > height and len(rows) > 2:
            gone = len(slide.table) - len(rows) + 2
            rows = [*rows[:-2], (f"{gone} more are in findings.xlsx", *[""] * (len(widths) - 1))]
        place = map(Pt, (self.left, top, self.inner, 10))
        frame = self.page.shapes.add_table(len(rows), len(widths), *place)
        describe(frame, slide.title)
        right = [all(map(_is_number, column[1:])) for column in zip(*slide.table, strict=True)]
        for column, width in zip(frame.table.columns, widths, strict=True):
            column.width = Pt(width)
        for row, cells in enumerate(rows):
            frame.table.rows[row].height = Pt(_tall([cells], widths, size))
            for at, text in enumerate(cells):
                look = {"head": row == 0, "bold": row == slide.bold, "right": right[at]}
                _fill(frame.table.cell(row, at), text, size, **look)


def _write(frame, text: str, size: float, *, color: str = _INK):
    """Add a paragraph to a text frame; what is between ``**`` is bold."""
    used = frame.paragraphs[0].runs or len(frame.paragraphs) > 1
    paragraph = frame.add_paragraph() if used else frame.paragraphs[0]
    paragraph.space_after = Pt(6)
    for at, part in enumerate(text.split("**")):
        run = paragraph.add_run()
        run.text, run.font.size = plain(part), Pt(size)
        _look(paragraph, at % 2 == 1, color)
    return paragraph


def _look(paragraph, bold: bool = False, color: str = _INK) -> None:
    """Set the last run; PowerPoint does not heed the font of a paragraph."""
    paragraph.alignment, font = PP_ALIGN.LEFT, paragraph.runs[-1].font
    font.bold, font.color.rgb = bold, RGBColor.from_string(color)


def _fill(cell, text: str, size: float, *, head: bool, bold: bool, right: bool) -> None:
    """Write a table's cell."""
    cell.margin_top = cell.margin_bottom = Pt(3)
    cell.fill.solid()
    cell.fill.fore_color.rgb = RGBColor.from_string("E3E6EA" if head else "FFFFFF")
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.add_run().text = text or "\u00a0"  # an empty cell would be as high as 18 points
    paragraph.runs[0].font.size = Pt(size)
    _look(paragraph, head or bold)
    if right:
        paragraph.alignment = PP_ALIGN.RIGHT


def _widths(rows: Sequence[Sequence[str]], room: float, size: float) -> list[float]:
    """Return widths of columns: as wide as their widest cell, or all that are wider alike."""
    columns = zip(*rows, strict=True)
    widest = [max(text_width(cell, size) for cell in column) + 18 for column in columns]
    caps = range(int(room), 0, -4)
    cap = next(each for each in caps if sum(min(each, wide) for wide in widest) <= room or each < 5)
    shown = [min(cap, wide) for wide in widest]
    return [room * each / sum(shown) for each in shown]


def _tall(rows: Sequence[Sequence[str]], widths: Sequence[float], size: float) -> float:
    """Return how high rows are: each as its highest cell."""
    pairs = (zip(row, widths, strict=True) for row in rows)
    return sum(max(text_height([cell], wide - 15, size) for cell, wide in row) + 7 for row in pairs)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"|–|−?\D{,4}[\d,.]+", text))
