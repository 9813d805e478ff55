"""What the rooms that reckon bring to the console."""

from guiju.web.console.admission import STAFF
from guiju.web.console.parts import Part, Place
from guiju.web.console.rooms import dependence, growth, networks, ratings, room, season, shelf, stress, wind_down
from guiju.web.console.rooms.listed import ROOMS

PART = Part(
    routes=(
        *room.ROUTES, *shelf.ROUTES, *dependence.ROUTES, *stress.ROUTES, *wind_down.ROUTES, *season.ROUTES,
        *networks.ROUTES, *growth.ROUTES, *ratings.ROUTES,
    ),
    places=(Place(50, "/rooms", "nav_reckoned", STAFF, "/rooms/", "nav_reckoned"),),
    known={"RECKONED": ROOMS},
)  # fmt: skip
