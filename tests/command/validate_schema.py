"""Validates good configs by the schema, and tells broken ones from them: SCHEMA GOOD.json…; the first is broken in ten ways."""
import json
import sys

import jsonschema

with open(sys.argv[1]) as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
configs = []
for name in sys.argv[2:]:
    with open(name) as file:
        configs.append(json.load(file))
    validator.validate(configs[-1])


def broken(change):
    config = json.loads(json.dumps(configs[0]))
    change(config)
    assert not validator.is_valid(config), config


broken(lambda c: c.pop("data"))
broken(lambda c: c.update(optimiser={}))
broken(lambda c: c.update(loss="mae2"))
broken(lambda c: c["train"].update(epochs=3.5))
broken(lambda c: c["train"].update(batch_size=0))
broken(lambda c: c["optimizer"].update(learning_rate=0))
broken(lambda c: c["model"]["layers"][0].pop("units"))
broken(lambda c: c["model"]["layers"][0].update(activation="rleu"))
broken(lambda c: c["model"]["layers"].append("dense"))
broken(lambda c: c["data"].update(preprocess="normal"))
