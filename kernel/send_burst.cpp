#include "kernel/send_burst.h"

#include "remoting/headers/send_message.h"
#include "remoting/message_id.h"

#include <algorithm>
#include <mutex>

namespace gantry::kernel {
namespace {

using remoting::ResponseCode;

// The message stands in the log, and its sender learns where.
bool is_stored_all_the_same(ResponseCode code) {
  return code == ResponseCode::flush_disk_timeout || code == ResponseCode::flush_slave_timeout ||
         code == ResponseCode::slave_not_available;
}

}  // namespace

// Java's client reads them without looking whether they are there.
std::array<remoting::Field, 2> SendAnswers::extras() const {
  return {{{"MSG_REGION", region_}, {"TRACE_ON", trace_on_ ? "true" : "false"}}};
}

void SendAnswers::refuse(remoting::Connection& to, const remoting::Request& request,
                         const api::Refusal& why) const {
  to.answer(request, {.code = why.code, .remark = why.text, .extras = extras()});
}

void SendAnswers::refuse(remoting::Responder& to, const api::Refusal& why) const {
  to.answer({.code = why.code, .remark = why.text, .extras = extras()});
}

void SendAnswers::stored(remoting::Responder& to, const Stored& where,
                         const api::Result<void>& outcome) const {
  remoting::SendMessageResponseHeader header{.queue_id = where.queue_id,
                                             .queue_offset = where.queue_offset.value};
  const auto more = extras();
  remoting::Answer answer{.header = header, .extras = more};
  api::Refusal why;
  if (!outcome) {
    why = outcome.error();
    answer.code = why.code;
    answer.remark = why.text;
  }
  if (where.at.size() == 1) {
    const auto id = remoting::MessageId{host_, where.at.front().value}.text();
    header.msg_id = id;
    return to.answer(answer);
  }
  std::string ids;
  for (const api::LogOffset at : where.at) {
    if (!ids.empty()) ids += ',';
    ids += remoting::MessageId{host_, at.value}.text().view();
  }
  header.msg_id = ids;
  to.answer(answer);
}

// The two that must agree. Whoever is the last of them tells; who refuses tells at once.
class SendBurst::StoreAndGates {
 public:
  explicit StoreAndGates(Waiting waiting) : waiting_(std::move(waiting)) {}

  void hear(const api::Result<void>& outcome) {
    {
      const std::lock_guard lock(mutex_);
      if (left_ == 0) return;
      left_ = outcome ? left_ - 1 : 0;
      if (left_ > 0) return;
    }
    waiting_.tell_all(outcome);
  }

 private:
  Waiting waiting_;
  std::mutex mutex_;
  int left_ = 2;
};

SendBurst::SendBurst(const SendAnswers& answers, std::shared_ptr<const void> pin, std::size_t expected)
    : pin_(std::move(pin)), text_(std::max<std::size_t>(expected, 1) * 128), waiting_(answers) {
  drafts_.reserve(expected);
  waiting_.asked.reserve(expected);
}

void SendBurst::asked_by(remoting::Responder to, Wish wish) {
  waiting_.asked.push_back(
      {.to = std::move(to), .wish = wish, .first = unasked_, .count = drafts_.size() - unasked_});
  unasked_ = drafts_.size();
}

void SendBurst::settle_requests() {
  for (const Asked& one : waiting_.asked) {
    const auto own = std::span(drafts_).subspan(one.first, one.count);
    std::optional<api::Refusal> why;
    for (const api::Draft& draft : own) {
      if (draft.refused()) why = draft.refused();
      if (!why && draft.record.sys_flag.transaction_type() == remoting::TransactionType::prepared)
        why = api::Refusal{ResponseCode::no_permission,
                           "a message of a transaction needs the plugin transaction, which is not enabled"};
      if (why) break;
    }
    if (!why) continue;
    for (api::Draft& draft : own)
      if (!draft.refused()) draft.refuse(*why);
  }
}

void SendBurst::written(std::span<const api::Appended> outcomes, api::LogOffset end) noexcept {
  waiting_.at.reserve(outcomes.size());
  for (const api::Appended& outcome : outcomes) waiting_.at.push_back(outcome.at);
  bool some_wait = false;
  for (Asked& one : waiting_.asked) {
    const auto own = outcomes.subspan(one.first, one.count);
    one.queue_offset = own.front().queue_offset;
    const auto refused = std::ranges::find_if(own, [](const auto& o) { return o.refused.has_value(); });
    if (refused != own.end())
      waiting_.tell(one, *refused->refused);
    else if (!one.wish.waits)
      waiting_.tell(one, {});
    else
      some_wait = true;
  }
  // Before the disk has it: the bytes that were received are free for others.
  drafts_ = {};
  text_.release();
  pin_.reset();
  if (gates_ == nullptr || !some_wait) return;
  both_ = std::make_shared<StoreAndGates>(std::move(waiting_));
  gates_->hold(end, [both = both_](const api::Result<void>& outcome) { both->hear(outcome); });
}

void SendBurst::stored(const api::Result<void>& outcome) noexcept {
  if (both_) return both_->hear(outcome);
  waiting_.tell_all(outcome);
}

void SendBurst::Waiting::tell(Asked& one, const api::Result<void>& outcome) const {
  one.answered = true;
  if (!outcome) {
    const api::Refusal why = outcome.error();
    if (!is_stored_all_the_same(why.code)) return answers->refuse(one.to, why);
  }
  answers->stored(one.to,
                  {.at = std::span(at).subspan(one.first, one.count),
                   .queue_id = one.wish.queue_id,
                   .queue_offset = one.queue_offset},
                  outcome);
}

void SendBurst::Waiting::tell_all(const api::Result<void>& outcome) {
  for (Asked& one : asked)
    if (!one.answered) tell(one, outcome);
}

}  // namespace gantry::kernel
