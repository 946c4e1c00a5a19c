// What is generated from the options: the schema, the reference of keys, and the file format that others read.
#include <doctest/doctest.h>

#include <set>

#include "shell.h"

namespace {

// The names of options and types in a schema: keys that stand for an object, but for the schema's own words.
void collect_names(const Json& schema, std::set<std::string>& names) {
  for (const auto& [key, value] : schema.items()) {
    if (schema.is_object() && value.is_object()) names.insert(key);
    if (value.is_structured()) collect_names(value, names);
  }
  for (const char* word : {"additionalProperties", "default", "definitions", "items", "properties", "$schema"})
    names.erase(word);
}

}  // namespace

TEST_CASE("the shipped schema and the reference of keys are those of the program") {
  const Shell shell;
  INFO("replace configs/hinge.schema.json by the output of hinge schema");
  CHECK(shell.out("hinge schema") == shell.read("configs/hinge.schema.json"));
  INFO("replace the tables of configs/README.md by the output of hinge schema --markdown");
  const std::string readme = shell.read("configs/README.md");
  CHECK(readme.substr(readme.find("\n## The config\n") + 1) == shell.out("hinge schema --markdown"));
  std::set<std::string> names;
  collect_names(shell.json("hinge schema"), names);
  CHECK(names.size() > 50);
  for (const std::string& name : names) {
    INFO("configs/README.md does not tell of " << name);
    CHECK((readme.find("`" + name + "`") != std::string::npos ||
           readme.find("\n## " + name + "\n") != std::string::npos));
  }
}

TEST_CASE("an independent validator tells good configs from broken ones by the schema") {
  const Shell shell;
  if (shell.run("python3 -c 'import jsonschema'").code != 0) {
    MESSAGE("skipped: python3-jsonschema is not here");
    return;
  }
  shell.out("hinge schema >schema.json");
  shell.out("hinge check configs/digits.json --resolved >digits.json");
  shell.out("hinge check configs/iris.json --resolved >iris.json");
  shell.out("hinge train configs/digits.json --set train.epochs=1 --out run --quiet");
  shell.out("python3 " HINGE_SOURCE_DIR
            "/tests/command/validate_schema.py schema.json digits.json iris.json run/config.json");
}

TEST_CASE("the reader of the Hugging Face website reads a model's header") {
  const Shell shell;
  shell.out("hinge train configs/digits.json --set train.epochs=1 --out run --quiet");
  const Result folder = shell.run(R"(folder=${HINGE_NODE_FOLDER:-$(npm root -g)/..}
    command -v node && test -d "$folder/node_modules/@huggingface/hub" && echo "$folder")");
  if (folder.code != 0) {
    MESSAGE("skipped: node with @huggingface/hub is not here (HINGE_NODE_FOLDER)");
    return;
  }
  CHECK(shell.out("node " HINGE_SOURCE_DIR "/tests/command/huggingface_reader.mjs '" + lines_of(folder.out).back() +
                  "' run/model.safetensors") ==
        "{\"dtype\":\"F32\",\"shape\":[64,64],\"data_offsets\":[0,16384]}\n1\n");
}
