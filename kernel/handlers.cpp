#include "kernel/handlers.h"

#include <span>

namespace gantry::kernel {

void add_all_handlers(access::RequestTable& table, Serving& serving) {
  add_client_handlers(table, serving);
}

void refuse(remoting::Connection& to, const remoting::Request& request, remoting::ResponseCode code,
            std::string_view why) {
  to.answer(request, {.code = code, .remark = why});
}

void succeed(remoting::Connection& to, const remoting::Request& request, remoting::HeaderRef header,
             const remoting::Slice& body) {
  remoting::Answer answer{.header = header};
  if (!body.bytes.empty()) answer.body = std::span(&body, 1);
  to.answer(request, answer);
}

}  // namespace gantry::kernel
