// Formats known by their first bytes, and one command for each.
#include <hinge/data/table/other_formats.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

using namespace std::string_view_literals;

// A file's name as a shell takes it.
std::string shell_word(std::string_view name) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+,=:@%";
  if (name.find_first_not_of(plain) == std::string_view::npos) return std::string(name);
  std::string word = "'";
  for (const char c : name) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

// Replaces FILE and OUT in a command: data/a.xlsx becomes data/a.csv, and data/a.csv becomes data/a.utf8.csv.
std::string command_for(std::string_view command, std::string_view name) {
  const std::string file = name == "-" ? "FILE" : printable(name);
  const std::size_t point = file.rfind('.');
  const bool has_ending = point != std::string::npos && point > file.find_last_of('/') + 1;
  const std::string stem = has_ending ? file.substr(0, point) : file;
  const std::string out = stem + (file == stem + ".csv" ? ".utf8.csv" : ".csv");
  std::string text(command);
  for (const auto& [word, value] : {std::pair{"FILE"sv, file}, {"OUT"sv, out}}) {
    const std::string quoted = shell_word(value);
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + quoted.size())) {
      text.replace(at, word.size(), quoted);
    }
  }
  return text;
}

std::string way_out(std::string_view command, std::string_view name) { return "(" + command_for(command, name) + ")"; }

// Reads with pandas, writes CSV.
std::string pandas(std::string_view read) {
  return "convert it: python3 -c \"import pandas, sys; pandas." + std::string(read) +
         ".to_csv(sys.argv[2], index=False)\" FILE OUT";
}

struct Format {
  std::string_view start;  // the first bytes
  std::string_view what;
  std::string command;
};

const Format* format_by_start(std::string_view start) {
  static const std::array<Format, 19> formats = {{
      {"PAR1"sv, "a Parquet file", pandas("read_parquet(sys.argv[1])")},
      {"ARROW1"sv, "an Arrow file", pandas("read_feather(sys.argv[1])")},
      {"\x89HDF"sv, "an HDF5 file", pandas("read_hdf(sys.argv[1])")},
      {"\x93NUMPY"sv, "a NumPy array",
       "convert it: python3 -c \"import numpy, sys; numpy.savetxt(sys.argv[2], numpy.load(sys.argv[1]), "
       "delimiter=',')\" FILE OUT"},
      {"\xD0\xCF\x11\xE0"sv, "an old Excel workbook", "convert it: libreoffice --headless --convert-to csv FILE"},
      {"BZh"sv, "a bzip2 archive", "unpack it: bunzip2 -k FILE"},
      {"\xFD"
       "7zXZ"sv,
       "an xz archive", "unpack it: xz -dk FILE"},
      {"\x28\xB5\x2F\xFD"sv, "a Zstandard archive", "unpack it: zstd -d FILE"},
      {"7z\xBC\xAF"sv, "a 7-Zip archive", "unpack it: 7z x FILE"},
      {"\x1f\x8b"sv, "gzip data", "unpack it: gunzip -k FILE"},
      {"SQLite format 3"sv, "an SQLite database", "convert it: sqlite3 -header -csv FILE 'select * from TABLE' > OUT"},
      {"\xFF\xFE"sv, "UTF-16 text", "convert it: iconv -f UTF-16 -t UTF-8 FILE > OUT"},
      {"\xFE\xFF"sv, "UTF-16 text", "convert it: iconv -f UTF-16 -t UTF-8 FILE > OUT"},
      {"version https://git-lfs"sv, "a pointer to a file in Git LFS", "fetch it: git lfs pull"},
      {"<!DOCTYPE html"sv, "a web page", "download the file itself, not the page that shows it"},
      {"<!doctype html"sv, "a web page", "download the file itself, not the page that shows it"},
      {"<html"sv, "a web page", "download the file itself, not the page that shows it"},
      {"<?xml"sv, "an XML file", pandas("read_xml(sys.argv[1])")},
      {"%PDF"sv, "a PDF file", "convert it: pdftotext -layout FILE OUT"},
  }};
  const auto found = std::find_if(formats.begin(), formats.end(),
                                  [&](const Format& format) { return start.starts_with(format.start); });
  return found == formats.end() ? nullptr : &*found;
}

// Workbooks are archives too: their parts have telling names.
std::string zip_refusal(std::string_view start, std::string_view name) {
  const auto holds = [&](std::string_view part) { return start.find(part) != std::string_view::npos; };
  if (holds("[Content_Types].xml") || holds("xl/") || holds("opendocument.spreadsheet")) {
    return "found a spreadsheet; wanted a table as text " +
           way_out("convert it: libreoffice --headless --convert-to csv FILE", name);
  }
  return "found a zip archive; wanted a table as text " + way_out("unpack it: unzip FILE", name);
}

// Whether a text begins with these characters, blanks and line ends aside.
bool begins_with(std::string_view text, std::string_view characters) {
  for (const char c : characters) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
  }
  return true;
}

// 9:30 or 09:30
bool is_time_of_day(std::string_view text) {
  const auto is_digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  const std::size_t colon = text.find(':');
  return (colon == 1 || colon == 2) && text.size() == colon + 3 && is_digit(colon - 1) && is_digit(colon + 2) &&
         text[colon + 1] >= '0' && text[colon + 1] <= '5';
}

// Lines of libsvm: a label and pairs of an index and a value, `+1 1:0.5 7:2`, whose indices ascend; `qid:3` may stand in
// front, and a comment behind.
class LibsvmLines {
 public:
  // False if this is no such line.
  bool take(std::string_view line) {
    line = line.substr(0, line.find_first_of("#\r"));
    std::size_t words = 0;
    std::size_t last_index = 0;
    while (!line.empty()) {
      const std::string_view word = line.substr(0, line.find(' '));
      line.remove_prefix(std::min(word.size() + 1, line.size()));
      if (word.empty()) continue;
      if (words++ == 0 ? !parse_double(word) : !take_pair(word, last_index)) return false;
    }
    if (words > 1) ++lines_with_pairs_;
    return true;
  }

  // Several lines, and not only times of day, which have a colon too.
  bool are_libsvm() const { return has_query_ || (lines_with_pairs_ > 1 && !has_times_only_); }

 private:
  bool take_pair(std::string_view word, std::size_t& last_index) {
    const std::size_t colon = std::min(word.find(':'), word.size() - 1);
    const auto value = parse_double(word.substr(colon + 1));
    if (value && word.starts_with("qid:")) return has_query_ = true;
    const auto index = parse_size(word.substr(0, colon));
    has_times_only_ = has_times_only_ && is_time_of_day(word);
    const bool ascends = index && (last_index == 0 || *index > last_index);
    last_index = index.value_or(0);
    return ascends && value;
  }

  std::size_t lines_with_pairs_ = 0;
  bool has_times_only_ = true;
  bool has_query_ = false;
};

bool is_libsvm(std::string_view start) {
  constexpr std::size_t max_lines = 20;
  LibsvmLines lines;
  for (std::size_t i = 0; i < max_lines && !start.empty(); ++i) {
    const std::string_view line = start.substr(0, start.find('\n'));
    const bool is_cut = i > 0 && line.size() == start.size();  // by the end of what is here
    if (!lines.take(line) && !is_cut) return false;
    start.remove_prefix(std::min(line.size() + 1, start.size()));
  }
  return lines.are_libsvm();
}

}  // namespace

std::string format_refusal(std::string_view start, std::string_view name, bool may_be_pairs) {
  const auto refusal = [&](std::string_view what, std::string_view command) {
    return "found " + std::string(what) + "; wanted a table as text in UTF-8 " + way_out(command, name);
  };
  if (const Format* format = format_by_start(start)) return refusal(format->what, format->command);
  if (start.starts_with("PK\x03\x04")) return zip_refusal(start, name);
  if (start.size() > 3 && start[1] == '\0' && start[3] == '\0') {
    return refusal("UTF-16 text", "convert it: iconv -f UTF-16LE -t UTF-8 FILE > OUT");
  }
  if (start.size() > 3 && start[0] == '\0' && start[2] == '\0') {
    return refusal("UTF-16 text", "convert it: iconv -f UTF-16BE -t UTF-8 FILE > OUT");
  }
  if (begins_with(start, "{\"")) return refusal("JSON lines", pandas("read_json(sys.argv[1], lines=True)"));
  if (begins_with(start, "[{")) return refusal("JSON", pandas("read_json(sys.argv[1])"));
  if (may_be_pairs && is_libsvm(start)) {
    return refusal(
        "libsvm data",
        "convert it: python3 -c \"import numpy, sys; from sklearn.datasets import load_svmlight_file; x, y = "
        "load_svmlight_file(sys.argv[1]); numpy.savetxt(sys.argv[2], numpy.c_[x.toarray(), y], "
        "delimiter=',')\" FILE OUT");
  }
  return "";
}

std::string encoding_refusal(std::string_view byte, std::string_view name) {
  const bool is_packed = name.ends_with(".gz");
  const std::string_view command =
      is_packed ? "gunzip -c FILE | iconv -f WINDOWS-1252 -t UTF-8 > OUT" : "iconv -f WINDOWS-1252 -t UTF-8 FILE > OUT";
  return "found the byte " + printable(byte) + ", which is not UTF-8; wanted text in UTF-8 (if it is Latin-1 or " +
         "Windows-1252, convert it: " + command_for(command, name) + ")";
}

}  // namespace hinge
