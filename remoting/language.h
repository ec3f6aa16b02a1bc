// In which language a peer says it is written. Nothing is decided by it but the shape of a few answers.
#pragma once

#include <cstdint>
#include <string_view>

namespace gantry::remoting {

// The numbers of the binary header. Frozen: wire. RUST and NODE_JS came with 5.x: a Java peer of 4.9 cannot
// read a command that carries them, so we never send those two.
enum class Language : std::uint8_t {
  java = 0,
  cpp = 1,
  dotnet = 2,
  python = 3,
  delphi = 4,
  erlang = 5,
  ruby = 6,
  other = 7,
  http = 8,
  go = 9,
  php = 10,
  oms = 11,
  rust = 12,
  node_js = 13,
};

// What an ordinal from the wire means; `other` for those that are not known.
Language language_of(std::int64_t ordinal);

// The same for the name in a JSON header ("JAVA", in this spelling only).
Language language_of(std::string_view name);

// Apache's spelling, as JSON headers carry it.
std::string_view name_of(Language language);

}  // namespace gantry::remoting
