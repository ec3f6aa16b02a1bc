#include "tests/fuzz/frame_targets.h"

#include "remoting/field_arena.h"
#include "remoting/frame.h"
#include "remoting/header_codec.h"
#include "tests/fuzz/targets.h"

#include <string>

namespace gantry::fuzz {

using namespace gantry::remoting;

void fuzz_frame(std::span<const char> input) {
  std::string stream(input.begin(), input.end());
  std::span<char> rest(stream);
  FieldArena fields;
  while (true) {
    const auto frame = first_frame(rest, ByteSize::kib(64));
    if (!frame) return require(!frame.error().text.empty(), "an error says what was seen");
    if (!is_whole(*frame, rest.size())) return;
    require(frame->size <= 64 * 1024, "no frame is above the limit");
    require(frame->header.size() + frame->body.size() + kFramePrefix == frame->size,
            "a frame has no other parts");
    require(frame->body.data() + frame->body.size() == rest.data() + frame->size, "the body ends the frame");

    const std::string body(frame->body);
    const auto command = decode_header(frame->header, frame->serialize_type, fields);
    if (!command) return;
    // What was understood can be said again, and is understood the same.
    std::string again;
    append_frame_head(again, *command, {}, body.size());
    again += body;
    const auto second = first_frame(again, ByteSize::mib(16));
    require(second.has_value() && is_whole(*second, again.size()), "what is written is a frame");
    require(second->body == body, "the body stays");
    const auto reread = decode_header(second->header, second->serialize_type, fields);
    require(reread.has_value(), "what is written is read");
    require(reread->opaque == command->opaque && reread->flag == command->flag, "opaque and flag stay");
    rest = rest.subspan(frame->size);
  }
}

}  // namespace gantry::fuzz
