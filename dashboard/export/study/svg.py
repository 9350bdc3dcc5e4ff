"""Figures of Matplotlib as elements of an HTML page: no styles that a strict policy forbids, no names twice."""

import re
from hashlib import blake2b
from xml.etree import ElementTree

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
USED = re.compile(r"url\(#([^)]+)\)")
ABOUT = {f"{{{SVG}}}metadata", f"{{{SVG}}}title"}


def inline_svg(svg: bytes, alt: str) -> str:
    """The element of a figure, without a declaration and metadata.

    Styles become attributes of their own: Matplotlib uses those that SVG knows as such. Names of elements are kept
    where something refers to them, and are then of this figure alone.

    Args:
        svg: The file of a :class:`~dashboard.figures.print_sheet.Sheet`.
        alt: What the figure shows, in words.
    """
    root = ElementTree.fromstring(svg)
    parents = {child: parent for parent in root.iter() for child in parent}
    for element in [one for one in root.iter() if one.tag in ABOUT or one.tag == f"{{{SVG}}}style"]:
        parents[element].remove(element)
    own, used = blake2b(svg, digest_size=6).hexdigest(), _used(root)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
        _restyle(element)
        _rename(element, own, used)
    root.set("role", "img")
    root.set("aria-label", alt)
    return ElementTree.tostring(root, encoding="unicode")


def _used(root: ElementTree.Element) -> set[str]:
    """Names that something refers to."""
    values = [value for element in root.iter() for value in element.attrib.values()]
    return {name for value in values for name in USED.findall(value)} | {
        value[1:] for value in values if value.startswith("#")
    }


def _restyle(element: ElementTree.Element) -> None:
    for part in element.attrib.pop("style", "").split(";"):
        name, _, value = part.partition(":")
        if name.strip():
            element.set(name.strip(), value.strip())


def _rename(element: ElementTree.Element, own: str, used: set[str]) -> None:
    name = element.attrib.pop("id", None)
    if name in used:
        element.set("id", f"{own}-{name}")
    for key, value in list(element.attrib.items()):
        if key == f"{{{XLINK}}}href":
            del element.attrib[key]
            key, value = "href", f"#{own}-{value[1:]}"
        element.set(key, USED.sub(rf"url(#{own}-\1)", value))


__all__ = ["inline_svg"]
