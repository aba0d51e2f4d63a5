"""How a paper is laid out as a Word file. It must not know what a paper says: no case, no word of a form.

Page and type sizes follow GB/T 9704-2012 (党政机关公文格式): A4, a text area of 156 mm × 225 mm, the title 22 pt Song, the body
16 pt Fangsong. The fonts are those of a Chinese Windows; elsewhere they fall back.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document as Docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

NOTHING: Final = "—"
Row = tuple[str, ...]


class Box(NamedTuple):
    """A place to write in: its label, its least height, what may be ticked at its top, what stands at its end, and what is
    filled in already."""

    label: str
    height: Length
    choices: str = ""
    closing: str = ""
    filled: str = ""


class _Style(NamedTuple):
    """A paragraph style: East-Asian font, size, line pitch and space around it in points, first line's indent in characters."""

    name: str
    font: str
    size: float
    pitch: float
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY
    indent: int = 0
    space: float = 0
    bold: bool = False


_ORDINALS: Final = "一二三四五六七八九十"
_FITS_A_PAGE: Final = (
    400  # characters: more of them in one cell may fill a page, and such a row must be allowed to break
)
_FIELD_WIDTHS: Final = (Mm(24), Mm(54), Mm(24), Mm(54))
_BOX_WIDTHS: Final = (Mm(24), Mm(132))
_LATIN: Final = "Times New Roman"
_TEXT_WIDTH: Final = Mm(156)
_NEWEST_WORD: Final = "15"  # 2013 and later; below it Word calls a file an old one (兼容模式)
_LONGEST_PROPERTY: Final = 255
_STYLES_WITH_EFFECTS: Final = "http://schemas.microsoft.com/office/2007/relationships/stylesWithEffects"
_TITLE: Final = _Style("公文标题", "宋体", 22, 32, WD_ALIGN_PARAGRAPH.CENTER, bold=True)
_ADDRESS: Final = _Style("公文主送", "仿宋", 16, 28, WD_ALIGN_PARAGRAPH.LEFT)
_BODY: Final = _Style("公文正文", "仿宋", 16, 28, indent=2)
_HEADING: Final = _Style("公文层次", "黑体", 16, 28, WD_ALIGN_PARAGRAPH.LEFT, indent=2, space=4)
_NOTE: Final = _Style("公文附注", "仿宋", 12, 18, WD_ALIGN_PARAGRAPH.LEFT, space=3)
_LABEL: Final = _Style("表格项目", "黑体", 12, 16, WD_ALIGN_PARAGRAPH.CENTER, space=2)
_CELL: Final = _Style("表格文字", "仿宋", 12, 16, WD_ALIGN_PARAGRAPH.LEFT, space=2)
_PAGE: Final = _Style("公文页码", "宋体", 14, 18, WD_ALIGN_PARAGRAPH.CENTER)
_RUNNING: Final = _Style("页眉页脚", "仿宋", 9, 12, WD_ALIGN_PARAGRAPH.CENTER)
_REPORT_BODY: Final = _Style("报告正文", "仿宋", 14, 24, WD_ALIGN_PARAGRAPH.LEFT, indent=2)
_REPORT_LABEL: Final = _Style("报表项目", "黑体", 9, 13, WD_ALIGN_PARAGRAPH.CENTER, space=1)
_REPORT_TEXT: Final = _Style("报表文字", "仿宋", 10, 14, WD_ALIGN_PARAGRAPH.LEFT, space=1)
_REPORT_FIGURE: Final = _Style("报表数字", "仿宋", 9.5, 13, WD_ALIGN_PARAGRAPH.RIGHT, space=1)
_HALVES: Final = (_LABEL, _CELL, _LABEL, _CELL)
_STYLES: Final = (
    _TITLE, _ADDRESS, _BODY, _HEADING, _NOTE, _LABEL, _CELL, _PAGE, _RUNNING, _REPORT_BODY,
    _REPORT_LABEL, _REPORT_TEXT, _REPORT_FIGURE,
)  # fmt: skip


class Sheet:
    """A paper while it is written; it numbers its own sections: 一、二、, or 1. 2. unless `chinese`."""

    def __init__(self, *, chinese: bool = True) -> None:
        self._document = _blank_document()
        self._ordinals = iter(
            [f"{ordinal}、" for ordinal in _ORDINALS] if chinese else [f"{n}. " for n in range(1, 11)]
        )

    def tell_properties(self, title: str, author: str, at: datetime) -> None:
        """Title and author, and no word of the matter: a file's properties are read by more people than the file."""
        told = self._document.core_properties
        told.title = title[:_LONGEST_PROPERTY]
        told.author = told.last_modified_by = author[:_LONGEST_PROPERTY]
        told.comments = told.subject = told.keywords = told.category = ""
        told.language = "zh-CN"
        told.created = told.modified = at.astimezone(UTC)

    def head(self, titles: Iterable[str], left: str, right: str) -> None:
        """Its titles, and a line of two ends that is ruled off."""
        for title in titles:
            self._paragraph(_TITLE, title)
        line = self._paragraph(_NOTE, f"{left}\t{right}")
        line.paragraph_format.tab_stops.add_tab_stop(_TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
        _rule_off(line)

    def _paragraph(self, style: _Style, text: str) -> Paragraph:
        paragraph = self._document.add_paragraph(style=style.name)
        _write(paragraph, style, text)
        return paragraph

    def address(self, text: str) -> None:
        self._paragraph(_ADDRESS, f"{text or NOTHING}：")

    def heading(self, text: str) -> None:
        self._paragraph(_HEADING, f"{next(self._ordinals)}{text}").paragraph_format.keep_with_next = True

    def body(self, text: str) -> None:
        self._paragraph(_BODY, text)

    def bodies(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.body(text)

    def fit_form(self) -> None:
        """A form is no letter: narrower margins above and below keep it on one page."""
        section = self._document.sections[0]
        section.top_margin, section.bottom_margin, section.footer_distance = Mm(22), Mm(20), Mm(11)

    def running(self, head: str, foot: str) -> None:
        """A line above and one below every page, in small type."""
        section = self._document.sections[0]
        section.header_distance = Mm(11)
        for place, text in (
            (section.header.paragraphs[0], head),
            (section.footer.add_paragraph(style=_RUNNING.name), foot),
        ):
            place.style = _RUNNING.name
            _write(place, _RUNNING, text)

    def sentences(self, texts: Iterable[str]) -> None:
        """A report's paragraphs: smaller than a letter's, and not spread to the margin, for numbers don't break."""
        for text in texts:
            self._paragraph(_REPORT_BODY, text)

    def figures(self, widths: Sequence[float], header: Sequence[str], rows: Iterable[Row], texts: int = 1) -> None:
        """A table of a report, in small type; `widths` in mm. The first `texts` columns are words, the others numbers."""
        table = self.table([Mm(width) for width in widths], header, _REPORT_LABEL)
        _narrow_cells(table)
        styles = (_REPORT_TEXT,) * texts + (_REPORT_FIGURE,) * (len(widths) - texts)
        for told in rows:
            add_row(table, told, styles).height = Mm(6)
        self.gap()

    def keep_last(self) -> None:
        """The paragraph written last stays on the page of what follows, so that signatures don't stand on a page alone."""
        last = self._document.paragraphs[-1]
        last.paragraph_format.keep_with_next = len(last.text) <= _FITS_A_PAGE

    def asks(self, texts: Iterable[str]) -> None:
        self.bodies(f"（{ordinal}）{text}" for ordinal, text in zip(_ORDINALS, texts, strict=False))

    def note(self, text: str) -> None:
        self._paragraph(_NOTE, text)

    def gap(self) -> Paragraph:
        """A narrow empty line: two tables that touch would become one."""
        paragraph = self._paragraph(_NOTE, "")
        paragraph.paragraph_format.line_spacing = Pt(4)
        return paragraph

    def table(self, widths: Sequence[Length], header: Sequence[str] = (), label: _Style = _LABEL) -> Table:
        """A bordered table of fixed widths; its header row, if it has one, is repeated on every page."""
        table: Table = self._document.add_table(0, len(widths), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        if header:
            _add_header(table, header, label)
        return table

    def fields(self, header: str, rows: Iterable[Row]) -> None:
        table = self.table(_FIELD_WIDTHS, (header,))
        for texts in rows:
            add_row(table, texts, _HALVES)

    def boxes(self, header: str, boxes: Iterable[Box]) -> None:
        table = self.table(_BOX_WIDTHS, (header,))
        for box in boxes:
            row = add_row(table, (box.label, box.choices), empty="", may_break=True)
            row.height = box.height
            row.cells[1].vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.TOP
            for text in (box.filled, box.closing):
                _write(row.cells[1].add_paragraph(style=_CELL.name), _CELL, text)

    def signatures(self, rows: Iterable[Row]) -> None:
        """What is signed by hand: on one page, below the last words of the paper."""
        self.gap().paragraph_format.keep_with_next = True
        table = self.table(_FIELD_WIDTHS)
        for told in rows:
            add_row(table, told, _HALVES, empty="").height = Mm(11)
        keep_with_next(table.rows[0])

    def packed(self) -> bytes:
        """The file's bytes, its parts dated as zip dates nothing: the library would tell this machine's local time."""
        drawn, packed = BytesIO(), BytesIO()
        self._document.save(drawn)
        with ZipFile(drawn) as source, ZipFile(packed, "w", ZIP_DEFLATED) as target:
            for name in source.namelist():
                target.writestr(ZipInfo(name), source.read(name), ZIP_DEFLATED)
        return packed.getvalue()


def add_row(
    table: Table,
    texts: Sequence[str],
    styles: Sequence[_Style] = (_LABEL, _CELL, _CELL, _CELL),
    *,
    empty: str = NOTHING,
    may_break: bool = False,
) -> _Row:
    """A row of texts, the last of which takes the cells that are left over.

    It does not break over pages, unless a text is too long for that or `may_break`: more may be written in it by hand.
    """
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]  # published half typed
    row.height_rule, row.height = WD_ROW_HEIGHT_RULE.AT_LEAST, Mm(7.5)
    if not may_break and max(map(len, texts)) <= _FITS_A_PAGE:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, column in zip(row.cells, table.columns, strict=True):
        cell.width = column.width
    *before, last = row.cells[: len(texts)]
    cells = [*before, last.merge(row.cells[-1])]
    for cell, text, style in zip(cells, texts, styles, strict=False):
        _fill(cell, text or empty, style)
    return row


def _fill(cell: _Cell, text: str, style: _Style) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    cell.paragraphs[0].style = style.name
    _write(cell.paragraphs[0], style, text)


def _add_header(table: Table, texts: Sequence[str], label: _Style) -> None:
    row = add_row(table, texts, (label,) * len(texts))
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell in row._tr.tc_lst:
        shade = _element("w:shd", val="clear", color="auto", fill="EDEDED")
        cell.get_or_add_tcPr().insert_element_before(shade, "w:vAlign")
    keep_with_next(row)


def _narrow_cells(table: Table) -> None:
    """A millimetre at each side of a cell instead of two: the columns of a report are many."""
    margins = _element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(f"w:{side}", w=str(Mm(1).twips), type="dxa"))
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")


def keep_with_next(row: _Row) -> None:
    for cell in row.cells:
        cell.paragraphs[0].paragraph_format.keep_with_next = True


def _write(paragraph: Paragraph, style: _Style, text: str) -> None:
    """One run in the style's own fonts, told explicitly: Word would else take quotation marks and dashes from a Latin font."""
    if text:
        _set_fonts(paragraph.add_run(text)._r.get_or_add_rPr(), style.font)


def _set_fonts(properties: Any, east: str) -> None:
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()  # a theme's font would win over one that is named
    for name, value in {"hint": "eastAsia", "ascii": _LATIN, "hAnsi": _LATIN, "eastAsia": east, "cs": _LATIN}.items():
        fonts.set(qn(f"w:{name}"), value)


def _element(tag: str, **attributes: str) -> BaseOxmlElement:
    element: BaseOxmlElement = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def _rule_off(paragraph: Paragraph) -> None:
    """A line across the page below the paragraph."""
    border = _element("w:pBdr")
    border.append(_element("w:bottom", val="single", sz="12", space="4", color="000000"))
    paragraph._p.get_or_add_pPr().insert_element_before(
        border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(8)


def _blank_document() -> Document:
    """An A4 document with the papers' styles and nothing of the library's template that shows or tells."""
    document = Docx()
    _drop_template_parts(document)
    _speak_chinese(document)
    for style in _STYLES:
        _define(document, style)
    _set_page(document)
    return document


def _drop_template_parts(document: Document) -> None:
    """The template brings a picture of itself, the program it was made with, and a second copy of its styles."""
    for rels, unwanted in (
        (document.part.package.rels, (RELATIONSHIP_TYPE.THUMBNAIL, RELATIONSHIP_TYPE.EXTENDED_PROPERTIES)),
        (document.part.rels, (RELATIONSHIP_TYPE.CUSTOM_XML, _STYLES_WITH_EFFECTS)),
    ):
        for key in [key for key, rel in rels.items() if rel.reltype in unwanted]:
            del rels[key]


def _speak_chinese(document: Document) -> None:
    """Line breaking, proofing and the fonts of whatever is typed later."""
    styles, settings = document.styles.element, document.settings.element
    defaults = styles.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    _set_fonts(defaults, _BODY.font)
    defaults.find(qn("w:lang")).set(qn("w:eastAsia"), "zh-CN")
    settings.find(qn("w:themeFontLang")).set(qn("w:eastAsia"), "zh-CN")
    mode = settings.find(f".//{qn('w:compatSetting')}[@{qn('w:name')}='compatibilityMode']")
    mode.set(qn("w:val"), _NEWEST_WORD)
    normal = document.styles["Normal"].element
    _set_fonts(normal.get_or_add_rPr(), _BODY.font)


def _define(document: Document, style: _Style) -> None:
    made = document.styles.add_style(style.name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(made, ParagraphStyle)
    made.font.size, made.font.bold, made.font.color.rgb = Pt(style.size), style.bold, RGBColor(0, 0, 0)
    _set_fonts(made.element.get_or_add_rPr(), style.font)
    layout = made.paragraph_format
    layout.alignment, layout.widow_control = style.align, True
    layout.space_before = layout.space_after = Pt(style.space)
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(style.pitch)
    if style.indent:
        layout.first_line_indent = Pt(style.indent * style.size)
        made.element.pPr.ind.set(qn("w:firstLineChars"), str(100 * style.indent))


def _set_page(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    _number_pages(section.footer.paragraphs[0])


def _number_pages(paragraph: Paragraph) -> None:
    paragraph.style = _PAGE.name
    _write(paragraph, _PAGE, "— ")
    field = _element("w:fldSimple", instr="PAGE")
    paragraph._p.append(field)
    _write(paragraph, _PAGE, "1")
    field.append(paragraph.runs[-1]._r)
    _write(paragraph, _PAGE, " —")
