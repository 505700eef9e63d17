"""The customer of the demonstration has something to be told of, and a way to be."""

import time
from pathlib import Path

from contracts.choices import address_problem
from services.notifier.channels.addressed import addressed_to_customers
from services.notifier.home_wording import HomeWriter
from services.notifier.messages import Letter
from services.notifier.rule_file import read_rules
from services.notifier.texts import read_texts
from simulators.demand.values import make_fleet, values
from simulators.faults.choice import resolve
from simulators.fleet.plan import make_registry
from tests.unit.services.notifier.play import Play, closed, opened
from wattstream import demo, demo_receivers
from wattstream.demo_customer import CUSTOMER, chosen, home_of


def test_its_home_is_one_of_those_whose_power_goes_off() -> None:
    home = home_of(demo.FLEET, demo.OUTAGE)

    registry = make_registry(demo.FLEET)
    fleet = make_fleet(registry)
    begin_ms = time.time_ns() // 1_000_000_000 * 1_000
    (fault,) = resolve(
        (demo.OUTAGE,),
        registry,
        lambda meter, ts_ms: values(fleet, meter, ts_ms),
        seed=demo.SEED,
        begin_ms=begin_ms,
    )
    assert home in registry.meter_id[fault.meter].astype(str)
    assert ":" not in home


def test_it_is_told_of_its_own_outage_and_of_its_end(tmp_path: Path) -> None:
    notify = read_rules(demo_receivers.rules("http://127.0.0.1:18080"))
    play = Play(notify)
    choice = chosen(play.now_ms)
    assert notify.customers is not None and choice.channel in notify.of_customers
    assert address_problem("mail", choice.address) is None
    play.choose(CUSTOMER, "m1", channel=choice.channel, kinds=choice.kinds)
    outage = opened(0, homes=("m1", "m2"), homes_count=2, homes_out=2)
    play.at([(0, outage), (60, closed(outage, 60))], until_s=200)

    mine = [message for _, message in play.sent if message.customer == CUSTOMER]
    assert [message.parts[0].why for message in mine] == ["opened", "ended"]
    received = tmp_path / "received.log"
    with demo_receivers.receivers(received) as environment:
        send = addressed_to_customers(choice.channel, notify.channel[choice.channel], environment)
        words = HomeWriter({"en": read_texts("en")}, notify.page).words
        for message in mine:
            found = words(Letter(message, choice))
            assert send(choice.address, message, found).problem == ""
    told = received.read_text()
    assert told.count(f"mail to {choice.address}") == 2
    assert "Power outage at your home" in told and "The power is back at your home" in told
