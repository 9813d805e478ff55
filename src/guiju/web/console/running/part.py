"""What audits that are run from the console bring to it."""

from guiju.web.console.admission import STAFF
from guiju.web.console.parts import Part, Place
from guiju.web.console.running import pages, removing

PART = Part(
    routes=(*pages.ROUTES, *removing.ROUTES),
    places=(Place(21, "/runs", "nav_runs", STAFF, "/jobs/", "nav_findings"),),
    made=("rule_", "job_kind_", "job_state_", "family_"),
)
