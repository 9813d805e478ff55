"""Somebody on a platform's roster who answers consultations: a doctor, or a consultant who is none."""

from guiju.records import PER_CENT, TEXT, WHOLE, Column, RecordTable, key

ROLES = DOCTOR, CONSULTANT = ("doctor", "consultant")
WAYS = PICTURE, VIDEO = ("picture_text", "video")

TABLE = RecordTable(
    "practitioners",
    __doc__,
    (
        *key("who it is"),
        Column("role", TEXT, "doctor, or consultant: who may not practise medicine", needed=True),
        Column("institution", TEXT, "where they work, as in medical_licences.holder; null: not known"),
        Column("specialties", TEXT, "what they answer about, by commas; a doctor's as in medical_licences.scope",
               needed=True),
        Column("languages", TEXT, "in which languages, by commas", needed=True),
        Column("regions", TEXT, "for which regions, GB/T 2260, by commas; null: wherever one asks from"),
        Column("ways", TEXT, "how: picture_text, video, by commas; null: picture_text"),
        Column("capacity", WHOLE, "how many consultations at a time", needed=True, least=1),
        Column("expert", TEXT, "whether they may be chosen for a fee: yes or no; null: no"),
        Column("lead", TEXT, "whether they take what was escalated: yes or no; null: no"),
        Column("reply_seconds", WHOLE, "what a first reply takes them, in the mean, seconds; null: not known", least=1),
        Column("talk_seconds", WHOLE, "how long one lasts after it, in the mean, seconds; null: not known", least=1),
        Column("silent_pct", PER_CENT, "what they never answered of what they were sent, per cent; null: not known",
               least=0),
    ),
)  # fmt: skip
