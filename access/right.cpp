#include "access/right.h"

namespace gantry::access {

std::string_view name_of(Right right) {
  switch (right) {
    case Right::open:
      return "open";
    case Right::publish:
      return "publish";
    case Right::consume:
      return "consume";
    case Right::join:
      return "join";
    case Right::inspect:
      return "inspect";
    case Right::administer:
      return "administer";
  }
  return "unknown";
}

}  // namespace gantry::access
