"""A slide's native chart: bars with their ranges, and the sheet behind them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from math import ceil, floor, log10

import xlsxwriter
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_TICK_LABEL_POSITION
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Pt

from ptanalysis.display.numbers import excel_format
from ptanalysis.report.deck_slides import Bar, Slide
from ptanalysis.report.front_matter import Brand, day_of
from ptanalysis.report.strips import AXES

_GRID = "D5D9DE"
_ERRORS = """<c:errBars {names}><c:errBarType val="both"/><c:errValType val="cust"/>
<c:noEndCap val="0"/><c:plus>{plus}</c:plus><c:minus>{minus}</c:minus><c:spPr><a:ln w="19050">
<a:solidFill><a:srgbClr val="222222"/></a:solidFill></a:ln></c:spPr></c:errBars>"""
_CELLS = """<c:numRef><c:f>Sheet1!${column}$2:${column}${last}</c:f><c:numCache>
<c:formatCode>General</c:formatCode><c:ptCount val="{count}"/>{points}</c:numCache></c:numRef>"""
_EACH = '<c:tickLblSkip {names} val="1"/>'
_LOG = '<c:logBase {names} val="10"/>'
_POINT = '<c:pt idx="{at}"><c:v>{far!r}</c:v></c:pt>'
#: Where the bars stand in the chart; their words have the rest of its width.
_PLOT = """<c:layout {names}><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/>
<c:yMode val="edge"/><c:x val="0.4"/><c:y val="0.02"/><c:w val="0.57"/><c:h val="0.82"/>
</c:manualLayout></c:layout>"""


def add_chart(page, slide: Slide, place: Sequence[float], *, brand: Brand, about: Mapping) -> None:
    """Draw a slide's bars on its page.

    Parameters
    ----------
    page : pptx.slide.Slide
    slide : Slide
    place : sequence of float
        Left, top, width, height in points.
    brand : Brand
    about : mapping
        Of `front_matter.about`.
    """
    data = CategoryChartData()
    data.categories = [bar.label for bar in slide.bars]
    data.add_series(slide.axis, [bar.value for bar in slide.bars])
    frame = page.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *map(Pt, place), data)
    bars = "; ".join(bar.label.replace("\n", " ") for bar in slide.bars)
    describe(frame, f"{slide.title}. {bars}")
    frame.chart.part.chart_workbook.update_from_xlsx_blob(_sheet(slide, about))
    plot = frame.chart.plots[0]
    plot.gap_width, series = 55, plot.series[0]
    series.invert_if_negative = False
    for at, bar in enumerate(slide.bars):
        fill = series.points[at].format.fill
        fill.solid()
        fill.fore_color.rgb = RGBColor.from_string(brand.color(bar.side))
    if any(bar.low is not None or bar.high is not None for bar in slide.bars):
        series._element.find("{*}cat").addprevious(_error_bars(slide.bars))
    _set_axes(frame.chart, slide)


def describe(shape, text: str) -> None:
    """Set a shape's alternative text."""
    next(shape._element.iter("{*}cNvPr")).set("descr", text)


def runs_off(slide: Slide) -> bool:
    """Return whether a range of a slide's chart ends outside its axis."""
    low, high, _ = _ends(slide) if slide.bars else (0, 0, 0)
    return any((bar.low or 0) < low or (bar.high or 0) > high for bar in slide.bars)


def _set_axes(chart, slide: Slide) -> None:
    """Set both axes: words at the left, the unit below, and as far as the values go."""
    chart.has_legend = chart.has_title = False
    chart.font.size = Pt(12 if len(slide.bars) < 8 else 10)
    across, down = chart.value_axis, chart.category_axis
    down.reverse_order, down.tick_label_position = True, XL_TICK_LABEL_POSITION.LOW
    skip = parse_xml(_EACH.format(names=nsdecls("c")))  # else words of some bars may be left out
    down._element.find("{*}noMultiLvlLbl").addprevious(skip)
    across._element.find("{*}crosses").set("val", "max")  # at the foot, as the order is reversed
    for line in (down.format.line, across.format.line, across.major_gridlines.format.line):
        line.color.rgb = RGBColor.from_string(_GRID)
    across.minimum_scale, across.maximum_scale, across.major_unit = _ends(slide)
    across.tick_labels.number_format = excel_format(slide.unit).replace("0.0%", "0%")
    across.tick_labels.number_format_is_linked = False
    title = across.axis_title.text_frame
    title.text = slide.axis
    font = title.paragraphs[0].runs[0].font
    font.size, font.bold = Pt(12), False
    if slide.log:
        across.crosses_at = 1
        across._element.find("{*}scaling").insert(0, parse_xml(_LOG.format(names=nsdecls("c"))))
    area = chart._chartSpace.chart.plotArea
    for old in area.findall("{*}layout"):
        area.remove(old)
    area.insert(0, parse_xml(_PLOT.format(names=nsdecls("c"))))


def _reach(bars: Sequence[Bar], end: str) -> list[float | None]:
    """Return how far each range reaches from its bar's value to an end."""
    ends = [(getattr(bar, end), bar.value) for bar in bars]
    return [None if None in end else abs(end[0] - end[1]) for end in ends]


def _error_bars(bars: Sequence[Bar]):
    """Return the XML of error bars that point to the chart's own sheet; python-pptx has none."""
    cells = {}
    for part, column, end in (("minus", "C", "low"), ("plus", "D", "high")):
        reach = [(at, far) for at, far in enumerate(_reach(bars, end)) if far is not None]
        points = "".join(_POINT.format(at=at, far=far) for at, far in reach)
        place = {"column": column, "last": len(bars) + 1, "count": len(bars)}
        cells[part] = _CELLS.format(points=points, **place)
    return parse_xml(_ERRORS.format(names=nsdecls("c", "a"), **cells))


def _sheet(slide: Slide, about: Mapping) -> bytes:
    """Return the sheet behind a chart: what is drawn and nothing else."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.set_properties({"created": day_of(about)})
        sheet = book.add_worksheet("Sheet1")
        for at, head in enumerate(("", slide.axis, "Range below", "Range above")):
            sheet.write_string(0, at, head)
        reach = (_reach(slide.bars, end) for end in ("low", "high"))
        for row, (bar, *ends) in enumerate(zip(slide.bars, *reach, strict=True), 1):
            sheet.write_string(row, 0, bar.label)
            for at, number in enumerate((bar.value, *ends), 1):
                if number is not None:
                    sheet.write_number(row, at, number)
    return made.getvalue()


def _ends(slide: Slide) -> tuple[float, float, float]:
    """Return where the axis ends and its step: at the ranges, but not far beyond the values."""
    if slide.log:
        low, high, *_ = AXES["back"]
        return low, high, 10
    values = [bar.value for bar in slide.bars if bar.value is not None]
    far = 3 * max(map(abs, values), default=0) or 1
    low = min([0, *values, *(max(bar.low, -far) for bar in slide.bars if bar.low is not None)])
    high = max([0, *values, *(min(bar.high, far) for bar in slide.bars if bar.high is not None)])
    rough = (high - low or 1) / 6
    tens = 10 ** floor(log10(rough))
    step = next(tens * each for each in (1, 2, 5, 10) if tens * each >= rough)
    return floor(low / step) * step, ceil(high / step) * step or step, step
