#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/checksum.h>
#include <hinge/core/io/safetensors.h>

#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

template <typename Scalar>
std::string_view bytes(const std::vector<Scalar>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Scalar)};
}

const std::vector<float> weights = {1, 2, 3, 4, 5, -0.0F};
const std::vector<double> biases = {0.1, -1e300};

std::string sample_file() {
  const std::vector<Tensor> tensors = {
      {.name = "layers.0.weight", .type = TensorType::float32, .shape = {2, 3}, .bytes = bytes(weights)},
      {.name = "layers.0.bias", .type = TensorType::float64, .shape = {2}, .bytes = bytes(biases)}};
  return write_tensors({{"name", "a \"model\"\n"}, {"format_version", "1"}}, tensors);
}

// A file with a header of the test's own making, and the checksum that belongs to it.
std::string with_header(std::string header, std::string_view data) {
  const std::string member = "\"crc32\": \"";
  const std::size_t digits = header.find(member) + member.size();
  std::string file(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  file += header;
  file += data;
  Checksum checksum;
  checksum.add(file);
  return file.replace(8 + digits, 8, checksum.text());
}

std::string message(const std::string& file) {
  return error_of<ModelError>([&] { read_tensors(file, "m"); });
}

}  // namespace

TEST_CASE("the checksum is the CRC-32 of everybody, whole or piece by piece") {
  Checksum whole;
  whole.add("123456789");
  CHECK(whole.text() == "cbf43926");
  Checksum pieces;
  pieces.add("1234");
  pieces.add("");
  pieces.add("56789");
  CHECK(pieces.text() == "cbf43926");
  CHECK(Checksum().text() == "00000000");
}

TEST_CASE("tensors and texts come back as they were written, to the bit") {
  const std::string file = sample_file();
  CHECK(file == sample_file());
  const TensorFile read = read_tensors(file, "m");
  CHECK(read.metadata.at("name") == "a \"model\"\n");
  CHECK(read.metadata.at("format_version") == "1");
  REQUIRE(read.tensors.size() == 2);
  CHECK(read.tensors[0].name == "layers.0.weight");
  CHECK(read.tensors[0].shape == std::vector<std::size_t>{2, 3});
  CHECK(read.tensors[0].bytes == bytes(weights));
  CHECK((read.tensors[1].type == TensorType::float64 && read.tensors[1].bytes == bytes(biases)));
}

TEST_CASE("a tensor of no elements is one, whatever its other dimensions") {
  for (const std::vector<std::size_t>& shape :
       std::vector<std::vector<std::size_t>>{{0}, {0, 3}, {1ull << 60, 16, 0}}) {
    const std::vector<Tensor> tensors = {{.name = "none", .shape = shape}};
    const std::string file = write_tensors({}, tensors);
    const TensorFile read = read_tensors(file, "m");
    REQUIRE(read.tensors.size() == 1);
    CHECK(read.tensors[0].shape == shape);
    CHECK(read.tensors[0].size() == 0);
  }
}

// Laid out by hand from the specification; the checksum is that of Python's zlib.crc32.
TEST_CASE("the bytes of a small file are those of the specification") {
  const std::vector<float> one = {1};
  const std::vector<Tensor> tensors = {{.name = "b", .shape = {1}, .bytes = bytes(one)}};
  const std::string header =
      R"({"__metadata__": {"crc32": "71c09a5d"}, "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})";
  const std::string padding((8 - header.size() % 8) % 8, ' ');
  std::string file(8, '\0');
  file[0] = static_cast<char>(header.size() + padding.size());
  file += header + padding;
  file += std::string_view("\0\0\x80\x3f", 4);
  CHECK(write_tensors({}, tensors) == file);
}

TEST_CASE("a file with any bit flipped, cut anywhere, or longer by a byte is refused") {
  std::string file = sample_file();
  for (char& byte : file) {
    for (int bit = 0; bit < 8; ++bit) {
      byte = static_cast<char>(byte ^ (1 << bit));
      CHECK_THROWS_AS(read_tensors(file, "m"), ModelError);
      byte = static_cast<char>(byte ^ (1 << bit));
    }
  }
  for (std::size_t size = 0; size < file.size(); ++size) {
    CHECK_THROWS_AS(read_tensors(std::string_view(file).substr(0, size), "m"), ModelError);
  }
  CHECK_THROWS_AS(read_tensors(file + '\0', "m"), ModelError);
  CHECK_THROWS_AS(read_tensors(file + file, "m"), ModelError);
  CHECK_NOTHROW(read_tensors(file, "m"));
}

TEST_CASE("a model of another program is told by its name or its first bytes, with what converts it") {
  struct Row {
    std::string file;
    std::string name;
    std::string start;
    std::string script;
  };
  const std::string hdf5 = "\x89HDF\r\n\x1a\n";
  const std::vector<Row> rows = {{"PK\3\4aaaaaaaaa", "m.pt", "a file of PyTorch", "torch.load("},
                                 {"\x80\2\x8a\naaaaaaa", "m.pth", "a file of PyTorch", "torch.load("},
                                 {"PK\3\4aaaaaaaaa", "m.keras", "a model of Keras", "keras.models.load_model("},
                                 {hdf5, "m.h5", "a model of Keras", "keras.models.load_model("},
                                 {hdf5, "m", "a model of Keras", "keras.models.load_model("},
                                 {"\x08\x07\x12\x07pytorch", "m.onnx", "a model in ONNX", "onnx.load("},
                                 {hdf5, "v1.0/m", "a model of Keras", "keras.models.load_model("}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string message = error_of<ModelError>([&] { read_any_tensors(row.file, row.name); });
    CHECK(message.starts_with(row.name + ": this seems to be " + row.start + ", not a safetensors file; convert it"));
    CHECK(message.find(row.script) != std::string::npos);
    CHECK(message.ends_with("sys.argv[2])\" '" + row.name + "' '" + (row.name.starts_with("v1") ? "v1.0/m" : "m") +
                            ".safetensors'"));
  }
}

TEST_CASE("a name with a quote is one word of the line that converts it") {
  const std::string message = error_of<ModelError>([&] { read_any_tensors("PK\3\4aaaaaaaaa", "a'b.pt"); });
  CHECK(message.ends_with(R"(" 'a'\''b.pt' 'a'\''b.safetensors')"));
}

TEST_CASE("what is wrong with a file is said, also where the checksum is right") {
  const std::string start = R"({"__metadata__": {"crc32": "00000000"}, )";
  const auto tensor = [](const std::string& members) { return R"("a": {)" + members + "}}"; };
  const std::string data(8, '\0');
  struct Row {
    std::string file;
    std::string message;
  };
  const std::vector<Row> rows = {
      {"", "m: the file is empty"},
      {"{\"layers\": []}", "m: this seems to be JSON text, not a safetensors file"},
      {"5.1,3.5,1.4,0.2,setosa", "m: this is no safetensors file, or a damaged one"},
      {std::string(8, '\xff') + "{}", "m: this is no safetensors file, or a damaged one"},
      {with_header(start + tensor(R"("dtype": "F32", "shape": [2], "data_offsets": [0, 8])") + "}", data),
       "m: the file is damaged: header: byte 100: there is text after the end of the document"},
      {with_header(start + tensor(R"("dtype": "F16", "shape": [2], "data_offsets": [0, 8])"), data),
       "m: tensor \"a\": dtype is the text \"F16\", wanted one of \"F32\", \"F64\", \"U64\""},
      {with_header(start + tensor(R"("dtype": "F32", "shape": [3], "data_offsets": [0, 8])"), data),
       "m: tensor \"a\": its 8 bytes are not those of its shape and dtype"},
      {with_header(start + tensor(R"("dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, 8])"),
                   data),
       "m: tensor \"a\": its 8 bytes are not those of its shape and dtype"},
      {with_header(start + tensor(R"("dtype": "F32", "shape": [4], "data_offsets": [0, 20])"), std::string(20, '\0')),
       "m: tensor \"a\": its 20 bytes are not those of its shape and dtype"},
      {with_header(start + tensor(R"("dtype": "F32", "shape": [0], "data_offsets": [0, 8])"), data),
       "m: tensor \"a\": its 8 bytes are not those of its shape and dtype"},
      {with_header(start + tensor(R"("dtype": "F32", "shape": [-2], "data_offsets": [0, 8])"), data),
       "m: tensor \"a\": shape holds the number -2, wanted whole numbers"},
      {with_header(start + tensor(R"("dtype": "F32", "shape": [1], "data_offsets": [4, 8])"), data),
       "m: tensor \"a\": its data must start at byte 0, where the one before it ends"},
      {with_header(start + tensor(R"("dtype": "F32", "shape": [4], "data_offsets": [0, 16])"), data),
       "m: tensor \"a\": its data must end by byte 8, and not before it starts"},
      {with_header(start + tensor(R"("dtype": "F32", "shape": [1], "data_offsets": [0, 4])"), data),
       "m: the tensors end at byte 4 of 8 bytes of data"},
      {with_header(start + R"("a": 5})", ""), "m: tensor \"a\" needs dtype, shape, data_offsets"},
      {with_header(start + R"("__metadata__": {}})", ""), "m: the header holds \"__metadata__\" twice"},
      {with_header(R"({"__metadata__": {"crc32": "00000000", "n": 1}})", ""), "m: the metadata \"n\" is no text"},
      {with_header(R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "x": "crc32": "00000000"})", data),
       "m: the file is damaged: header: byte 74: expected }"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.message);
    CHECK(message(row.file) == row.message);
  }
}

TEST_CASE("of other programs any order, any type and no checksum will do, but the places must fit") {
  const std::string i64 = R"("n": {"dtype": "I64", "shape": [], "data_offsets": [4, 12]})";
  const std::string f32 = R"("w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]})";
  const std::string data("\0\0\x80\x3f\7\0\0\0\0\0\0\0", 12);
  const auto plain = [&](const std::string& header, const std::string& bytes) {
    std::string file(8, '\0');
    file[0] = static_cast<char>(header.size());
    return file + header + bytes;
  };
  for (const std::string& header :
       {"{" + i64 + ", " + f32 + "}", R"({"__metadata__": {"format": "pt"}, )" + f32 + "," + i64 + "}"}) {
    const std::string file = plain(header, data);
    const TensorFile read = read_any_tensors(file, "m");
    REQUIRE(read.tensors.size() == 2);
    const Tensor& w = read.tensors[0].name == "w" ? read.tensors[0] : read.tensors[1];
    const Tensor& n = read.tensors[0].name == "w" ? read.tensors[1] : read.tensors[0];
    CHECK(number_at(w, 0) == 1);
    CHECK((n.type == TensorType::int64 && n.size() == 1));
    CHECK(error_of<ModelError>([&] { number_at(n, 0); }) ==
          "the tensor n is of I64, which holds no numbers of floating point");
  }
  const auto refusal = [&](const std::string& header) {
    const std::string file = plain(header, data);
    return error_of<ModelError>([&] { read_any_tensors(file, "m"); });
  };
  const std::string overlap = R"("x": {"dtype": "I64", "shape": [1], "data_offsets": [2, 10]})";
  CHECK(refusal("{" + f32 + "," + overlap + "}") ==
        "m: tensor \"x\": its data must start at byte 4, where the one before it ends");
  CHECK(refusal("{" + f32 + "}") == "m: the tensors end at byte 4 of 12 bytes of data");
  CHECK(refusal(R"({"w": {"dtype": "F8", "shape": [4], "data_offsets": [0, 4]}})").find("dtype is the text \"F8\"") !=
        std::string::npos);
  std::string own = sample_file();
  CHECK_NOTHROW(read_any_tensors(own, "m"));
  own.back() = static_cast<char>(own.back() ^ 1);
  CHECK_THROWS_AS(read_any_tensors(own, "m"), ModelError);  // a checksum that is there holds
}

TEST_CASE("the numbers of half precision are those of IEEE 754, and bfloat16 is half a float") {
  struct Row {
    TensorType type;
    std::uint16_t bits;
    double number;
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const Row& row : {Row{TensorType::float16, 0x3c00, 1}, Row{TensorType::float16, 0xc000, -2},
                         Row{TensorType::float16, 0x3555, 0.333251953125}, Row{TensorType::float16, 0x7bff, 65504},
                         Row{TensorType::float16, 0x0400, 0x1p-14}, Row{TensorType::float16, 0x0001, 0x1p-24},
                         Row{TensorType::float16, 0x8000, -0.0}, Row{TensorType::float16, 0xfc00, -infinity},
                         Row{TensorType::bfloat16, 0x3f80, 1}, Row{TensorType::bfloat16, 0xc049, -3.140625},
                         Row{TensorType::bfloat16, 0x0001, 0x1p-133}, Row{TensorType::bfloat16, 0x7f80, infinity}}) {
    CAPTURE(row.bits);
    const std::string bytes = {static_cast<char>(row.bits & 255U), static_cast<char>(row.bits >> 8U)};
    const double number = number_at({.name = "t", .type = row.type, .shape = {1}, .bytes = bytes}, 0);
    CHECK(number == row.number);
    CHECK(std::signbit(number) == std::signbit(row.number));
  }
  const std::string nan("\x01\x7c", 2);
  CHECK(std::isnan(number_at({.name = "t", .type = TensorType::float16, .shape = {1}, .bytes = nan}, 0)));
}

TEST_CASE("numbers that are not finite are refused by tensor and element") {
  const std::vector<float> bad = {1, std::numeric_limits<float>::quiet_NaN()};
  const std::vector<Tensor> tensors = {{.name = "b", .shape = {2}, .bytes = bytes(bad)}};
  CHECK(error_of<ModelError>([&] { write_tensors({}, tensors); }) == "tensor b: element 1 is not finite");
  const std::string header = R"({"__metadata__": {"crc32": "00000000"}, "b": )"
                             R"({"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})";
  CHECK(message(with_header(header, bytes(bad))) == "m: tensor \"b\": element 1 is not finite");
}

TEST_CASE("of a file no more is read than its header promises") {
  const TemporaryFolder folder;
  CHECK(read_tensor_file(folder.write("whole", sample_file())) == sample_file());
  CHECK(read_tensor_file(folder.write("long", sample_file() + std::string(1'000'000, 'x'))) == sample_file() + "x");
  const std::string other = folder.write("zeros", "");
  std::filesystem::resize_file(other, 3'000'000'000);  // takes no room on the disk
  CHECK(error_of<ModelError>([&] { read_tensor_file(other); }) ==
        other + ": this is no safetensors file, or a damaged one");
}

TEST_CASE("a header of more than 16 MiB is neither written nor read") {
  const std::string text(max_json_bytes, 'x');
  const std::vector<Tensor> tensors = {{.name = "b", .shape = {6}, .bytes = bytes(weights)}};
  CHECK(error_of<ModelError>([&] {
          check_tensors({{"names", text}}, tensors);
        }).find("shorter names") != std::string::npos);
  const std::string fits = text.substr(1000);
  CHECK(read_tensors(write_tensors({{"names", fits}}, tensors), "m").metadata.at("names") == fits);
}

TEST_CASE("what cannot be written is refused") {
  const std::vector<Tensor> twice = {{.name = "b", .shape = {6}, .bytes = bytes(weights)},
                                     {.name = "b", .shape = {6}, .bytes = bytes(weights)}};
  CHECK(error_of<ModelError>([&] { write_tensors({}, twice); }) == "two tensors are called b");
  const std::vector<Tensor> wrong = {{.name = "b", .shape = {5}, .bytes = bytes(weights)}};
  CHECK(error_of<ModelError>([&] { write_tensors({}, wrong); }) ==
        "tensor b has 24 bytes, but its shape has 5 elements");
}
