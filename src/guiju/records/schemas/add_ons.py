"""An item that an order page offered beside what the buyer came for, as the page was shown at one moment.

What the order itself costs (delivery, packaging, tax) is no such item.
"""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

STATES = ("unselected", "preselected", "remembered", "fixed")

TABLE = RecordTable(
    "add_ons",
    __doc__,
    (
        *key("the item's row"),
        Column("occurred_at", TIME, "when the page was shown, UTC", needed=True),
        Column("offered_by", TEXT, "who put the item there: the shop, or the platform itself", needed=True),
        Column("product", TEXT, "what the buyer came for, as in products.id"),
        Column("add_on", TEXT, "the item offered beside it", needed=True),
        Column("kind", TEXT, "what the item is: goods, insurance, membership, coupons, donation, service, …"),
        Column(
            "state",
            TEXT,
            "how it stood as the page came up: unselected, preselected (in the order unless taken out), "
            "remembered (as this buyer had left it before) or fixed (in the order, and cannot be taken out)",
        ),
        Column(
            "pointed_out",
            TEXT,
            "whether item and price were pointed out before ordering, as plainly as the product's: yes or no",
        ),
        Column(
            "needed_for", TEXT, "what the product cannot be had without it for: law, safety, technology; or nothing"
        ),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("price", AMOUNT, "what it adds to the order; 0: free", least=0),
        Column("order_id", TEXT, "the order placed from the page; null: none was, or it is not known"),
        Column("kept", TEXT, "whether that order has the item: yes or no; null: no order, or not known"),
    ),
)
