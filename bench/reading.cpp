// Times reading through the public API: a line of JSON for each kind of file, and for the operations that bound it.
//
//   hinge_reading_bench [--rows N] [--rounds N]
//
// The table has 20 columns of numbers with 9 significant digits. The mixed one has 19 columns of numbers with four decimals
// and up to 600 million different values, ten of three to 21 words, and a target of two. The images have 28 x 28 pixels, of
// which about a fifth is not 0, as in MNIST. Files are written to a temporary folder, so they are read from the system's
// cache. Speeds are in 10^6 unpacked bytes per second of this process's processor time: the median of the rounds after a
// first one to warm up.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <unistd.h>
#include <zlib.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/data/table/table_reader.h>
#include <hinge/data/table_facts.h>
#include <hinge/hinge.h>

namespace {

using namespace hinge;

constexpr std::size_t columns = 20;
constexpr std::size_t image_size = 28;

class TemporaryFolder {
 public:
  TemporaryFolder() { create_folders(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string path(const std::string& name) const { return join_path(path_, name); }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / ("hinge_reading-" + std::to_string(getpid()))).string();
};

std::string table_text(std::size_t rows) {
  const RandomStream random(1, Purpose::user);
  std::string text;
  for (std::size_t c = 0; c < columns; ++c) text += (c == 0 ? "x" : ",x") + std::to_string(c);
  for (std::size_t i = 0; i < rows * columns; ++i) {
    text += i % columns == 0 ? '\n' : ',';
    text += to_text(20 * random.uniform(i) - 10, 9);
  }
  return text + '\n';
}

std::string mixed_table_text(std::size_t rows) {
  constexpr std::size_t numbers = 19;
  constexpr std::size_t words = 10;
  const RandomStream random(3, Purpose::user);
  std::string text;
  for (std::size_t c = 0; c < numbers; ++c) text += 'x' + std::to_string(c) + ',';
  for (std::size_t c = 0; c < words; ++c) text += 'c' + std::to_string(c) + ',';
  text += "target\n";
  for (std::size_t i = 0; i < rows; ++i) {
    const auto draw = [&](std::size_t c) { return random.uniform(i * (numbers + words + 1) + c); };
    const auto word = [&](std::size_t c, std::size_t count) {
      return static_cast<std::size_t>(draw(c) * static_cast<double>(count));
    };
    for (std::size_t c = 0; c < numbers; ++c) {
      const double size = std::pow(10.0, static_cast<double>(c % 4));
      text += to_text(std::round(size * (60000 * draw(c) - 30000)) / 10000) + ',';
    }
    for (std::size_t c = 0; c < words; ++c) {
      text += "word" + std::to_string(word(numbers + c, 3 + 2 * c)) + '_' + std::to_string(c) + ',';
    }
    text += word(numbers + words, 2) == 0 ? "no\n" : "yes\n";
  }
  return text;
}

std::string idx_bytes(const std::vector<std::size_t>& dimensions, const std::string& elements) {
  std::string bytes{'\0', '\0', '\x08', static_cast<char>(dimensions.size())};
  for (const std::size_t dimension : dimensions) {
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(dimension >> shift & 0xff);
  }
  return bytes + elements;
}

// Each image is a square of random grey values, a fifth of its area, near the middle.
std::string image_bytes(std::size_t count) {
  constexpr std::size_t square = 13;
  const RandomStream random(2, Purpose::user);
  std::string pixels(count * image_size * image_size, '\0');
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t p = 0; p < square * square; ++p) {
      const std::size_t row = 7 + i % 2 + p / square;
      const std::size_t column = 7 + i % 3 + p % square;
      const double grey = 256 * random.uniform(i * square * square + p);
      pixels[(i * image_size + row) * image_size + column] = static_cast<char>(static_cast<unsigned char>(grey));
    }
  }
  return idx_bytes({count, image_size, image_size}, pixels);
}

std::string label_bytes(std::size_t count) {
  std::string labels;
  for (std::size_t i = 0; i < count; ++i) labels += static_cast<char>(i % 10);
  return idx_bytes({count}, labels);
}

void write_gzip(const std::string& path, const std::string& bytes) {
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  if (gzclose(file) != Z_OK) throw WriteError(path + ": cannot be written");
}

// Reads the table by std::istream, without any checks of the cells.
void read_by_stream(const std::string& path) {
  std::ifstream file(path);
  std::string header;
  std::getline(file, header);
  std::vector<float> numbers;
  char delimiter = ',';
  for (float number = 0; file >> number;) {
    numbers.push_back(number);
    if (numbers.size() % columns != 0) file >> delimiter;
  }
  if (numbers.size() % columns != 0) throw DataError(path + ": the stream stopped within a row");
}

// Inflates the file with zlib, and nothing else.
void inflate_all(const std::string& path) {
  std::vector<char> piece(1 << 18);
  const gzFile file = gzopen(path.c_str(), "rb");
  gzbuffer(file, static_cast<unsigned>(piece.size()));
  while (gzread(file, piece.data(), static_cast<unsigned>(piece.size())) > 0) {
  }
  gzclose(file);
}

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <typename Call>
void report(const char* peer, const char* kind, std::size_t bytes, std::size_t rounds, const Call& call) {
  call();
  std::vector<double> speeds;
  for (std::size_t i = 0; i < rounds; ++i) {
    const double start = processor_seconds();
    call();
    speeds.push_back(1e-6 * static_cast<double>(bytes) / (processor_seconds() - start));
  }
  std::sort(speeds.begin(), speeds.end());
  std::printf(
      "{\"peer\":\"%s\",\"kind\":\"%s\",\"bytes\":%zu,\"mb_per_s\":%.4g,\"min\":%.4g,\"max\":%.4g,\"reps\":%zu}\n",
      peer, kind, bytes, speeds[rounds / 2], speeds.front(), speeds.back(), rounds);
  std::fflush(stdout);
}

// Copies the bytes into new memory.
void copy_bytes(const std::string& bytes) {
  const std::vector<char> copy(bytes.begin(), bytes.end());
  if (std::memcmp(copy.data(), bytes.data(), 1) != 0) std::abort();  // so that the compiler keeps the copy
}

// Makes the C library reuse freed memory instead of returning it. Otherwise a benchmark of large files times the
// system's page faults, which on some virtual machines take ten times as long as everything else.
void keep_memory(std::size_t bytes) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  const std::string touched(bytes, ' ');
  if (touched.back() != ' ') std::abort();
#endif
}

}  // namespace

int main(int argc, char** argv) try {
  std::size_t rows = 100'000;
  std::size_t rounds = 5;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::size_t number = std::max(1UL, std::strtoul(argv[i + 1], nullptr, 10));
    if (std::strcmp(argv[i], "--rows") == 0) rows = number;
    if (std::strcmp(argv[i], "--rounds") == 0) rounds = number;
  }
  const TemporaryFolder folder;
  const std::string table = table_text(rows);
  const std::string mixed = mixed_table_text(rows);
  const std::string images = image_bytes(rows);
  const std::string csv = folder.path("table.csv");
  const std::string mixed_csv = folder.path("mixed.csv");
  const std::string plain_images = folder.path("images");
  const std::string packed_images = folder.path("images.gz");
  const std::string labels = folder.path("labels");
  write_file(csv, table);
  write_file(mixed_csv, mixed);
  write_file(plain_images, images);
  write_gzip(packed_images, images);
  write_file(labels, label_bytes(rows));
  keep_memory(8 * images.size());  // bytes of the file, floats of four bytes each, and some room

  report("hinge", "csv", table.size(), rounds, [&] { read_csv<float>(csv, {.task = Task::regression}); });
  report("std::istream", "csv", table.size(), rounds, [&] { read_by_stream(csv); });
  report("copy", "csv", table.size(), rounds, [&] { copy_bytes(table); });
  report("hinge", "mixed csv", mixed.size(), rounds, [&] { read_csv<float>(mixed_csv, {.encode = Encode::onehot}); });
  report("hinge facts", "mixed csv", mixed.size(), rounds, [&] {
    TableReader cells(ByteReader(mixed_csv), mixed_csv);
    facts_of(cells);
  });
  report("hinge", "idx", images.size(), rounds, [&] { read_idx<float>(plain_images, labels); });
  report("copy", "idx", images.size(), rounds, [&] { copy_bytes(images); });
  report("hinge", "idx.gz", images.size(), rounds, [&] { read_idx<float>(packed_images, labels); });
  report("zlib", "idx.gz", images.size(), rounds, [&] { inflate_all(packed_images); });
} catch (const std::exception& error) {
  std::fprintf(stderr, "hinge_reading_bench: %s\n", error.what());
  return 1;
}
