#include <hinge/core/io/file_kind.h>

#include <array>

#include <hinge/core/text.h>

namespace hinge {

namespace {

struct Kind {
  std::string_view what;
  std::string_view script = {};  // of Python: argument 1 is the file, 2 the one to write
};

// Weights may be the whole file, a member of it beside others, or parts of a module. Tensors that share memory are refused there.
constexpr Kind pytorch = {
    "a file of PyTorch",
    "import sys, torch; from safetensors.torch import save_file; m = torch.load(sys.argv[1], map_location='cpu'); "
    "m = getattr(m, 'state_dict', lambda: m)(); "
    "m = next((m[k] for k in ('state_dict', 'model_state_dict', 'model') if k in m), m); "
    "save_file({k: v.contiguous().clone() for k, v in m.items() if torch.is_tensor(v)}, sys.argv[2])"};
constexpr Kind keras = {"a model of Keras",
                        "import sys, keras, numpy; from safetensors.numpy import save_file; "
                        "m = keras.models.load_model(sys.argv[1], compile=False); "
                        "save_file({str(i) + '.' + w.name.split('/')[-1].split(':')[0]: numpy.array(w) "
                        "for i, l in enumerate(m.layers) for w in l.weights}, sys.argv[2])"};
constexpr Kind onnx = {"a model in ONNX",
                       "import sys, onnx, onnx.numpy_helper; from safetensors.numpy import save_file; "
                       "save_file({t.name: onnx.numpy_helper.to_array(t).copy() "
                       "for t in onnx.load(sys.argv[1]).graph.initializer}, sys.argv[2])"};

struct Sign {
  std::string_view text;
  Kind kind;
};
constexpr std::array<Sign, 6> endings = {
    {{".onnx", onnx},
     {".keras", keras},
     {".weights.h5", {"weights of Keras without their model; load them into it and save that"}},
     {".h5", keras},
     {".hdf5", keras},
     {".npz", {"an archive of NumPy"}}}};
constexpr std::array<Sign, 8> starts = {{{"PK", pytorch},
                                         {"\x80\x02", pytorch},
                                         {"\x89HDF", keras},
                                         {"\x80\x04", {"a Python pickle"}},
                                         {"\x80\x05", {"a Python pickle"}},
                                         {"\x1f\x8b", {"a gzip file"}},
                                         {"\177ELF", {"a program"}},
                                         {"{", {"JSON text"}}}};

// Safe for a terminal, and whole however long it is.
std::string in_shell(std::string_view path) { return shell_word(printable(path, path.size())); }

std::string text_of(const Kind& kind, std::string_view name) {
  std::string text = "this seems to be " + std::string(kind.what) + ", not a safetensors file";
  if (kind.script.empty()) return text;
  const std::size_t dot = name.find_last_of("./");
  const bool has_ending = dot != std::string_view::npos && name[dot] == '.';
  const std::string stem(has_ending ? name.substr(0, dot) : name);
  return text + "; convert it (pip install safetensors):\n  python3 -c \"" + std::string(kind.script) + "\" " +
         in_shell(name) + " " + in_shell(stem + ".safetensors");
}

}  // namespace

std::string kind_text(std::string_view start, std::string_view name) {
  if (start.empty()) return "the file is empty";
  for (const Sign& sign : endings) {
    if (name.ends_with(sign.text)) return text_of(sign.kind, name);
  }
  for (const Sign& sign : starts) {
    if (start.starts_with(sign.text)) return text_of(sign.kind, name);
  }
  return "this is no safetensors file, or a damaged one";
}

}  // namespace hinge
