"""`watchfloor alerts list` and `show`: what is open, and all that is known of one alert."""

from __future__ import annotations

import click

from commands.alerts.options import JSON, LANG, Lang, now_ms

__all__ = ["list_", "show"]


@click.command("list")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "--level",
    "levels",
    multiple=True,
    type=click.Choice(["I", "II", "III", "IV"]),
    help="Only of this level.",
)
@click.option("--area", metavar="ID", help="Only of this area and those under it.")
@click.option("--rule", metavar="ID", help="Only of this rule.")
@click.option("--all", "all_", is_flag=True, help="Also those that have ended.")
@JSON
@LANG
def list_(
    files: tuple[str, ...],
    *,
    levels: tuple[str, ...],
    area: str | None,
    rule: str | None,
    all_: bool,
    as_json: bool,
    lang: Lang,
) -> None:
    """Show open alerts, the gravest first: how old, who has it, until when, what silences it.

    From the broker, or from FILEs of alerts as `replay` writes them.

    \b
    Examples:
      watchfloor alerts list --level I --level II
      watchfloor alerts list --json | jq -r .id
    """
    from commands.alerts.newest import by_gravity, is_open, read
    from commands.alerts.text import alert_line
    from streams.alert_codec import encode_alert

    alerts = read(files).values()
    shown = by_gravity(
        alert
        for alert in alerts
        if (all_ or is_open(alert))
        and (not levels or alert.level in levels)
        and (area is None or area in alert.area.path)
        and (rule is None or rule == alert.rule.id)
    )
    clock = now_ms()
    for alert in shown:
        click.echo(encode_alert(alert) if as_json else alert_line(alert, clock, lang))
    if not as_json:
        click.echo(f"{len(shown)} of {len(alerts)} alerts", err=True)


@click.command()
@click.argument("alert")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@JSON
@LANG
def show(alert: str, files: tuple[str, ...], *, as_json: bool, lang: Lang) -> None:
    """Show all that is known of one alert, and on the broker what was done about it."""
    from commands.alerts.audit import acts_on_broker
    from commands.alerts.newest import find, read
    from commands.alerts.text import act_line, alert_lines
    from streams.alert_codec import encode_alert

    found = find(read(files), alert)
    if as_json:
        click.echo(encode_alert(found))
        return
    for line in alert_lines(found, now_ms(), lang):
        click.echo(line)
    for act in acts_on_broker(found.id, None) if not files else ():
        click.echo(f"    {act_line(act, lang)}")
