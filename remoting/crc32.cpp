#include "remoting/crc32.h"

#include <libdeflate.h>

namespace gantry::remoting {

std::uint32_t crc32(std::string_view bytes) noexcept {
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

}  // namespace gantry::remoting
