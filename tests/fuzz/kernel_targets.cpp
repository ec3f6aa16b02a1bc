#include "tests/fuzz/kernel_targets.h"

#include "kernel/apache_config.h"
#include "logging/utf8.h"
#include "tests/fuzz/targets.h"

#include <string_view>

namespace gantry::fuzz {

void fuzz_apache_config(std::span<const char> input) {
  using namespace kernel;
  if (input.empty()) return;
  const ApacheFile file = kAllApacheFiles[static_cast<unsigned char>(input.front()) % kAllApacheFiles.size()];
  const std::string_view text(input.data() + 1, input.size() - 1);
  ApacheConfig config;
  if (const auto read = read_apache_file(file, text, config); !read) {
    require(!read.error().text.empty() && logging::is_utf8(read.error().text), "a refusal is a sentence");
    require(config == ApacheConfig(), "what is refused leaves nothing behind");
    return;
  }
  for (const auto& [key, row] : config.offsets) {
    require(split_offset_key(key).has_value(), "offsets have names that can be used");
    std::string bytes;
    append_offset_row(bytes, row);
    require(read_offset_row(key, bytes).value() == row, "a row is read back from its bytes");
  }
  ApacheConfig again;
  require(read_apache_file(file, apache_file_text(file, config), again).has_value(),
          "what is written can be read");
  // Offsets of delayed delivery have a file of their own.
  if (file == ApacheFile::offsets) {
    for (ApacheConfig* one : {&config, &again})
      one->offsets.erase(offset_key(kScheduleGroup, kScheduleTopic));
  }
  require(again == config, "what is written is read back");
}

}  // namespace gantry::fuzz
