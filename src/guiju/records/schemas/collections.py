"""A field of personal information that an app asked for at a step, as seen at one moment."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

FIELDS = (
    *("phone", "name", "id_type", "id_number", "id_validity", "bank_card"),
    *("recipient_name", "recipient_address", "recipient_phone", "origin", "destination", "location", "trail"),
    *("payment_time", "payment_amount", "payment_channel", "contacts", "call_log", "messages", "photos"),
    *("microphone", "camera", "calendar", "installed_apps", "device_id", "face", "fingerprint", "birth_date"),
    *("gender", "email", "occupation", "education", "income", "health", "marital_status", "social_accounts"),
    "browsing_history",
)

TABLE = RecordTable(
    "collections",
    __doc__,
    (
        *key("the observation's row"),
        Column("occurred_at", TIME, "when it was seen, UTC", needed=True),
        Column("app", TEXT, "the app or mini programme, with its version where that matters", needed=True),
        Column(
            "app_type",
            TEXT,
            "what its basic service is: ride_hailing, online_shopping, food_delivery, payment, or another word",
        ),
        Column("side", TEXT, "who is asked: consumer, or supply (a driver, a merchant, …)"),
        Column("step", TEXT, "where it is asked for: sign_up, checkout, …"),
        Column(
            "field",
            TEXT,
            f"what is asked for, in these words: {', '.join(FIELDS)}",
            needed=True,
        ),
        Column("required", TEXT, "whether the step goes on without it: yes (it does not) or no"),
        Column(
            "refusal", TEXT, "what refusing it blocks: basic, extra (a function beside the basic service) or nothing"
        ),
    ),
)
