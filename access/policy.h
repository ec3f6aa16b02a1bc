// Who may do what. The kernel and the name server ask; a policy answers.
#pragma once

#include "access/right.h"
#include "remoting/connection.h"

#include <string>
#include <string_view>

namespace gantry::access {

struct Decision {
  bool allowed = true;
  std::string reason;  // when refused: what is missing, for the sender's eyes
};

// Called for each request before its handler, on the connection's I/O thread, by many threads at once: it
// must not wait and must not keep the views.
class Policy {
 public:
  virtual ~Policy() = default;
  virtual Decision decide(const remoting::Connection& from, Right needed,
                          const remoting::Request& request) const = 0;
};

// The default: identities are not known yet, so everyone may do everything.
class AllowAll final : public Policy {
 public:
  Decision decide(const remoting::Connection&, Right, const remoting::Request&) const override { return {}; }
};

}  // namespace gantry::access
