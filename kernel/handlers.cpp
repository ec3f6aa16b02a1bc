#include "kernel/handlers.h"

namespace gantry::kernel {

void add_all_handlers(access::RequestTable& table, Serving& serving) {
  add_client_handlers(table, serving);
}

}  // namespace gantry::kernel
