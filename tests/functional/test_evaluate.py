"""`watchfloor evaluate` as a user calls it: a file of calls in, power and rates out."""

from __future__ import annotations

import json
import re
import shutil
import sys
from datetime import timedelta
from typing import get_args

import pytest
from click.testing import CliRunner

from app import cli, main
from detectors import DetectorConfig
from tests.functional.evaluation_city import RATES, START, calls, write_csv

FAST = ("--detector", "fixed", "--seeds", "1", "--no-progress")


def run(*arguments):
    return CliRunner().invoke(cli, ["evaluate", *map(str, arguments)])


def report(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 1
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return write_csv(tmp_path_factory.mktemp("city") / "calls.csv.gz", calls())


@pytest.fixture
def refused(monkeypatch, capsys):
    """The exit code and the sentence of a call that is refused."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["watchfloor", "evaluate", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, capsys.readouterr().err

    return call


def test_nothing_but_the_file_is_needed(city):
    found = report(city, "--no-progress", "--seeds", "1")
    assert found["schema"] == "evaluation/1"
    names = [detector["name"] for detector in found["detectors"]]
    assert {"fixed", "rolling-mean", "seasonal-count"} <= set(names)
    assert found["city"]["areas"] == len(RATES)
    for detector in found["detectors"]:
        assert [at["rate"] for at in detector["at"]] == [1.0, 0.1, 0.01]
        assert detector["asked"]


def test_every_registered_detector_is_measured_without_a_second_list(city):

    found = report(city, "--no-progress", "--seeds", "1")
    names = {detector["name"] for detector in found["detectors"]} | set(found["left_out"])
    assert names == {kind.__struct_config__.tag for kind in get_args(DetectorConfig)}


def test_the_form_of_the_report_is_stable(city):
    found = report(city, *FAST)
    assert set(found) == {"schema", "options", "city", "detectors", "null", "goals", "left_out"}
    (fixed,) = found["detectors"]
    assert set(fixed) >= {
        "name", "parameters", "areas", "sampled", "observed_over_expected", "at", "asked",
        "curve", "own_rates", "start", "learning",
    }  # fmt: skip
    at = fixed["at"][0]
    assert set(at) >= {
        "rate", "possible", "threshold", "measured", "own_p10", "own_p90", "worst_days", "power",
        "by_rate",
    }  # fmt: skip
    assert set(at["measured"]) == {"value", "low", "high", "episodes"}
    assert [power["kind"] for power in at["power"]] == found["options"]["kinds"]
    power = at["power"][0]
    assert set(power["share"]) == {"hits", "of", "value", "low", "high"}
    assert {part["stratum"] for part in power["by_rate"]} <= {
        s["name"] for s in found["city"]["strata"]
    }
    assert set(power["by_rate"][0]) == {"stratum", "share", "delay"}
    assert [part["stratum"] for part in at["by_rate"]] == [
        s["name"] for s in found["city"]["strata"]
    ]
    episodes = sum(part["measured"]["episodes"] for part in at["by_rate"])
    assert episodes == at["measured"]["episodes"]
    assert set(fixed["asked"][0]) >= {"rate", "way", "threshold", "measured", "ratio", "own_p90"}


def test_the_same_file_and_seed_give_the_same_report(city):
    assert run(city, *FAST, "--json").stdout == run(city, *FAST, "--json").stdout
    assert run(city, *FAST, "--json").stdout != run(city, *FAST, "--json", "--seed", "9").stdout


def test_people_get_tables_with_intervals(city):
    result = run(city, *FAST)
    assert result.exit_code == 0
    for text in (
        "At 1 episodes per area and week",
        "Asked and measured",
        "By calls an area-hour",
        "Goals",
        "+5/1h",
    ):
        assert text in result.stdout


def test_a_large_surge_is_seen_and_a_small_one_is_not(city):
    found = report(city, *FAST, "--surge", "+40/1h", "--surge", "x1.5/1h")
    (large, small) = found["detectors"][0]["at"][1]["power"]
    assert large["share"]["value"] == 1.0
    assert small["share"]["value"] < 0.2
    assert large["delay"] < 30


def test_offsets_and_zones_are_the_same_instants(tmp_path):
    rows = calls(days=56)
    local = write_csv(
        tmp_path / "local.csv",
        [((row[0] + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S"), *row[1:]) for row in rows],
    )
    offset = write_csv(
        tmp_path / "offset.csv",
        [((row[0]).strftime("%Y-%m-%dT%H:%M:%S+00:00"), *row[1:]) for row in rows],
    )
    one = report(local, *FAST, "--time-zone", "Asia/Shanghai")
    other = report(offset, *FAST, "--time-zone", "Asia/Shanghai")
    assert one["detectors"] == other["detectors"]
    assert one["city"]["first"] == other["city"]["first"]


def test_repeats_at_one_place_are_one_incident(tmp_path):
    rows = calls(days=56)
    doubled = [row for moment, *rest in rows for row in (
        (moment, *rest), (moment + timedelta(minutes=10), *rest))]  # fmt: skip
    file = write_csv(tmp_path / "doubled.csv", sorted(doubled))
    assert report(file, *FAST)["city"]["linked"] >= len(rows)
    assert report(file, *FAST, "--link", "5m")["city"]["linked"] < len(rows) / 10
    unlinked = report(file, *FAST, "--link", "none", "--link-type", "none")
    assert unlinked["city"]["linked"] == 0
    assert unlinked["options"]["link"] is None


def test_an_event_that_several_desks_put_at_other_places_is_one_incident(tmp_path):
    rows = calls(days=56)
    desks = [row for moment, area, _, lat, lon in rows for row in (
        (moment, area, "EMS: CRASH", lat, lon),
        (moment + timedelta(minutes=1), area, "Traffic: Crash -", lat + 0.01, lon))]  # fmt: skip
    file = write_csv(tmp_path / "desks.csv", sorted(desks))
    assert report(file, *FAST)["city"]["linked"] >= len(rows)
    apart = report(file, *FAST, "--link-type", "none")
    assert apart["city"]["linked"] < len(rows) / 10
    assert apart["options"]["link_type"] is None


def test_calls_without_a_place_are_never_linked(tmp_path):
    file = write_csv(tmp_path / "bare.csv", calls(days=56), header=("ts", "area"))
    assert report(file, *FAST)["city"]["linked"] == 0


def test_types_can_be_left_out(city):
    found = report(city, *FAST, "--without", "Fire")
    whole = report(city, *FAST)
    assert found["city"]["read"]["left_out"] > 0
    assert found["city"]["calls"] + found["city"]["read"]["left_out"] == whole["city"]["calls"]


def test_rows_without_area_or_time_are_counted(tmp_path):
    rows = calls(days=56)
    bad = [("", "A1", "x", 1, 1), ("yesterday", "A1", "x", 1, 1), (START, "", "x", 1, 1)]
    file = write_csv(tmp_path / "bad.csv", [*rows, *bad])
    city = report(file, *FAST)["city"]
    assert city["read"]["unusable"] == 3
    assert city["read"]["rows"] == len(rows) + 3
    assert city["calls"] == len(rows)


def test_a_wrong_year_makes_no_history_of_decades(tmp_path):
    rows = calls(days=56)
    wrong = [(START.replace(year=year), "A1", "x", 1, 1) for year in (1970, 2099)]
    city = report(write_csv(tmp_path / "years.csv", [*rows, *wrong]), *FAST)["city"]
    assert (city["stray"], city["calls"]) == (2, len(rows))
    assert city["first"].startswith("2024")


def test_an_id_counts_once(tmp_path):
    header = ("ts", "area", "category", "lat", "lon", "id")
    rows = [(*row, str(number)) for number, row in enumerate(calls(days=56))]
    file = write_csv(tmp_path / "ids.csv", sorted(rows + rows[:50]), header=header)
    assert report(file, *FAST)["city"]["read"]["repeated"] == 50


def test_blocks_of_days_without_data_are_no_zeros(tmp_path):
    def gone(moment):
        day = (moment - START).days
        return 20 <= day < 25 or 70 <= day < 76

    file = write_csv(tmp_path / "gaps.csv", [row for row in calls(days=98) if not gone(row[0])])
    found = report(file, *FAST)
    assert [round(gap["days"], 1) for gap in found["city"]["gaps"]] == [5.0, 6.0]
    weeks = found["city"]["train_weeks"] + found["city"]["holdout_weeks"]
    assert weeks == pytest.approx(87 / 7, abs=0.05)
    assert found["city"]["train_weeks"] / weeks == pytest.approx(0.65, abs=0.01)


def test_areas_that_are_new_in_the_hold_out_are_told_apart(tmp_path):
    rows = calls()
    late = [(START + timedelta(days=80, hours=h), "NEW", "x", 1, 1) for h in range(5)]
    city = report(write_csv(tmp_path / "new.csv", sorted(rows + late)), *FAST)["city"]
    assert (city["areas"], city["new_areas"], city["new_area_calls"]) == (len(RATES), 1, 5)


def test_our_own_records_and_foreign_formats_are_read_as_replay_does(tmp_path):
    file = tmp_path / "own.jsonl"
    file.write_text(
        "".join(
            json.dumps(
                {
                    "schema": "incident/1",
                    "incident_id": f"i{number}",
                    "reported_at": moment.isoformat(),
                    "source": "patrol" if number < 7 else "phone_110",
                    "category": "2001",
                    "text": "",
                    "area_id": area,
                    "lat": lat,
                    "lon": lon,
                }
            )
            + "\n"
            for number, (moment, area, _, lat, lon) in enumerate(calls(days=56))
        )
    )
    for options in ((), ("--format", "watchfloor")):
        city = report(file, *FAST, *options)["city"]
        assert city["read"]["format"] == ["watchfloor"]
        assert city["areas"] == len(RATES)
        assert city["read"]["left_out"] == 7


def test_several_files_are_one_city(city, tmp_path):
    rows = calls()
    half = len(rows) // 2
    parts = write_csv(tmp_path / "1.csv", rows[:half]), write_csv(tmp_path / "2.csv", rows[half:])
    assert report(*parts, *FAST)["detectors"] == report(city, *FAST)["detectors"]


def test_a_baseline_of_a_rule_book_is_measured_beside(city, root):
    found = report(city, *FAST, "--rules", root / "examples" / "rulebook")
    assert any("(" in detector["name"] for detector in found["detectors"])


def test_goals_may_decide_about_the_exit_code(city):
    assert run(city, *FAST, "--goals").exit_code == 1


def test_without_a_file_only_simulated_counts_can_be_measured(refused):
    code, told = refused()
    assert code == 3
    assert "--null" in told


def test_simulated_counts_keep_what_was_asked():
    found = report("--null", "--detector", "seasonal-count", "--null-areas", "30",
                   "--null-weeks", "18", "--no-progress")  # fmt: skip
    assert found["city"] is None
    (null,) = found["null"]
    assert null["areas"] == 30
    nominal = {rate["rate"]: rate for rate in null["rates"] if rate["way"] == "nominal"}
    assert nominal[1.0]["kept"]
    assert nominal[1.0]["measured"] <= nominal[1.0]["upper"] <= 1


def test_a_file_gives_the_means_of_simulated_counts(city):
    found = report(city, "--null", *FAST, "--null-areas", "8", "--null-weeks", "9")
    assert found["null"][0]["source"] == "of the file"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("none.csv", None, "No such file"),
        ("other.csv", "when,where\n1,2\n", "the CSV header has no ts and no area"),
        ("empty.csv", "ts,area\n", "none of 0 rows has a time and an area"),
        ("short.csv", "ts,area\n2024-01-01,A\n2024-01-02,A\n", "observed weeks are too few"),
        ("nothing.csv", "ts,area\nsoon,A\n", "none of 1 rows"),
    ],
)
def test_a_file_that_cannot_be_evaluated_is_refused_with_a_remedy(
    tmp_path, refused, name, text, told
):
    file = tmp_path / name
    if text is not None:
        file.write_text(text)
    code, sentence = refused(file, "--no-progress")
    assert code == 2
    assert str(file) in sentence
    assert told in sentence
    assert "Traceback" not in sentence


@pytest.mark.parametrize(
    "options",
    [
        ("--detector", "oracle"),
        ("--surge", "many"),
        ("--link", "soon"),
        ("--every", "7m"),
        ("--window", "61m"),
        ("--time-zone", "Mars/Olympus"),
        ("--train-share", "1.5"),
    ],
)
def test_a_senseless_option_is_wrong_usage(city, refused, options):
    code, told = refused(city, *options)
    assert code == 3
    assert options[0] in told


def commands_of(page):
    """The command lines of a page of documentation."""
    lines = re.findall(r"^    watchfloor (evaluate .*)$", page, re.MULTILINE)
    return [line.split() for line in lines]


@pytest.mark.slow
def test_the_commands_of_the_how_to_run(root, city, tmp_path, monkeypatch):
    page = (root / "docs" / "how-to" / "evaluate-your-city.md").read_text()
    (tmp_path / "calls.csv.gz").write_bytes(city.read_bytes())
    shutil.copytree(root / "examples" / "rulebook", tmp_path / "my-rules")
    monkeypatch.chdir(tmp_path)
    commands = commands_of(page)
    assert len(commands) >= 6
    for command in commands:
        # Smaller than it would be run: what is tested is that it is understood.
        small = [*FAST, "--null-areas", "5", "--null-weeks", "9"]
        result = CliRunner().invoke(cli, [*command, *small])
        assert result.exit_code == 0, (command, result.output)
    assert (tmp_path / "report.html").exists()


def test_the_page_is_complete_in_itself(city, tmp_path):
    page, image = tmp_path / "report.html", tmp_path / "report.png"
    result = run(city, *FAST, "--html", page, "--png", image)
    assert result.exit_code == 0, result.output
    html = page.read_text()
    assert not re.findall(r"""(?:src|href)=["'](?!#)""", html)
    assert not re.findall(r"url\((?!#)", html)
    for text in ("<svg", "检出率", "fixed", "+5/1h", "Asked and measured"):
        assert text in html
    assert image.read_bytes().startswith(b"\x89PNG")


def test_equal_figures_give_equal_pages(city, tmp_path):
    pages = [tmp_path / "1.html", tmp_path / "2.html"]
    for page in pages:
        assert run(city, *FAST, "--html", page).exit_code == 0
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_plots_of_simulated_counts(tmp_path):
    image = tmp_path / "null.png"
    result = run("--null", *FAST, "--null-areas", "5", "--null-weeks", "9", "--png", image)
    assert result.exit_code == 0, result.output
    assert image.stat().st_size > 1000


def test_without_the_library_the_remedy_is_told_before_any_work(city, refused, monkeypatch):
    monkeypatch.setattr("commands.evaluate.plots.find_spec", lambda _name: None)
    code, told = refused(city, "--html", "report.html")
    assert code == 2
    assert "watchfloor[plots]" in told


def test_a_place_that_cannot_be_written_is_told(city, refused, tmp_path):
    for option in ("--html", "--png"):
        code, told = refused(city, *FAST, option, tmp_path / "nowhere" / "file")
        assert code == 2
        assert "nowhere" in told
