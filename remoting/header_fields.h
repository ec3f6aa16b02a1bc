// How the fields of a request or response header are declared, once, and what follows from that: reading them
// from a command with every error naming its field, and writing them in either serialization.
//
//   struct PullRequestHeader {
//     std::string_view topic;
//     std::int32_t queue_id = 0;
//     bool unit_mode = false;
//     std::optional<std::int64_t> from = {};
//
//     static constexpr void wire(auto& h, auto&& field) {
//       field("topic", h.topic);
//       field("queueId", h.queue_id, {.min = 0, .max = 65535});
//       field("unitMode", h.unit_mode, {.defaulted = true});
//       field("from", h.from);
//     }
//   };
//
// A member is a std::string_view, std::int32_t, std::int64_t, bool, or an optional of one. A field must be
// there unless its member is optional or it is declared `defaulted`. Texts that must be there have no initial
// value: the compiler then names one that a designated initializer forgets. The order is free; the usual
// order of arrival reads fastest. Views point to where the command's fields do.
//
// Nothing here allocates or throws; a FieldError's text() does.
#pragma once

#include "remoting/command.h"
#include "remoting/header_reading.h"

#include <charconv>
#include <concepts>
#include <optional>
#include <span>
#include <string_view>

#include <boost/system/result.hpp>

namespace gantry::remoting {

// A struct with a declaration as above. One without fields needs no struct.
template <class H>
concept DeclaredHeader = requires(H& header, const H& unchanged) {
  H::wire(header, header_reading::Ignore{});
  H::wire(unchanged, header_reading::Ignore{});
};

// Reads a declared header. Fields that it does not declare are passed over, of two with one name the last
// counts. An empty text is as good as none for a number or boolean that may be absent.
template <DeclaredHeader H>
boost::system::result<H, FieldError> read_header(std::span<const Field> fields) {
  return header_reading::read<H, header_reading::Form::full>(fields);
}

// The same for the one-letter names of SEND_MESSAGE_V2: only fields that declare one are read.
template <DeclaredHeader H>
boost::system::result<H, FieldError> read_header_v2(std::span<const Field> fields) {
  return header_reading::read<H, header_reading::Form::letters>(fields);
}

// Takes the fields of a header as they are written, in order of declaration. Names are those declared.
class FieldSink {
 public:
  virtual void put(std::string_view name, std::string_view value) = 0;
  // A number, true or false: short, and written alike everywhere.
  virtual void put_plain(std::string_view name, std::string_view value) { put(name, value); }

 protected:
  ~FieldSink() = default;
};

// Any declared header, to be written: two pointers. It does not own the header, which must outlive it; as an
// argument it may be made from a temporary.
class HeaderRef {
 public:
  HeaderRef() = default;

  template <DeclaredHeader H>
  HeaderRef(const H& header) : header_(&header), write_(&write_as<H, header_reading::Form::full>) {}

  // In the one-letter form.
  template <DeclaredHeader H>
  static HeaderRef v2(const H& header) {
    return {&header, &write_as<H, header_reading::Form::letters>};
  }

  bool empty() const { return header_ == nullptr; }
  void write(FieldSink& sink) const {
    if (header_ != nullptr) write_(header_, sink);
  }

 private:
  using Write = void (*)(const void* header, FieldSink& sink);

  HeaderRef(const void* header, Write write) : header_(header), write_(write) {}

  static void put(FieldSink& sink, std::string_view name, std::string_view value) { sink.put(name, value); }
  static void put(FieldSink& sink, std::string_view name, bool value) {
    sink.put_plain(name, value ? "true" : "false");
  }
  template <std::signed_integral T>
  static void put(FieldSink& sink, std::string_view name, T value) {
    char text[20];
    sink.put_plain(name, {text, std::to_chars(text, text + sizeof text, value).ptr});
  }
  template <class T>
  static void put(FieldSink& sink, std::string_view name, const std::optional<T>& value) {
    if (value) put(sink, name, *value);
  }

  template <class H, header_reading::Form form>
  static void write_as(const void* header, FieldSink& sink) {
    H::wire(*static_cast<const H*>(header),
            [&sink](std::string_view name, const auto& member, [[maybe_unused]] const FieldRule& rule = {}) {
              if constexpr (form == header_reading::Form::letters) name = rule.v2;
              if (!name.empty()) put(sink, name, member);
            });
  }

  const void* header_ = nullptr;
  Write write_ = nullptr;
};

}  // namespace gantry::remoting
