#include "tests/fuzz/json_targets.h"

#include "remoting/bodies/register_broker.h"
#include "remoting/byte_size.h"
#include "remoting/compression.h"
#include "remoting/json_reader.h"
#include "tests/fuzz/targets.h"
#include "tests/unit/remoting/json_bodies.h"

#include <iterator>
#include <string>
#include <string_view>

namespace gantry::fuzz {
namespace {

using namespace gantry::remoting;

// Goes through a value by its parts, as callers do; true when nothing failed.
bool walk(JsonReader& in, const std::string& text) {
  std::string_view part;
  JsonScalar scalar;
  const auto lies_in_text = [&](std::string_view view) {
    return view.data() >= text.data() && view.data() + view.size() <= text.data() + text.size();
  };
  switch (in.peek()) {
    case JsonKind::object:
      in.enter_object();
      while (in.next_member(part)) {
        require(lies_in_text(part), "a key lies in the text");
        if (part.starts_with('{')) {
          JsonReader inside = in.inside(part);
          walk(inside, text);
          inside.finish();
        }
        walk(in, text);
      }
      break;
    case JsonKind::array:
      in.enter_array();
      while (in.next_element()) walk(in, text);
      break;
    default:
      if (in.scalar(scalar)) require(lies_in_text(scalar.text), "a string lies in the text");
  }
  return in.ok();
}

}  // namespace

void fuzz_json_bodies(std::span<const char> input) {
  if (input.empty()) return;
  const auto& body = kJsonBodies[static_cast<unsigned char>(input[0]) % std::size(kJsonBodies)];
  const std::string text(input.data() + 1, input.size() - 1);
  const auto once = body.rewrite(text);
  if (!once) {
    require(!once.error().expected.empty(), "an error says what was expected");
    require(once.error().offset <= text.size(), "an error lies in the text");
    return;
  }
  require(body.same(text, *once), "what decodes is written as what decodes to the same");
  require(body.rewrite(*once).value() == *once, "what was written is written again as it was");
}

void fuzz_json_reader(std::span<const char> input) {
  const std::string text(input.data(), input.size());
  std::string to_skip = text;
  std::string to_walk = text;
  JsonReader skipping(to_skip);
  JsonReader walking(to_walk);
  skipping.skip_value();
  walk(walking, to_walk);
  require(skipping.finish() == walking.finish(), "what can be skipped can be read, and the reverse");
  require(to_skip == text, "skipping leaves the text as it was");
  for (const auto* reader : {&skipping, &walking})
    if (!reader->ok()) require(reader->error().offset <= text.size(), "an error lies in the text");
}

void fuzz_register_broker(std::span<const char> input) {
  constexpr auto kLimit = ByteSize::mib(1);
  const auto once =
      inflate_register_broker(compress(CompressionType::zlib, {input.data(), input.size()}, 1), kLimit);
  if (!once) {
    require(once.error().str().starts_with("register-broker body: "), "an error says where it belongs");
    return;
  }
  require(inflate_register_broker(deflate_register_broker(*once), kLimit).value() == *once,
          "what inflates is deflated to what inflates to the same");
}

}  // namespace gantry::fuzz
