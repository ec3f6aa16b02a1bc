// Command headers, to and from bytes, in both serializations. The body of a frame is not touched here.
//
// Thread: free functions without state; what they are given belongs to one thread for the call.
#pragma once

#include "remoting/command.h"
#include "remoting/field_arena.h"
#include "remoting/header_fields.h"

#include <cstddef>
#include <span>
#include <string>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace gantry::remoting {

// A header that is none. The stream behind it cannot be trusted either: the connection is to be closed.
struct HeaderError {
  std::size_t offset = 0;  // in the header
  std::string what;        // "a remark of length 70000; bytes left: 12"

  std::string text() const;  // with the place: "header byte 13: a remark of ..."
};

// For result::value() where failure is a bug, as in tests.
[[noreturn]] void throw_exception_from_error(const HeaderError& error, const boost::source_location& where);

// Reads a header. The command's views point into `header`, the JSON form of which is unescaped in place, so a
// header can be decoded once. The fields lie in `arena` until it is cleared.
//
// The JSON form is read leniently: any order, unknown keys, numbers and booleans as values of extFields (kept
// as their text), null for "not there", the language as a name or a number. In the binary form an empty value
// and an empty name mean "not there", as they do to Java. Refused in both: a header that is cut, bytes behind
// it, a missing code, more than FieldArena::kMaxFieldsPerHeader fields.
boost::system::result<Command, HeaderError> decode_header(std::span<char> header, SerializeType type,
                                                          FieldArena& arena);

// Appends what stands before the body in a frame: the length of all that follows, the serialize type with the
// header's length, and the header in the form that command.serialize_type says. `fields` come first, then
// command.fields. The caller appends the body_size bytes of the body.
//
// The binary form cannot say everything: code and version keep their low 16 bits, empty values and names, and
// names of more than 32767 bytes, are left out.
//
// Throws std::length_error, with `out` as it was, when the frame could not be described: a header of 16 MiB
// or more, or a frame of 2 GiB or more.
void append_frame_head(std::string& out, const Command& command, HeaderRef fields, std::size_t body_size);

}  // namespace gantry::remoting
