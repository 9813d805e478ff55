"""What the READMEs say is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from guiju.checks import checks
from guiju.cli.demo import situations
from guiju.findings.sentences import sentence
from guiju.rulebook import rules

ROOT = Path(__file__).parents[1]
README = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}


@pytest.mark.parametrize("language", README)
def test_the_table_of_situations_is_the_demo_s(language):
    text = README[language].read_text(encoding="utf-8")
    lines = [
        f"| {s.name[language]} | {s.does[language]} | `{s.command}` | {s.result[language]} |" for s in situations()
    ]
    between = re.search(r"<!-- situations -->\n(.*?)\n<!-- /situations -->", text, re.S)
    assert between
    assert between[1].splitlines() == lines


@pytest.mark.parametrize("language", README)
def test_the_first_finding_says_what_its_check_says(language):
    check = checks()["inflated_reference_prices"]
    facts = {
        "subject": "s0…4640", "object": "p0…28f8", "currency": "CNY", "reference_price": 35.69, "price": 17.19,
        "claimed_pct": 51.835248, "lookback_days": 7, "price_basis": "transacted", "prior_price": 22.30,
        "prior_list_price": 22.30, "true_pct": 22.914798,
    }  # fmt: skip
    said = sentence(check.says[language], facts, language, check.words.values)
    told = README[language].read_text(encoding="utf-8").replace("\n> ", " " if language == "en" else "")
    assert said in told


@pytest.mark.parametrize("language", README)
def test_the_csv_of_the_readme_is_audited(language, tmp_path):
    text = README[language].read_text(encoding="utf-8")
    records = tmp_path / "my_records"
    records.mkdir()
    (records / "orders.csv").write_text(re.search(r"```csv\n(.*?)```", text, re.S)[1], encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "guiju", "audit", str(records), "--out", str(tmp_path / "runs")],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert "no table" in ran.stdout  # the rules that need more say so


@pytest.mark.parametrize("language", README)
def test_the_mapping_of_the_readme_fits(language, tmp_path):
    text = README[language].read_text(encoding="utf-8")
    (tmp_path / "map.yaml").write_text(re.search(r"```yaml\n(.*?)```", text, re.S)[1], encoding="utf-8")
    (tmp_path / "sales_2025.csv").write_text(
        "line_no,paid_at,shop_id,customer,sku,qty,list_price,shop_discount,subsidy\n"
        "1,2025-03-01 12:00:00,s,b,p,2,3.5,,1\n"
    )
    told = ["--mapping", str(tmp_path / "map.yaml"), "--out", str(tmp_path / "runs")]
    ran = subprocess.run([sys.executable, "-m", "guiju", "audit", str(tmp_path), *told], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("language", README)
def test_every_file_the_readme_names_exists(language):
    text = README[language].read_text(encoding="utf-8")
    named = re.findall(r"\]\(([^)#]+)\)", text)
    assert [n for n in named if not (ROOT / n).exists()] == []


def test_the_page_of_the_nine_donts_names_every_rule_in_its_line_and_what_it_needs():
    said = (ROOT / "docs" / "nine-donts.md").read_text(encoding="utf-8")
    line, rows = None, {}
    for cells in re.findall(r"^\|(.*?) \| (`.*?) \| `(\w+)` \| (.*?) \|$", said, re.M):
        line = int(cells[0].split()[0]) if cells[0] else line
        rows |= dict.fromkeys(re.findall(r"`(\w+)`", cells[1]), (line, cells[2], cells[3]))
    asked = {name: rule for name, rule in rules().items() if "nine_donts" in rule.entry.lines}
    assert set(rows) == set(asked)
    for name, (number, check, needs) in rows.items():
        assert (number, check) == (asked[name].entry.lines["nine_donts"], asked[name].check), name
        tables = set(checks()[check].tables) - {"orders"}
        assert set(re.findall(r"[a-z_]{4,}", needs.split(" (")[0])) == tables, name
