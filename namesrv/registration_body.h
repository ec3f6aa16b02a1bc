// Reads the body of REGISTER_BROKER, in each of the forms that brokers have sent it in.
#pragma once

#include "namesrv/registration.h"
#include "remoting/bodies/register_broker.h"
#include "remoting/byte_size.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace gantry::namesrv {

enum class BodyForm : std::uint8_t {
  json = 1,         // a RegisterBrokerBody
  deflated = 2,     // the same in its own compact form, as one zlib stream
  topics_only = 3,  // a TopicConfigSerializeWrapper: brokers before 3.0.11
};

// `version` is the one that the request states.
BodyForm body_form(std::int32_t version, bool compressed);

// Equal bytes in one form mean the same. About a quarter of a millisecond for a megabyte.
BodyFingerprint fingerprint(std::string_view bytes, BodyForm form);

// What stood in a body, with the strings that its views point to.
class ReadBody {
 public:
  // Topics that could not be one by their names are left out: a single one must not cost a broker its others.
  ReadBody(remoting::RegisterBrokerBody said, bool keeps_filter_servers);
  ReadBody(const ReadBody&) = delete;
  ReadBody& operator=(const ReadBody&) = delete;
  ReadBody(ReadBody&&) = default;
  ReadBody& operator=(ReadBody&&) = default;

  RegistrationBody get() const;

  std::size_t topics_refused() const { return refused_; }
  const std::string& why_refused() const { return why_refused_; }  // the first of them

 private:
  remoting::RegisterBrokerBody said_;
  bool keeps_filter_servers_;
  std::vector<TopicQueues> topics_;
  std::size_t refused_ = 0;
  std::string why_refused_;
};

// For the answer's remark.
struct BodyError {
  std::string text;
};
[[noreturn]] void throw_exception_from_error(const BodyError& error, const boost::source_location& where);

// No bytes: no topics, no filter servers, version zero. A deflated body may grow to `inflated_at_most`.
boost::system::result<ReadBody, BodyError> read_registration_body(
    std::string_view bytes, BodyForm form, ByteSize inflated_at_most = ByteSize::mib(64));

}  // namespace gantry::namesrv
