#include "tests/fuzz/header_targets.h"

#include "remoting/header_codec.h"
#include "remoting/headers/pull_message.h"
#include "remoting/headers/send_message.h"
#include "tests/fuzz/targets.h"

#include <string>

namespace gantry::fuzz {
namespace {

using namespace remoting;

void require_inside(std::string_view part, std::string_view whole) {
  require(part.empty() ||
              (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size()),
          "views point into the header");
}

void require_equal(const Command& a, const Command& b) {
  require(a.code == b.code && a.version == b.version && a.opaque == b.opaque && a.flag == b.flag,
          "numbers are read back as they were written");
  require(a.language == b.language && a.remark == b.remark, "language and remark are read back");
  require(a.fields.size() == b.fields.size(), "as many fields are read back");
  for (std::size_t i = 0; i < a.fields.size(); ++i)
    require(a.fields[i].name == b.fields[i].name && a.fields[i].value == b.fields[i].value,
            "fields are read back as they were written");
}

void require_text(const FieldError& error) {
  require(error.text().size() < 400, "the text of an error is short");
}

// Declared headers whose fields are there or not, as the input has it.
void read_headers(std::span<const Field> fields) {
  if (const auto pull = read_header<PullMessageRequestHeader>(fields); !pull) require_text(pull.error());
  const auto send = read_header_v2<SendMessageRequestHeader>(fields);
  if (!send) return require_text(send.error());
  std::string head;
  append_frame_head(head, Command{}, HeaderRef::v2(*send), 0);
  FieldArena arena;
  const auto command = decode_header(std::span(head).subspan(8), SerializeType::json, arena);
  const auto again = read_header_v2<SendMessageRequestHeader>(command.value().fields).value();
  require(again.topic == send->topic && again.queue_id == send->queue_id &&
              again.properties == send->properties && again.born_timestamp == send->born_timestamp &&
              again.batch == send->batch,
          "a declared header is read back as it was written");
}

void fuzz_header(std::span<const char> input, SerializeType type) {
  std::string bytes(input.data(), input.size());
  FieldArena arena;
  const auto decoded = decode_header(bytes, type, arena);
  if (!decoded) {
    require(decoded.error().offset <= bytes.size(), "an error lies in the header");
    return;
  }
  require_inside(decoded->remark, bytes);
  for (const Field& field : decoded->fields) {
    require_inside(field.name, bytes);
    require_inside(field.value, bytes);
  }
  std::string head;
  append_frame_head(head, *decoded, {}, 0);
  const auto again = decode_header(std::span(head).subspan(8), type, arena);
  require(again.has_value(), "what decoded, encodes to what decodes");
  require_equal(*decoded, *again);
  read_headers(decoded->fields);
}

}  // namespace

void fuzz_header_json(std::span<const char> input) {
  fuzz_header(input, SerializeType::json);
}

void fuzz_header_binary(std::span<const char> input) {
  fuzz_header(input, SerializeType::rocketmq);
}

}  // namespace gantry::fuzz
