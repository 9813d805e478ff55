"""The platform that praises itself: one command tells what of its copy stands, and draws a page in both languages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "examples" / "self_praise" / "run.py"


def test_each_claim_is_told_without_and_with_records(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), "--out", str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    alone, recorded = ran.stdout.split("The copy and its records")
    for text in ("54名高级管理人员", "146名中层管理人员", "用户增长越来越快", "牢牢占据行业领先地位"):
        assert f"cannot be seen   {text}" in alone
    verdicts = {
        "54名高级管理人员": "contradicted",
        "146名中层管理人员": "cannot be seen",
        "平台上的人越来越多": "supported",
        "用户增长越来越快": "contradicted",
        "牢牢占据行业领先地位": "contradicted",
        "帮助平台快速赚钱，复制成功": "may not be said",
        "全行业最先进的统计分析": "may not be said",
        "线上线下相结合的金融互联网大数据平台": "no claim",
    }
    for text, verdict in verdicts.items():
        assert f"{verdict:<16} {text}" in recorded
    page = (tmp_path / "story.html").read_text(encoding="utf-8")
    for said in ("自夸的平台", "The platform that praises itself", "与记录不符", "contradicted", "<svg"):
        assert said in page
