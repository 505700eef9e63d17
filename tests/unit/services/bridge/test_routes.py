import pytest

from services.bridge.routes import BridgeFileError, Route, meter_id_of, read_routes

JSON = '[[route]]\ntopic = "x/+"\nprofile = "json"\n'
KWH = 'register = "e", register_unit = "kWh"'
ROUTE = '[[route]]\ntopic = "tele/+/SENSOR"\nprofile = "tasmota"\n'


def test_a_file_says_which_topics_are_of_which_kind_of_device() -> None:
    file = read_routes(f'name = "home"\n{ROUTE}zone = "Europe/Berlin"\n')

    assert (file.name, file.session_expiry, file.sole_writer) == ("home", "7d", False)
    (route,) = file.route
    device = route.device("tele/kitchen/SENSOR")
    assert device is not None
    assert (device.meter, device.zone) == ("kitchen", "Europe/Berlin")
    assert not file.runs_registers


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "route"),
        ("name = 'Home'\n" + ROUTE, "name is 'Home'"),
        (ROUTE.replace("tasmota", "tasmotta"), r"profile is 'tasmotta': give one of native, .*"),
        (ROUTE.replace("tele/+", "tele/+x"), r"topic is 'tele/\+x/SENSOR'"),
        (ROUTE.replace("tele/+", "#/x"), "# is the last level"),
        (ROUTE + "cadence = '5 minutes'", "cadence is '5 minutes': give a whole number"),
        (ROUTE + "geohash = 'A'", "geohash is 'A'"),
        (ROUTE + "zome = 'x'", "zome is 'x'"),
        ("receive_maximum = 0\n" + ROUTE, "receive_maximum is 0"),
        ("name =", "is no TOML"),
        (ROUTE + "zone = 'Europe/Berlln'", "zone is 'Europe/Berlln': give a time zone"),
        (ROUTE + "zone = '/etc/passwd'", "zone is '/etc/passwd': give a time zone"),
        (ROUTE + f"fields = {{ {KWH} }}", "tasmota does not use fields: take it out"),
        (ROUTE + "interval = '1m'", "tasmota does not use interval"),
        (
            ROUTE.replace("tele/+/SENSOR", "panels").replace("tasmota", "panels"),
            r"panels needs the site: give it as meter, or a topic with \+",
        ),
        (ROUTE.replace("tasmota", "native") + "zone = 'UTC'", "native does not use zone"),
        (ROUTE.replace("tasmota", "pulses"), "pulses needs interval, wh_per_pulse"),
        (ROUTE.replace("tasmota", "rtl_433") + "meter = 'm'", "rtl_433 does not use meter"),
        (JSON, "json needs fields"),
        (JSON + "fields = { }", "no register is named"),
        (JSON + "fields = { voltage = 'u' }", "no register is named"),
        (JSON + f"fields = {{ {KWH}, demnd = 'p' }}", r"fields\.demnd is 'p'"),
        (JSON + "fields = { registr = 'e' }", r"fields\.registr is 'e'"),
        (JSON + "fields = { register = 'e' }", "register_unit is None: give one of Wh, kWh"),
        (JSON + f"fields = {{ {KWH.replace('kWh', 'kwh')} }}", "register_unit is 'kwh': give one"),
        (JSON + f"fields = {{ {KWH.replace('kWh', 'BTU')} }}", "register_unit is 'BTU': give one"),
        (JSON + "fields = { demand = 'p' }", "demand_unit is None: give one of W, kW"),
        (JSON + "fields = { demand_unit = 'W' }", "demand_unit is 'W', and no demand"),
        (
            JSON + "fields = { register = 'v', register_unit = 'm3', demand = 'p', "
            "demand_unit = 'W' }",
            "demand is power, and the register in m3",
        ),
        (
            JSON + "fields = { demand = 'p', demand_unit = 'W', export = 'r' }",
            "no register is named",
        ),
    ],
)
def test_what_is_wrong_is_told_by_its_key_and_value(text: str, told: str) -> None:
    with pytest.raises(BridgeFileError, match=told) as error:
        read_routes(text, "b.toml")
    assert "b.toml" in str(error.value)


@pytest.mark.parametrize(
    ("topic", "name", "levels"),
    [
        ("a/+/c", "a/b/c", ("b",)),
        ("a/+/c", "a/b/d", None),
        ("a/+", "a", None),
        ("a/+", "a/b/c", None),
        ("a/#", "a/b/c", ("b/c",)),
        ("+/status/+", "plug/status/em1:0", ("plug", "em1:0")),
        ("a", "a", ()),
    ],
)
def test_topic_filters(topic: str, name: str, levels: tuple[str, ...] | None) -> None:
    assert Route(topic=topic, profile="native").levels(name) == levels


def test_a_meter_may_be_named_by_any_part_of_the_topic() -> None:
    route = Route.model_validate(
        {
            "topic": "application/+/device/+/event/up",
            "profile": "chirpstack",
            "meter": "lora:{2}",
            "fields": {"register": "e", "register_unit": "Wh"},
        }
    )

    device = route.device("application/7/device/0a1b/event/up")

    assert device is not None
    assert device.meter == "lora:0a1b"
    plain = Route(topic="dsmr/json", profile="dsmr-reader").device("dsmr/json")
    assert plain is not None
    assert plain.meter == "json"
    assert meter_id_of("zähler 1/küche") == "z_hler_1_k_che"


def test_pulses_and_power_alone_make_registers_here() -> None:
    def runs(**route: object) -> bool:
        return Route.model_validate({"topic": "x", **route}).runs_registers

    assert runs(profile="pulses", wh_per_pulse=1, interval="1m")
    assert runs(profile="json", fields={"demand": "p", "demand_unit": "W"})
    assert not runs(profile="json", fields={"register": "e", "register_unit": "Wh"})
    assert not runs(profile="tasmota")
