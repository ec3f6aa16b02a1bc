// A header that was written, as the one who receives it would read it.
#pragma once

#include "remoting/header_fields.h"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace gantry::api::testing {

using KeptFields = std::map<std::string, std::string, std::less<>>;

// The declared fields, then the others.
inline KeptFields kept_fields(const remoting::HeaderRef& header, std::span<const remoting::Field> extras) {
  struct Sink final : remoting::FieldSink {
    void put(std::string_view name, std::string_view value) override {
      kept.insert_or_assign(std::string(name), value);
    }
    KeptFields kept;
  } sink;
  header.write(sink);
  for (const auto& field : extras) sink.put(field.name, field.value);
  return std::move(sink.kept);
}

}  // namespace gantry::api::testing
