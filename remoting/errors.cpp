#include "remoting/errors.h"

#include <string>

namespace gantry::remoting {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "gantry.remoting"; }
  std::string message(int code) const override {
    switch (static_cast<RemotingErrc>(code)) {
      case RemotingErrc::timed_out:
        return "no response in time";
      case RemotingErrc::connection_closed:
        return "the connection closed before the response came";
      case RemotingErrc::cannot_connect:
        return "cannot connect";
      case RemotingErrc::too_many_waiting:
        return "too many requests are waiting for this connection";
      case RemotingErrc::client_is_stopping:
        return "the client is stopping";
    }
    return "remoting error " + std::to_string(code);
  }
};

}  // namespace

const boost::system::error_category& remoting_category() {
  static const Category category;
  return category;
}

}  // namespace gantry::remoting
