"""Of processes that a test starts: jobs of the kind `held`, and audits that hold before each rule.

Both hold while there is a file of the name `GUIJU_HOLD`; an audit does so in the engine's query, as one of many
records does, so that only what stops a query stops it.
"""

import os
import sys

held = os.environ.get("GUIJU_HOLD")
if held and "guiju.web.console.running.work" in sys.orig_argv:
    from guiju.web.console.running import jobs

    jobs.KINDS["held"] = "held_work:work"
    if os.environ.get("GUIJU_HOLD_AUDITS"):
        from guiju.audit.asking import Asker

        ask = Asker.ask

        def asked_when_let(self, rule, check):  # type: ignore[no-untyped-def]
            while os.path.exists(held):
                self.engine.connection.execute("SELECT count(*) FROM range(20000000) WHERE hash(range) = 1")
            return ask(self, rule, check)

        Asker.ask = asked_when_let  # type: ignore[method-assign]
