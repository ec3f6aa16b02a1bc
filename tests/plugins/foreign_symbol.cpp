// A library of which nothing may ever run: it exports a symbol that no plugin for this broker exports.
#include <cstdlib>

extern "C" __attribute__((visibility("default"))) const int SYMBOL;
extern "C" const int SYMBOL = 0;

namespace {

const bool kLoaded = [] {
  std::abort();
  return true;
}();

}  // namespace
