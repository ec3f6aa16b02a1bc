// Messages that somebody looks for: by key (12), by id (33), and the entries of a queue (321). Answers are
// slices of the log, nothing is copied.
#include "kernel/handlers.h"
#include "remoting/bodies/consume_queue_dump.h"
#include "remoting/headers/query_message.h"
#include "remoting/tag_hash.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace gantry::kernel {
namespace {

using access::Right;
using api::StoredMessage;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::Responder;
using remoting::ResponseCode;

// A unique id is asked for with any number, or none; several messages have it when one was sent again.
constexpr std::size_t kMostOfOneId = 32;

// --- 12

std::size_t most_wanted(const Serving& serving, const remoting::QueryMessageRequestHeader& header) {
  const std::size_t wanted =
      header.unique_key_query ? kMostOfOneId : static_cast<std::size_t>(std::max(header.max_num, 0));
  return std::min(wanted, serving.config.max_query_messages);
}

// Of messages with the newest first: how many fit, at least one.
std::size_t how_many_fit(const std::vector<StoredMessage>& newest_first, ByteSize most) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const StoredMessage& message : newest_first) {
    bytes += message.bytes.bytes.size();
    if (count > 0 && bytes > most.bytes()) break;
    ++count;
  }
  return count;
}

void answer_found(Responder& to, const std::vector<StoredMessage>& newest_first, ByteSize most) {
  if (newest_first.empty())
    return to.answer({.code = ResponseCode::query_not_found,
                      .remark = "can not find message, maybe time range not correct"});
  std::vector<remoting::Slice> oldest_first;
  for (std::size_t left = how_many_fit(newest_first, most); left > 0; --left)
    oldest_first.push_back(newest_first[left - 1].bytes);
  // How far the index is: as far as this at least.
  const StoredMessage& newest = newest_first.front();
  const remoting::QueryMessageResponseHeader header{newest.record.store_timestamp(), newest.at.value};
  to.answer({.header = header, .body = oldest_first});
}

void query_by_key(Serving& serving, Connection& from, const Request& request,
                  const remoting::QueryMessageRequestHeader& header) {
  api::MessageStore* const store = store_or_refuse(serving, from, request);
  if (store == nullptr) return;
  const api::KeyQuery query{.topic = header.topic,
                            .key = header.key,
                            .most = most_wanted(serving, header),
                            .from = header.begin_timestamp,
                            .to = header.end_timestamp};
  store->find_by_key(query, [to = share_answer(from, request), most = serving.config.max_query_size](
                                const api::Result<std::vector<StoredMessage>>& found) {
    if (found) return answer_found(*to, *found, most);
    refuse(*to, found.error());
  });
}

// --- 33

void view_by_id(Serving& serving, Connection& from, const Request& request,
                const remoting::ViewMessageRequestHeader& header) {
  api::MessageStore* const store = store_or_refuse(serving, from, request);
  if (store == nullptr) return;
  store->find({header.offset}, [to = share_answer(from, request),
                                at = header.offset](const api::Result<StoredMessage>& found) {
    if (found) return to->answer({.body = std::span(&found->bytes, 1)});
    const api::Refusal why = found.error();
    std::string remark = "can not find message by the offset, " + std::to_string(at);
    if (why.code != ResponseCode::query_not_found) remark += ": " + why.text;
    to->answer({.code = ResponseCode::system_error, .remark = remark});
  });
}

}  // namespace

void add_query_handlers(access::RequestTable& table, Serving& serving) {
  table.add<remoting::QueryMessageRequestHeader>(
      RequestCode::query_message, Right::consume,
      [&serving](Connection& from, const Request& request,
                 const remoting::QueryMessageRequestHeader& header) {
        query_by_key(serving, from, request, header);
      });
  // The request names no topic; an access policy that wants to know more looks at the message.
  table.add<remoting::ViewMessageRequestHeader>(
      RequestCode::view_message_by_id, Right::consume,
      [&serving](Connection& from, const Request& request, const remoting::ViewMessageRequestHeader& header) {
        view_by_id(serving, from, request, header);
      });
}

}  // namespace gantry::kernel
