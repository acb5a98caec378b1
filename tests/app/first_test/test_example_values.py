"""Example values are ones that their schema allows."""

import jsonschema
import pytest

from harness.app.first_test.example_values import Examples
from harness.app.first_test.known_traffic import UnknownTraffic

TREE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
    },
}
DOCUMENT = {"components": {"schemas": {"Tree": TREE, "Named": {"required": ["name"], "properties": {}}}}}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 9},
        {"type": "string", "maxLength": 2},
        {"type": "string", "format": "date-time"},
        {"type": "integer", "minimum": 5, "multipleOf": 4},
        {"type": "number", "exclusiveMaximum": 1},
        {"type": "integer", "maximum": -3},
        {"enum": ["a", "b"]},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 3},
        {"type": ["null", "integer"]},
        {"$ref": "#/components/schemas/Tree"},
        {"oneOf": [{"type": "integer"}, {"type": "string"}]},
        {
            "allOf": [
                {"$ref": "#/components/schemas/Named"},
                {"type": "object", "properties": {"name": {"type": "string"}, "n": {"type": "integer"}}},
            ]
        },
    ],
)
def test_a_value_is_valid(schema):
    value = Examples(DOCUMENT).of(schema)
    jsonschema.validate(value, {**schema, **DOCUMENT})


def test_an_example_of_the_document_comes_first():
    examples = Examples({})
    assert examples.of_media({"schema": {"type": "string"}, "example": "mine"}) == "mine"
    assert examples.of_media({"examples": {"one": {"value": 7}}}) == 7
    assert examples.of({"type": "string", "default": "usual"}) == "usual"


def test_a_reference_that_leads_elsewhere_is_an_error():
    for reference, reason in (("other.yaml#/Pet", "outside the file"), ("#/nothing", "nowhere")):
        with pytest.raises(UnknownTraffic, match=reason):
            Examples({}).of({"$ref": reference})
