"""What is in the lib folder of the stack's Flink, and in which order its scripts find it."""

import xml.etree.ElementTree as ET

from contracts.settings import PROJECT

POM = PROJECT / "infra" / "local" / "flink" / "pom.xml"
MAVEN = {"": "http://maven.apache.org/POM/4.0.0"}


def test_the_serializer_that_stands_for_flinks_comes_before_it() -> None:
    """Flink's scripts sort the jars by name; they begin with what Maven calls them."""
    found = ET.parse(POM).findall("./dependencies/dependency/artifactId", MAVEN)
    (serializer,) = (each.text for each in found if each.text == "arrow-serializer")
    assert serializer < "flink-python"
