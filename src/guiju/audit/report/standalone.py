"""Pictures as files of their own, one language each: SVG always, PNG where the extra `[png]` is installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guiju.audit.report.words import Pair

LANGUAGES = ("zh", "en")
ZOOM = 2  # pixels of a PNG to a unit of the drawing
ROOM = 12  # units left white around it
FONT = "font-family:'Source Sans 3','Segoe UI',Arial,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"
# Two signs of a language that no font draws alike: where they come out the same, no font has them.
SIGNS = {"zh": ("国", "规"), "en": ("A", "B")}
NO_RENDERER: Pair = (
    "图片只有 SVG：安装 guiju[png] 后同时写出 PNG（pip install 'guiju[png]'）",
    "pictures are SVG only: with the extra png they are PNG, too (pip install 'guiju[png]')",
)
NO_FONT: Pair = (
    "图片只有 SVG：本机没有中文字体，PNG 会缺字；请安装一种中文字体（如 apt-get install fonts-noto-cjk）",
    "pictures are SVG only: no font here has Chinese signs, and PNG would lack them; install one "
    "(as apt-get install fonts-noto-cjk)",
)


def alone(picture: str, language: str) -> str:
    """A picture of `drawing.Canvas` as an SVG file in one language, on white with some room around it."""
    other = {"zh": "en", "en": "zh"}[language]
    head = picture.index(">")
    start = picture.index('viewBox="') + len('viewBox="')
    x, y, width, height = (float(n) for n in picture[start : picture.index('"', start)].split())
    box = f"{x - ROOM:g} {y - ROOM:g} {width + 2 * ROOM:g} {height + 2 * ROOM:g}"
    tail = picture[picture.index('"', start) : head]
    named = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}{tail} style="{FONT}">'
    ground = f"<rect x='{x - ROOM:g}' y='{y - ROOM:g}' width='100%' height='100%' fill='#fff'/>"
    return f"{named}<style>.{other} {{ display: none; }}</style>{ground}{picture[head + 1 :]}"


def write_pictures(pictures: Mapping[str, str], folder: Path) -> Pair | None:
    """`<name>.<language>.svg`, and `.png` beside it where it can be; returns why there is no PNG, where there is none.

    Of the renderer's failures only what a user can mend is told beforehand: see `why_no_png`.
    """
    why = why_no_png()
    for name, picture in pictures.items():
        for language in LANGUAGES:
            path, svg = folder / f"{name}.{language}.svg", alone(str(picture), language)
            path.write_text(svg, encoding="utf-8")
            if why is None:
                path.with_suffix(".png").write_bytes(png(svg, language))
            else:
                path.with_suffix(".png").unlink(missing_ok=True)  # of an earlier call: it would show other numbers
    return why


def png(svg: str, language: str = "en", **fonts: Any) -> bytes:
    """An SVG file's text as PNG; `fonts` are resvg's own options, by default the system's fonts. Needs `[png]`."""
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=ZOOM, languages=[language], **fonts))


def why_no_png(**fonts: Any) -> Pair | None:
    """Why no PNG can be drawn here, or None: the renderer is not installed, or no font has the signs.

    The renderer leaves out a sign that no font has, or draws the same box for each, and says nothing.
    """
    try:
        import resvg_py  # noqa: F401
    except ImportError:
        return NO_RENDERER
    for language, signs in SIGNS.items():
        drawn = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" style="{FONT}"><text y="16">{s}</text></svg>'
            for s in signs
        ]
        first, second = (png(one, language, **fonts) for one in drawn)
        if first == second:
            return NO_FONT
    return None
