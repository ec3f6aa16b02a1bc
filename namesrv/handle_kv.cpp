// Key-value settings: 100, 101, 102, 219.
#include "namesrv/handlers.h"
#include "namesrv/names.h"
#include "remoting/bodies/kv_table.h"
#include "remoting/headers/name_server.h"

#include <memory>
#include <string>
#include <utility>

namespace gantry::namesrv {

namespace {

using access::Right;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;

struct KvChange {
  std::string name_space;
  std::string key;
  std::string value;
  bool is_put;
  std::string peer;
};

// On the disk thread.
void make_change(Serving& serving, const KvChange& change, remoting::Responder& responder) {
  const auto done = change.is_put ? serving.kv.put(change.name_space, change.key, change.value)
                                  : serving.kv.remove(change.name_space, change.key);
  remoting::Answer answer;
  if (!done) {
    const disk::FileError error =
        done.error();  // a copy: what error() returns is gone at the end of the line
    serving.log.error("KV entry not changed", {{"namespace", change.name_space},
                                               {"key", change.key},
                                               {"reason", error.text},
                                               {"peer", change.peer}});
    answer.code = ResponseCode::system_error;
    answer.remark = error.text;
    return responder.answer(answer);
  }
  if (change.name_space == kOrderTopicConfig) serving.publish_order_configs();
  serving.log.info(change.is_put ? "KV entry set" : "KV entry deleted", {{"namespace", change.name_space},
                                                                         {"key", change.key},
                                                                         {"value", change.value},
                                                                         {"peer", change.peer}});
  responder.answer(answer);
}

void change_later(Serving& serving, Connection& from, const Request& request, std::string_view name_space,
                  std::string_view key, std::string_view value, bool is_put) {
  std::string why = why_no_name("namespace", name_space);
  if (why.empty()) why = why_no_name("key", key, kLongestTopic);  // in the order config it is a topic
  if (!why.empty()) return refuse(from, request, ResponseCode::system_error, why);

  auto job = std::make_shared<std::pair<KvChange, remoting::Responder>>(
      KvChange{std::string(name_space), std::string(key), std::string(value), is_put,
               std::string(from.peer())},
      from.answer_later(request));
  post_or_refuse(serving, job->second, [&serving, job] { make_change(serving, job->first, job->second); });
}

void get_value(Serving& serving, Connection& from, const Request& request,
               const remoting::GetKvConfigRequestHeader& header) {
  const auto state = serving.kv.now();
  if (const std::string* value = state->find(header.name_space, header.key)) {
    return succeed(from, request, remoting::GetKvConfigResponseHeader{*value});
  }
  refuse(from, request, ResponseCode::query_not_found,
         "No config item, Namespace: " + std::string(header.name_space) + " Key: " + std::string(header.key));
}

void get_table(Serving& serving, Connection& from, const Request& request,
               const remoting::GetKvListByNamespaceRequestHeader& header) {
  const auto state = serving.kv.now();
  if (const KvTable* table = state->find(header.name_space)) {
    const std::string body = remoting::to_json(remoting::KVTable{*table});
    return succeed(from, request, {}, {body, nullptr});
  }
  refuse(from, request, ResponseCode::query_not_found,
         "No config item, Namespace: " + std::string(header.name_space));
}

}  // namespace

void add_kv_handlers(access::RequestTable& table, Serving& serving) {
  table.add<remoting::PutKvConfigRequestHeader>(
      RequestCode::put_kv_config, Right::administer,
      [&serving](Connection& from, const Request& request, const remoting::PutKvConfigRequestHeader& header) {
        change_later(serving, from, request, header.name_space, header.key, header.value, true);
      });
  table.add<remoting::DeleteKvConfigRequestHeader>(
      RequestCode::delete_kv_config, Right::administer,
      [&serving](Connection& from, const Request& request,
                 const remoting::DeleteKvConfigRequestHeader& header) {
        change_later(serving, from, request, header.name_space, header.key, {}, false);
      });
  table.add<remoting::GetKvConfigRequestHeader>(
      RequestCode::get_kv_config, Right::inspect,
      [&serving](Connection& from, const Request& request, const remoting::GetKvConfigRequestHeader& header) {
        get_value(serving, from, request, header);
      });
  table.add<remoting::GetKvListByNamespaceRequestHeader>(
      RequestCode::get_kvlist_by_namespace, Right::inspect,
      [&serving](Connection& from, const Request& request,
                 const remoting::GetKvListByNamespaceRequestHeader& header) {
        get_table(serving, from, request, header);
      });
}

}  // namespace gantry::namesrv
