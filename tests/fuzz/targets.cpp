#include "tests/fuzz/targets.h"

#include "tests/fuzz/byte_size_targets.h"
#include "tests/fuzz/frame_targets.h"
#include "tests/fuzz/header_targets.h"
#include "tests/fuzz/json_targets.h"
#include "tests/fuzz/kernel_targets.h"
#include "tests/fuzz/message_targets.h"
#include "tests/fuzz/options_targets.h"
#include "tests/fuzz/request_targets.h"
#include "tests/fuzz/store_targets.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace gantry::fuzz {
namespace {

constexpr std::array kTargets{
    Target{"apache_config", fuzz_apache_config},
    Target{"byte_size", fuzz_byte_size},
    Target{"config_toml", fuzz_config_toml},
    Target{"decompress", fuzz_decompress},
    Target{"frame", fuzz_frame},
    Target{"header_binary", fuzz_header_binary},
    Target{"header_json", fuzz_header_json},
    Target{"json_bodies", fuzz_json_bodies},
    Target{"json_reader", fuzz_json_reader},
    Target{"message_batch", fuzz_message_batch},
    Target{"message_id", fuzz_message_id},
    Target{"message_properties", fuzz_message_properties},
    Target{"message_record", fuzz_message_record},
    Target{"properties_text", fuzz_properties_text},
    Target{"register_broker", fuzz_register_broker},
    Target{"requests", fuzz_requests},
    Target{"store_directory", fuzz_store_directory},
};

static_assert(std::ranges::is_sorted(kTargets, {}, &Target::name));

}  // namespace

std::span<const Target> targets() {
  return kTargets;
}

const Target* find_target(std::string_view name) {
  const auto* found = std::ranges::find(kTargets, name, &Target::name);
  return found == kTargets.end() ? nullptr : found;
}

void require(bool holds, std::string_view promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()), promise.data());
  std::abort();
}

}  // namespace gantry::fuzz
