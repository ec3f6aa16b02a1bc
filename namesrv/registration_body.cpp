#include "namesrv/registration_body.h"

#include "namesrv/names.h"
#include "remoting/json_reader.h"

#include <functional>
#include <stdexcept>
#include <utility>

namespace gantry::namesrv {

namespace {

using Result = boost::system::result<ReadBody, BodyError>;

constexpr std::int32_t kFirstWithFilterServers = 37;  // Apache's ordinal of 3.0.11

// A null keeps the filter servers as they were, which an empty list does not; read into the struct they are
// the same. The text stays fit for reading.
bool has_null_filter_servers(std::string& text) {
  remoting::JsonReader in(text);
  std::string_view key;
  in.enter_object();
  while (in.next_member(key)) {
    if (key == "filterServerList") return in.peek() == remoting::JsonKind::null;
    in.skip_value();
  }
  return false;
}

template <class T>
Result read_as(std::string text, T& to, remoting::RegisterBrokerBody& whole, bool keeps_filter_servers) {
  if (const auto read = remoting::read_json(text, to); !read) {
    return BodyError{"registration body: " + read.error().str()};
  }
  return Result(boost::system::in_place_value, std::move(whole), keeps_filter_servers);
}

}  // namespace

BodyForm body_form(std::int32_t version, bool compressed) {
  if (version < kFirstWithFilterServers) return BodyForm::topics_only;
  return compressed ? BodyForm::deflated : BodyForm::json;
}

BodyFingerprint fingerprint(std::string_view bytes, BodyForm form) {
  return {std::hash<std::string_view>{}(bytes), bytes.size() << 2 | static_cast<std::uint64_t>(form)};
}

ReadBody::ReadBody(remoting::RegisterBrokerBody said, bool keeps_filter_servers)
    : said_(std::move(said)), keeps_filter_servers_(keeps_filter_servers) {
  const auto& table = said_.topic_config_serialize_wrapper.topic_config_table;
  topics_.reserve(table.size());
  for (const auto& [key, config] : table) {
    const std::string& name = config.topic_name.empty() ? key : config.topic_name;
    std::string why = why_no_topic("topicName", name);
    if (why.empty()) {
      topics_.push_back(
          {name, {config.read_queue_nums, config.write_queue_nums, config.perm, config.topic_sys_flag}});
    } else if (refused_++ == 0) {
      why_refused_ = std::move(why);
    }
  }
}

RegistrationBody ReadBody::get() const {
  RegistrationBody body{said_.topic_config_serialize_wrapper.data_version, topics_, std::nullopt};
  if (!keeps_filter_servers_) body.filter_servers = said_.filter_server_list;
  return body;
}

void throw_exception_from_error(const BodyError& error, const boost::source_location& /*where*/) {
  throw std::runtime_error(error.text);
}

Result read_registration_body(std::string_view bytes, BodyForm form, ByteSize inflated_at_most) {
  remoting::RegisterBrokerBody said;
  if (bytes.empty()) {
    return Result(boost::system::in_place_value, std::move(said), form == BodyForm::topics_only);
  }
  switch (form) {
    case BodyForm::topics_only:
      return read_as(std::string(bytes), said.topic_config_serialize_wrapper, said, true);
    case BodyForm::json: {
      std::string text(bytes);
      const bool keeps = has_null_filter_servers(text);
      return read_as(std::move(text), said, said, keeps);
    }
    case BodyForm::deflated:
      break;
  }
  auto inflated = remoting::inflate_register_broker(bytes, inflated_at_most);
  if (!inflated) return BodyError{inflated.error().str()};
  return Result(boost::system::in_place_value, std::move(*inflated), false);
}

}  // namespace gantry::namesrv
