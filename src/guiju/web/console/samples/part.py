"""What samples of decisions bring to the console."""

from guiju.web.console.parts import Part
from guiju.web.console.samples import pages

PART = Part(routes=tuple(pages.ROUTES), places=(), made=("sample_label_",))
