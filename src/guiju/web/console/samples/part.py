"""What samples of decisions bring to the console."""

from guiju.web.console.accounts import OPERATOR, REVIEWER
from guiju.web.console.parts import Part, Place
from guiju.web.console.samples import pages

PART = Part(
    routes=tuple(pages.ROUTES),
    places=(Place(31, pages.AT, "samples", (REVIEWER, OPERATOR), f"{pages.AT}/", "nav_cases"),),
    made=("sample_label_",),
)
