#include "options/option.h"

#include <algorithm>

namespace gantry::options {

std::string Option::flag() const {
  std::string flag = "--" + name;
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

}  // namespace gantry::options
