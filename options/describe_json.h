// The reference of a schema's options for programs, from their declarations alone: a list of them as JSON,
// and a JSON Schema (draft 2020-12) that editors check a configuration file with.
#pragma once

#include "options/schema.h"
#include "remoting/json_writer.h"

#include <string>

namespace gantry::options {

// An array with an object for each option: name, kind, default, help, range, choices, when it may change.
void describe_json(const OptionSet& set, remoting::JsonWriter& out);

// The members of a schema's "properties" object, one for each option.
void describe_properties(const OptionSet& set, remoting::JsonWriter& out);

// JSON with line breaks and an indent of two, for people. `json` is what a JsonWriter wrote.
std::string indented(std::string_view json);

}  // namespace gantry::options
