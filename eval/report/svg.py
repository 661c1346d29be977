"""A plot's ground: figures as wide as a phone, and their SVG, with the page's colours and font and ids of their own."""

import io
import re
import warnings
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH = 400
"""Units that a plot is wide: about the pixels of a phone, where its letters are legible; on a desk it is larger."""
INK, MUTED, RULE, ACCENT, LOSS, GROUND = "#1b2428", "#566067", "#d8d6ce", "#0b4f5e", "#9a3412", "#fdfcfa"

_LETTER = 11
_VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    ACCENT: "var(--accent)",
    LOSS: "var(--loss)",
    GROUND: "var(--ground)",
}
"""What stands on the page for each colour given to matplotlib: so one plot serves light, dark and print."""
_COLOUR = re.compile("|".join(_VARIABLES))
_FONT = re.compile(r"font-family:[^;]*;?\s*")
_NAMESPACE = re.compile(r"\{[^}]*\}")
_REFERENCE = re.compile(r"#([\w.-]+)")
_UNTOLD = dict.fromkeys(("Date", "Creator", "Format", "Type"))


def plotted(height: float) -> Figure:
    """Return an empty figure, `height` units high."""
    return Figure(figsize=(WIDTH / 72, height / 72), facecolor="none")


def axes_in(figure: Figure, left: float, top: float, right: float, bottom: float) -> Axes:
    """Return axes that leave these units free on each side; they have no frame, and their ticks no lines.

    Margins are given, not found: matplotlib does not know how wide the letters of the page's font are.
    """
    height = figure.get_figheight() * 72
    box = (left / WIDTH, bottom / height, 1 - (left + right) / WIDTH, 1 - (top + bottom) / height)
    axes = figure.add_axes(box, facecolor="none")
    axes.spines[:].set_visible(False)
    axes.tick_params(which="both", length=0, labelsize=_LETTER, labelcolor=MUTED, pad=5)
    axes.set_axisbelow(True)
    return axes


def written(
    axes: Axes,
    at: tuple[float, float],
    words: str,
    *,
    on: Any = "data",
    shift: tuple[float, float] = (0, 0),
    **look: Any,
) -> None:
    """Write words at a point of the data (or of what `on` says), shifted by units right and up."""
    axes.annotate(
        words,
        at,
        shift,
        xycoords=on,
        textcoords="offset points",
        annotation_clip=False,
        parse_math=False,
        **{"fontsize": _LETTER, "color": MUTED, "va": "baseline", **look},
    )


def svg(figure: Figure, name: str, label: str) -> str:
    """Return a figure as an SVG element of a page, where no other may have its name; the label is read aloud."""
    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}), warnings.catch_warnings():
        # The letters are drawn by whoever shows the page; matplotlib's own font need not have them.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        figure.savefig(file, format="svg", metadata=_UNTOLD)
    root = ET.fromstring(file.getvalue())
    for parent in list(root.iter()):
        for child in [each for each in parent if _local(each.tag) == "style"]:
            parent.remove(child)
    used = {name for each in root.iter() for value in each.attrib.values() for name in _REFERENCE.findall(value)}
    for each in root.iter():
        each.tag = _local(each.tag)
        each.attrib = {
            key: value
            for key, value in ((_local(key), _own(key, value, name)) for key, value in each.attrib.items())
            if not (key == "id" and value.removeprefix(f"{name}-") not in used)
        }
    root.attrib = {"class": "plot", "viewBox": root.attrib["viewBox"], "role": "img", "aria-label": label}
    return ET.tostring(root, encoding="unicode")


def _local(name: str) -> str:
    return _NAMESPACE.sub("", name)


def _own(key: str, value: str, name: str) -> str:
    """Return an attribute's value for the page: ids with the plot's name before them, colours and font the page's."""
    if key == "id":
        return f"{name}-{value}"
    if key == "style":
        value = _COLOUR.sub(lambda found: _VARIABLES[found[0]], _FONT.sub("", value))
    return _REFERENCE.sub(rf"#{name}-\1", value) if "#" in value else value
