// Wrong command lines, configs, tables and models: each ends with exit code 2, says where and what on stderr, prints
// nothing on stdout, and leaves no file behind.
#include <doctest/doctest.h>

#include "shell.h"

namespace {

using Row = Refusal;

}  // namespace

TEST_CASE("a wrong command line is refused") {
  const Shell shell;
  const std::vector<Row> rows = {
      {R"(unknown command "trian"; did you mean "train"?)", "trian"},
      {R"(unknown option "--hlep"; did you mean "--help"?)", "--hlep"},
      {R"(unknown option "--ste"; did you mean "--set"?)", "train c.json --ste a=1"},
      {"config is required", "train"},
      {"--set", "train c.json --set"},
      {R"(surplus argument "b.json")", "train a.json b.json"},
      {R"(unknown option "--bogus")", "check --bogus"},
      {R"(unknown option "--version")", "train --version"},
      {R"(unknown option "--set")", "predict --set a"},
      {"--seed: must not be empty", R"(train configs/xor.json --seed '')"},
      {"--out: must not be empty", R"(train configs/xor.json --out '')"},
      {"data: must not be empty", R"(evaluate run '')"},
      {R"(delimiter: found "x")", "evaluate run --delimiter x"},
      {"force was given a disallowed flag override", "train configs/xor.json --force=2"},
      {"resolved was given a disallowed flag override", "check configs/xor.json --resolved=7"},
      {"required", "predict model"},
      {"nowhere/health.jsonl: No such file or directory", "health nowhere"},
      {"nowhere: No such file or directory", "diagnose nowhere"},
      {"nowhere: No such file or directory", "rescue nowhere"},
      {"--jobs 0: wanted a whole number from 1", "diagnose configs/xor.json --jobs 0"},
      {"--seconds 0: wanted a number above 0", "diagnose configs/xor.json --seconds 0"},
      {"none.json: No such file or directory", "train none.json"},
      {"none.json: No such file or directory", "bench none.json"},
      {"config is required", "bench"},
      {R"(unknown option "--second"; did you mean "--seconds"?)", "bench configs/xor.json --second 1"},
      {"--seconds: must not be empty", R"(bench configs/xor.json --seconds '')"},
      {"/train/batch_size: found 0, must be in", "bench configs/xor.json --set train.batch_size=0"},
      {"/model/layers/1/units", R"(bench configs/iris.json --set model.layers[1].units=4)"},
      {"is a folder; wanted a file", "train ."},
      {"/dev/zero: is a device or a pipe", "check /dev/zero"},
      {"config: must not be empty", R"(train '')"},
      {"--set train.epochs: no value", "train configs/iris.json --set train.epochs"},
      {"--set a..b: not a path", "train configs/iris.json --set a..b=1"},
      {"[7] is past its end", R"(train configs/iris.json --set 'model.layers[7].units=3')"},
      {"--set train.seed: /train/seed: found the number -1", "train configs/iris.json --seed -1"},
      {R"(--set train.seed: /train/seed: found the text "x")", "train configs/iris.json --seed x"},
      {"--set data.validation.fraction: /data/validation: with 3 samples to draw from",
       R"(train configs/iris.json --set data.test='{"fraction": 0.98}' --set data.validation.fraction=0.1)"},
      {"--set c..d: not a path", "train configs/iris.json --set a..b=1 --set c..d=1"},
  };
  check_refused(shell, rows);
  for (const std::string seconds : {"0", "-1", "nan", "1e9", "two"}) {
    check_refused(shell, "--seconds " + seconds + ": wanted a number from 0.1 to 3600",
                  "bench configs/xor.json --seconds " + seconds);
  }
}

TEST_CASE("a wrong explain or gradcheck is refused") {
  const Shell shell;
  shell.out("mkfifo pipe");
  const std::vector<Row> rows = {
      {"--samples 0: wanted a whole number from 1", "gradcheck configs/xor.json --samples 0"},
      {"--elements many: wanted a whole number from 1 to 1000000 or all", "gradcheck configs/xor.json --elements many"},
      {"--sample 2: wanted a whole number from 1 to 1", "explain configs/mazur.json --sample 2"},
      {"--batch 5: wanted a whole number from 1 to 4", "explain configs/xor.json --batch 5"},
      {"--layer 3: wanted a whole number from 1 to 2", "explain configs/mazur.json --layer 3"},
      {"--unit 3: wanted a whole number from 1 to 2", "explain configs/mazur.json --layer 1 --unit 3"},
      {"say in which layer", "explain configs/mazur.json --unit 1"},
      {"--digits 18: wanted", "explain configs/mazur.json --digits 18"},
      {"cannot stand beside each other", "explain configs/mazur.json --json --markdown"},
      {"cannot stand beside each other", "explain configs/mazur.json --ascii --markdown"},
      {"shows whole layers", "explain configs/mazur.json --html page.html --layer 1 --unit 1"},
      {"there is no config.json beside the model", "explain ."},
      {"parameters in 1 step are too many to show; show less with --layer and --unit",
       R"(explain configs/digits.json --json --set model.layers[0].units=4000)"},
      {"are too many to show; show less with --layer, or less --steps",
       "explain configs/digits.json --html page.html --steps 100"},
      {"show less with --layer and --unit, without --html",
       R"(explain configs/digits.json --html page.html --layer 1 --set model.layers[0].units=4000)"},
      {"over 1000 samples and 1 steps take too long; show less with --layer and --unit, or a smaller --batch",
       "explain configs/digits.json --json --batch 1000"},
      {"pipe: a device or pipe, not a file", "explain configs/mazur.json --html pipe"},
      {"no/such/folder", "explain configs/mazur.json --html no/such/folder/page.html"},
  };
  check_refused(shell, rows);
}

TEST_CASE("a wrong activation or plot is refused") {
  const std::vector<Row> rows = {
      {R"(unknown activation "rleu"; did you mean "relu"?)", "activations rleu"},
      {R"(alhpa: unknown key for leaky_relu; did you mean "alpha"?)", "activations leaky_relu:alhpa=1"},
      {"alpha: found -1, must be > 0", "activations leaky_relu:alpha=-1"},
      {R"(leaky_relu:alpha=x: /activation/alpha: found the text "x")", "activations leaky_relu:alpha=x"},
      {"found true, wanted a number", "activations leaky_relu:alpha=true"},
      {"the key occurs twice", R"(activations leaky_relu:alpha=1,alpha=2)"},
      {"leaky_relu is there twice; leave one out", "plot leaky_relu leaky_relu:alpha=0.01"},
      {"--alpha: each of these functions has its own", "plot leaky_relu:alpha=0.3 --alpha 0.1"},
      {"wanted NAME:OPTION=VALUE", "activations leaky_relu:alpha"},
      {"approximate", "activations gelu:approximate=sinh"},
      {"names is required", "plot"},
      {"--range 3: wanted FROM:TO", "plot relu --range 3"},
      {"--range 3:-3: wanted FROM:TO", "plot relu --range 3:-3"},
      {"--alpha: each of these functions has its own or takes none", "plot relu tanh --alpha 0.1"},
      {"--alpha x: wanted a number", "plot leaky_relu --alpha x"},
      {"ends in .svg or .csv", "plot relu --out relu.png"},
      {"no/such/folder", "plot relu --out no/such/folder/relu.svg"},
      {"--show and --log are for runs; relu is no folder", "plot relu --log"},
      {"--show and --log are for runs", "plot relu --show dead"},
      {"relu is no folder of a run, as others are", "plot run relu"},
      {"--alpha, --range and --derivative are for functions; these are runs", "plot run --derivative"},
      {R"(no such figure; did you mean "loss"? (known: loss))", "plot run --show los"},
      {"--show units: wanted one run", "plot run run --show units"},
      {"run/health.jsonl: No such file", "plot run --show units"},
      {"empty/metrics.jsonl: No such file", "plot empty"},
      {"bad/metrics.jsonl:1:", "plot bad"},
  };
  const Shell shell;
  shell.out(
      "mkdir run empty bad && echo '{\"epoch\": 1, \"train/loss\": 1}' >run/metrics.jsonl && echo oops "
      ">bad/metrics.jsonl");
  check_refused(shell, rows);
}

TEST_CASE("a folder or file that does not do is refused") {
  const Shell shell;
  shell.out("mkdir full && touch full/file && ln -s nowhere dangling && ln -s loop loop");
  const std::vector<Row> rows = {
      {"full is not empty, and a run never overwrites another", "train configs/iris.json --out full"},
      {"full is not empty", "train configs/iris.json --folds 5 --out full"},
      {"is a file; wanted a folder", "train configs/iris.json --out full/file"},
      {"table: must not be empty", "init ''"},
      {"/dev/null: found no text", "init /dev/null"},
  };
  check_refused(shell, rows);
  for (const std::string& out : {std::string("/proc/x"), std::string("full/file/x"), std::string(300, 'a'),
                                 std::string("dangling"), std::string("loop")}) {
    check_refused(shell, "error: ", "train configs/xor.json --out " + out);
  }
  shell.out("cp configs/xor.json full/config.json && touch runs");
  check_refused(shell, "runs: Not a directory", "train configs/xor.json");
  check_refused(shell, "full/config.json would be replaced by the config of its own run",
                "train full/config.json --out full --force");
}

TEST_CASE("a file that is too large is refused, also when it is unpacked") {
  const Shell shell;
  shell.out("truncate -s 3G huge && head -c 50M huge | gzip >bomb");
  const std::vector<Row> rows = {
      {"holds more than 16777216 bytes", "train huge"},
      {"huge: this is no safetensors file", "inspect huge"},
      {"bomb: holds more than 16777216 bytes when unpacked", "check bomb"},
      {"bomb: this is no safetensors file", "evaluate bomb table.csv"},
  };
  check_refused(shell, rows);
}

TEST_CASE("a wrong study is refused") {
  const Shell shell;
  const std::string train = "train configs/iris.json ";
  const std::vector<Row> rows = {
      {"/data/test: with 150 samples", "--folds 151"},
      {"use fewer folds", "--folds 18446744073709551615"},
      {"--seeds: must not be empty", R"(--seeds '')"},
      {"--folds: must not be empty", R"(--folds '')"},
      {R"(found "x")", R"(--seeds 1,x)"},
      {R"(found "-3..1")", "--seeds -3..1"},
      {"the range falls from 5 to 2; write the smaller seed first", "--seeds 5..2"},
      {"more than 10000 seeds", "--seeds 1..10001"},
      {"the seed 2 occurs twice", R"(--seeds 1..3,2)"},
      {"--seeds cannot stand beside --seed;", "--seeds 1..3 --seed 4"},
      {"--seeds cannot stand beside --set train.seed;", "--seeds 1..3 --set train.seed=4"},
      {"/data/test_path: cannot stand beside test, which takes that part from the other file; leave that part out",
       R"(--folds 5 --set 'data={"type": "csv", "path": "a.csv", "test_path": "b.csv"}')"},
      {"--jobs: must not be empty", R"(--seeds 1,2 --jobs '')"},
      {"--jobs: there is only one run", "--jobs 2"},
  };
  check_refused(shell, rows, train);
  for (const std::string folds : {"0", "1", "-1", "five", "2.5"}) {
    check_refused(shell, "--folds " + folds + ": wanted a whole number from 2 on", train + "--folds " + folds);
  }
  for (const std::string jobs : {"0", "-1", "two", "1.5"}) {
    check_refused(shell, "--jobs " + jobs + ": wanted auto, or a whole number from 1 on",
                  train + "--seeds 1,2 --jobs " + jobs);
  }
  const std::vector<Row> others = {
      {"/data/test: is not needed: the file has its own test part; leave", "train configs/cancer1.json --folds 5"},
      {"/data/test: cannot stand beside test_images", "train configs/mnist.json --folds 5"},
  };
  check_refused(shell, others);
}

TEST_CASE("a config that is no JSON, or not one of a run, is refused") {
  const Shell shell;
  const std::vector<Row> rows = {
      {"c.json:1:1: the document is empty", R"()"},
      {"c.json:1:2: the document ends here", R"({)"},
      {"two byte order marks", "\357\273\277\357\273\277{}"},
      {"UTF-16", "\377\376{"},
      {"not UTF-8", "{\"a\": \"\377\"}"},
      {"c.json:1:9: the text is not UTF-8", "{} // a \377"},
      {"texts and keys stand in double quotes", R"({'data': 1})"},
      {"a comma before } that nothing follows", R"({"data": "xor",})"},
      {"a comma before } that nothing follows", "{\"data\": \"xor\", // the last\n}"},
      {"there is text after the end", R"({} {})"},
      {"NaN is no number of JSON", R"({"data": NaN})"},
      {"1e999 cannot be held", R"({"data": 1e999})"},
      {"1e-999 cannot be held", R"({"data": 1e-999})"},
      {"a number has no leading zeros", R"({"data": 007})"},
      {"found a list, wanted an object", R"([])"},
      {R"(the key "data" is missing)", R"({})"},
      {R"(/optimiser: unknown key for config; did you mean "optimizer"?)", R"({"optimiser": 1})"},
      {"the key occurs twice; the first is at c.json:1:2", R"({"loss": "mse", "loss": "mse"})"},
      {"nested deeper than 64", std::string(100, '[')},
  };
  for (const Row& row : rows) {
    shell.write("c.json", row.what);
    check_refused(shell, row.message, "train c.json");
  }
}

TEST_CASE("a good config with one wrong setting is refused") {
  const std::vector<Row> rows = {
      {R"(/data: unknown data "cvs"; did you mean "csv"?)", "data=cvs"},
      {R"(/data/paht: unknown key for csv; did you mean "path"?)", "data.paht=x"},
      {"/train/epochs: found the number 3.5, wanted a whole number", "train.epochs=3.5"},
      {"/train/epochs: found the number -1, wanted a whole number", "train.epochs=-1"},
      {"/train/epochs: found true, wanted a whole number", "train.epochs=true"},
      {"/train/seed: found the number 18446744073709551616", "train.seed=18446744073709551616"},
      {"--set train.seed:1:1: 1e999 cannot be held", "train.seed=1e999"},
      {"--set optimizer:1:10: found adam; texts and keys stand in double quotes", R"('optimizer={"type": adam}')"},
      {"/train/batch_size: found 0, must be in [1", "train.batch_size=0"},
      {"/train/shuffle: found the number 1, wanted true or false", "train.shuffle=1"},
      {"/optimizer/learning_rate: found 0, must be > 0", "optimizer.learning_rate=0"},
      {R"(/optimizer/learning_rate: found the text "0,1", wanted a number)", R"(optimizer.learning_rate=0,1)"},
      {"/optimizer/momentum: found 1, must be in [0, 1)", "optimizer.momentum=1"},
      {"/optimizer/nesterov: needs momentum > 0", R"('optimizer={"type": "sgd", "nesterov": true}')"},
      {R"(/optimizer/type: unknown optimizer "SDG"; did you mean "sgd"?)", R"(optimizer.type=SDG)"},
      {R"(/loss: unknown loss "cross_entropy")", "loss=cross_entropy"},
      {"/loss: bce_with_logits is for two classes, but the data has 3", "loss=bce_with_logits"},
      {"/model/layers: found null, wanted a list", "model.layers=null"},
      {"/model/layers: the list is empty", R"(model.layers=[])"},
      {"/model/layers/0/units: found the number 0, wanted a whole number in [1, 1048576], or \"auto\"",
       R"('model.layers[0].units=0')"},
      {"/model/layers/0/units: found 4294967304, must be in", R"('model.layers[0].units=4294967304')"},
      {"/model/layers/1/units: the last layer has 4 outputs, wanted 3", R"('model.layers[1].units=4')"},
      {R"(/model/layers/0/activation: unknown activation "rleu"; did you mean "relu"?)",
       R"('model.layers[0].activation=rleu')"},
      {R"(/model/layers/0/activation/alpah: unknown key for leaky_relu; did you mean "alpha"?)",
       R"('model.layers[0].activation={"type": "leaky_relu", "alpah": 1}')"},
      {"more than 2^31 parameters",
       R"('model.layers=[{"type": "dense", "units": 1000000}, {"type": "dense", "units": 1000000}]')"},
      {"/data/test/every: must be 0 or >= 2", "data.test.every=1"},
      {R"(/data/preprocess: unknown word "normal")", "data.preprocess=normal"},
      {R"(/data/delimiter: unknown word "x")", "data.delimiter=x"},
      {"none.csv: No such file or directory", "data.path=none.csv"},
      {"/optimizer/learning_rate: found the number 1e-60, too small for single precision",
       "optimizer.learning_rate=1e-60"},
      {"/optimizer/learning_rate: found the number 1e-320, too small", "optimizer.learning_rate=1e-320"},
      {"/model/layers/0/activation/alpha: found the number 1e300, too large for single precision",
       R"('model.layers[0].activation={"type": "leaky_relu", "alpha": 1e300}')"},
      {"/data/divisor: found the number 1e-300, too small",
       R"('data={"type": "moons", "preprocess": "divide", "divisor": 1e-300}')"},
      {"/data/noise: found 1e+300, must be in [0, 1000000]", R"('data={"type": "moons", "noise": 1e300}')"},
      {"/$schema: found the number 5, wanted a text", R"('$schema=5')"},
      {"not a path", R"('model.layers[+0].units=3')"},
      {"not a path", R"('model.layers[00].units=3')"},
      {"/loss: softmax_cross_entropy: 2 class_weights", R"('loss.class_weights=[1, 2]')"},
      {"/loss/class_weights: the weights of all samples of the training part are 0",
       R"('loss.class_weights=[0, 0, 0]')"},
      {"/optimizer/smallest_step: must not be above", R"('optimizer={"type": "rprop", "smallest_step": 100}')"},
      {R"(/data: csv: the column "sepal_width_cm" is named twice)",
       R"('data.features=["sepal_width_cm", "sepal_width_cm"]')"},
      {"/loss: sine has target values", "data=sine"},
      {"relu is a kind of activation", R"('model.layers=["relu"]')"},
      {"its first element is [0]", "model.layers.0.units=3"},
  };
  check_refused(Shell(), rows, "train configs/iris.json --set ");
}

TEST_CASE("a part in which all samples weigh nothing is refused") {
  const Shell shell;
  shell.write("two.csv", "x,class\n1,a\n2,b\n");
  shell.write("one.csv", "x,class\n1,a\n");
  for (const std::string part : {"validation", "test"}) {
    check_refused(shell, "the weights of all samples of the " + part + " part are 0",
                  "check configs/iris.json --set data." + part + "_path=one.csv --set data.path=two.csv" +
                      " --set data.target=class --set 'data.test={}' --set 'model.layers[1].units=2'" +
                      " --set 'loss.class_weights=[0, 1]'");
  }
}

TEST_CASE("a wrong table is refused") {
  const Shell shell;
  const std::string train = "train configs/iris.json --set 'data.test={}' --set 'model.layers[1].units=2' ";
  const std::vector<Row> rows = {
      {"found no text", ""},
      {"found a header but no rows", "a,kind\n"},
      {"table.csv:3: ", "a,kind\n1,x\n1,2,y\n"},
      {R"("1.5abc")", "a,kind\n1,x\n1.5abc,y\n"},
      {R"("inf")", "a,kind\n1,x\ninf,y\n"},
      {R"("1e400")", "a,kind\n1,x\n1e400,y\n"},
      {R"(table.csv:3: column "a")", "a,kind\n1,x\n,y\n"},
      {R"("skip_rows": 1)", "My table\na,kind\n1,x\n2,y\n"},
      {"kind", "a,class\n1,x\n2,y\n"},
      {R"(table.csv:3: found the byte \xe9, which is not UTF-8)", "a,kind\n1,x\n2,caf\351\n3,caf\350\n"},
      {"found two byte order marks", "\357\273\277\357\273\277a,kind\n1,x\n2,y\n"},
      {"table.csv:3", "a,kind\n1,x\n\"2,y\n"},
  };
  for (const Row& row : rows) {
    shell.write("table.csv", row.what);
    check_refused(shell, row.message, train + "--set data.path=table.csv --set data.target=kind");
  }
  shell.write("table.csv", "a,kind\nred,x\nblue,y\n");
  check_refused(shell, "onehot", train + "--set data.path=table.csv --set data.target=kind --set data.encode=none");
  shell.write("headless.csv", "1,2,x\n3,4,y\n5,6,x\n");
  check_refused(shell, "headless.csv:1: found 3 columns, none called \"x\"; wanted the name of the target column",
                train + "--set data.path=headless.csv --set data.target=x");
}

TEST_CASE("a wrong model, or a table that does not fit it, is refused") {
  const Shell shell;
  shell.out("hinge train configs/iris.json --set train.epochs=1 --out run --quiet");
  const std::string model = shell.read("run/model.safetensors");
  shell.write("empty", "");
  shell.write("archive", "PK\3\4aaaaaaaaa");
  shell.write("cut", model.substr(0, 400));
  shell.write("long", model + "x");
  shell.write("narrow.csv", "sepal_length_cm,petal_width_cm\n1,2\n");
  shell.write("gap.csv", "sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm\n1,2,nan,4\n");
  const std::vector<Row> rows = {
      {"none: No such file or directory", "inspect none"},
      {"this seems to be a file of PyTorch", "inspect archive"},
      {"the file is empty", "inspect empty"},
      {"cut: this is no safetensors file, or a damaged one", "inspect cut"},
      {"long: the tensors end at byte", "inspect long"},
      {"sepal_width_cm", "predict run narrow.csv"},
      {R"(delimiter: found "x")", "predict run narrow.csv --delimiter x"},
      {R"(gap.csv:2: column "petal_length_cm")", "predict run gap.csv"},
      {"a model that was trained with missing: mean", "predict run gap.csv"},
  };
  check_refused(shell, rows);
}

TEST_CASE("values that are too large for a model are refused") {
  const Shell shell;
  shell.write("small.csv", "x,y\n0,0\n1,1\n2,2\n3,3\n");
  shell.write("large.csv", "x,y\n1,0\n3e38,0\n");
  shell.out(R"(hinge train configs/sine.json --set data='{"type": "csv", "path": "small.csv"}' --set train.epochs=0 \
    --set 'model.layers=[{"type": "dense", "units": 1, "weight_init": {"type": "constant", "value": 100}}]' \
    --out linear --quiet)");
  check_refused(shell, "large.csv:3: output 0 is inf", "predict linear large.csv");
  check_refused(shell, "large.csv: evaluate: the loss is", "evaluate linear large.csv");
}
